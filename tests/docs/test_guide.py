"""Places in a guide: which are filled, which are left alone, and what a wrong one is told."""

import pytest

from eks_labs.docs import guide
from eks_labs.docs.errors import DocsError


def shout(argument: str) -> str:
    return f"<{argument.upper()}>"


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("{{ shout: a b }}", "<A B>"),
        ("{{ shout }}", "<>"),
        ("before\n{{ shout: x }}\nafter\n", "before\n<X>\nafter\n"),
        ('{{ shout: main.tf#module "cluster" }}', '<MAIN.TF#MODULE "CLUSTER">'),
        ("{{ shout: it's {braced} }}", "<IT'S {BRACED}>"),
        ("{{ shout: a }}\n{{ shout: b }}", "<A>\n<B>"),
        ("in a line {{ shout: x }} it is text", "in a line {{ shout: x }} it is text"),
        ("  {{ shout: indented }}", "  {{ shout: indented }}"),
        ("{{shout: x}}", "{{shout: x}}"),
        ("{{ .metadata.name }}", "{{ .metadata.name }}"),
        ("", ""),
    ],
)
def test_a_place_is_a_line_of_its_own(text: str, filled: str) -> None:
    assert guide.fill(text, {"shout": shout}, "guide.md") == filled


def test_what_a_filler_makes_is_not_filled_again_nor_taken_as_a_pattern() -> None:
    made = r"{{ shout: x }} \1 \g<name>"
    assert guide.fill("{{ raw }}", {"raw": lambda _: made, "shout": shout}, "guide.md") == made


def test_an_unknown_place_is_told_what_there_is() -> None:
    with pytest.raises(DocsError) as error:
        guide.fill("{{ scenaro: x }}", {"scenario": shout, "diagram": shout}, "labs/a/guide.md")
    assert error.value.what == "labs/a/guide.md: nothing is called {{ scenaro }}"
    assert error.value.remedy == "There is diagram, scenario."


def test_an_unknown_argument_is_named_with_its_place() -> None:
    with pytest.raises(DocsError, match=r"guide.md: \{\{ scenario: Gone \}\}: there is no 'Gone'"):
        guide.fill("{{ scenario: Gone }}", {"scenario": lambda name: {"Here": ""}[name]}, "guide.md")


def test_arguments_are_in_order_and_of_that_name_alone() -> None:
    text = "{{ scenario: b }}\n\n{{ manifest: web.yaml }}\n\n{{ scenario: a }}\n{{ scenario }}\n"
    assert guide.arguments(text, "scenario") == ["b", "a", ""]
    assert guide.arguments(text, "diagram") == []
