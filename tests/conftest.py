"""How the suite is spread over workers (`bin/test` runs several)."""

import pytest
from _pytest.nodeid import coerce_node_id
from hypothesis import settings

settings.register_profile("fast", max_examples=15)
"""Of `bin/test --fast`."""

LONGEST = ("test_labs.py", "test_instructor.py", "test_grading.py", "test_learning.py")
"""Modules whose single tests take minutes."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep what shares a fixture on one worker, where it is made once; begin with what takes longest.

    Whatever begins last is what the others' workers wait for, idle.
    """
    for item in items:
        if item.get_closest_marker("xdist_group") is None and _shares(item):
            item.add_marker(pytest.mark.xdist_group(item.nodeid.partition("::")[0]))
        if config.getoption("loadgroup", None) and (group := item.get_closest_marker("xdist_group")):
            # As pytest-xdist tells groups; its 3.8 does so where pytest 9.2 does not look, and keeps nothing together.
            item._id = coerce_node_id(f"{item.nodeid}@{group.args[0]}")
    items.sort(key=_rank)


def _rank(item: pytest.Item) -> tuple[int, str]:
    if item.path.name in LONGEST and item.path.parent.name == "world":
        # By lab: a walkthrough mostly waits, and what else there is of a lab mostly computes.
        return 0, item.callspec.id if isinstance(item, pytest.Function) and hasattr(item, "callspec") else ""
    return (1, "") if item.get_closest_marker("world") else (2, "")


def _shares(item: pytest.Item) -> bool:
    definitions = getattr(item, "_fixtureinfo", None)
    if definitions is None:
        return False
    return any(d.scope == "module" for found in definitions.name2fixturedefs.values() for d in found)
