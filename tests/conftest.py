"""How the suite is spread over workers (`bin/test` runs several)."""

import pytest
from _pytest.nodeid import coerce_node_id


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep what shares a fixture on one worker, where it is made once; begin with worlds, which take longest."""
    for item in items:
        if item.get_closest_marker("xdist_group") is None and _shares(item):
            item.add_marker(pytest.mark.xdist_group(item.nodeid.partition("::")[0]))
        if config.getoption("loadgroup", None) and (group := item.get_closest_marker("xdist_group")):
            # As pytest-xdist tells groups; its 3.8 does so where pytest 9.2 does not look, and keeps nothing together.
            item._id = coerce_node_id(f"{item.nodeid}@{group.args[0]}")
    items.sort(key=lambda item: item.get_closest_marker("world") is None)


def _shares(item: pytest.Item) -> bool:
    definitions = getattr(item, "_fixtureinfo", None)
    if definitions is None:
        return False
    return any(d.scope == "module" for found in definitions.name2fixturedefs.values() for d in found)
