"""Scenarios of a feature file, as the pages show them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gherkin.errors import CompositeParserException
from gherkin.parser import Parser

from eks_labs.docs.errors import DocsError

FIDELITIES = ("exact", "modelled", "skipped")


@dataclass(frozen=True)
class Step:
    """One line of a scenario, with the text block under it if there is one."""

    keyword: str
    text: str
    docstring: str | None


@dataclass(frozen=True)
class Scenario:
    """What a reader does and sees, or, as an exercise, what a learner must achieve."""

    name: str
    description: str
    fidelity: str
    exercise: bool
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Feature:
    """A lab's scenarios, in the order of the file."""

    name: str
    description: str
    scenarios: tuple[Scenario, ...]


def read_feature(path: Path) -> Feature:
    """Parse a feature file. Raises `DocsError`."""
    try:
        feature = Parser().parse(path.read_text())["feature"]
    except CompositeParserException as error:
        raise DocsError(f"{path}: {error}") from error
    return Feature(
        name=feature["name"],
        description=_unindented(feature["description"]),
        scenarios=tuple(_scenario(path, child["scenario"]) for child in feature["children"] if "scenario" in child),
    )


def _scenario(path: Path, scenario: Any) -> Scenario:
    tags = [tag["name"].removeprefix("@") for tag in scenario["tags"]]
    fidelities = [tag for tag in tags if tag in FIDELITIES]
    if len(fidelities) != 1:
        raise DocsError(f"{path}: scenario {scenario['name']!r} needs one of @{', @'.join(FIDELITIES)}")
    return Scenario(
        name=scenario["name"],
        description=_unindented(scenario["description"]),
        fidelity=fidelities[0],
        exercise="exercise" in tags,
        steps=tuple(
            Step(step["keyword"].strip(), step["text"], step.get("docString", {}).get("content"))
            for step in scenario["steps"]
        ),
    )


def _unindented(text: str) -> str:
    return "\n".join(line.strip() for line in text.splitlines())
