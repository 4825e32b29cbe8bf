"""Feature files: their scenarios, as the runner, lint and the docs see them.

Read by the parser that pytest-bdd reads them with, gherkin's; pytest itself takes half a second to import.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from eks_labs.course.parameters import fill
from eks_labs.errors import LabsError

FIDELITIES = ("exact", "modelled", "skipped")

_KINDS = {"Context": "given", "Action": "when", "Outcome": "then"}
"""Gherkin's words for keywords, and pytest-bdd's."""


@dataclass(frozen=True)
class Step:
    """One step; `keyword` as written (Given, When, Then, And)."""

    keyword: str
    text: str
    docstring: str
    """Its lines between triple quotes."""
    kind: str
    """given, when or then: what And stands for. Empty when it follows none of them."""
    line: int
    table: tuple[tuple[str, ...], ...] = ()

    @property
    def beneath(self) -> str:
        """What is written under the sentence, the cells of a table one a line."""
        return "\n".join([self.docstring, *(cell for row in self.table for cell in row)])


@dataclass(frozen=True)
class Scenario:
    """One scenario, or an outline with its rows of examples."""

    name: str
    description: str
    tags: frozenset[str]
    steps: tuple[Step, ...]
    line: int
    rows: tuple[Mapping[str, str], ...] = ()

    @property
    def columns(self) -> frozenset[str]:
        """The names that its examples give values to."""
        return frozenset(name for row in self.rows for name in row)

    @property
    def exercise(self) -> bool:
        """Whether it is graded; a walkthrough otherwise."""
        return "exercise" in self.tags

    @property
    def fidelity(self) -> str:
        """Its fidelity on the local target; "exact" when not tagged, which lint does not let pass."""
        return fidelity_of(self.tags)


@dataclass(frozen=True)
class Feature:
    """A feature file; `background` are steps that come before every scenario's own."""

    path: Path
    background: tuple[Step, ...]
    scenarios: tuple[Scenario, ...]


class Malformed(Exception):
    """A text that is no feature: (line, what is wrong) of all that is."""

    def __init__(self, *problems: tuple[int, str]) -> None:
        super().__init__(problems)
        self.problems = problems


def fidelity_of(tags: Collection[str]) -> str:
    """The fidelity among a scenario's tags."""
    return next((tag for tag in FIDELITIES if tag in tags), "exact")


def read_feature(file: Path, values: Mapping[str, str] | None = None) -> list[Scenario]:
    """The scenarios of a feature file, in its order, with the lab's `values` and the background's steps in them.

    Raises `LabsError`.
    """
    correct = "Correct the feature file; labs lint says when it is well."
    try:
        feature = parse(file, file.read_text(), values)
    except FileNotFoundError:
        raise LabsError(f"{file}: no such file", "Each lab has its scenarios in checks/<lab>.feature.") from None
    except Malformed as error:
        line, message = error.problems[0]
        raise LabsError(f"{file}:{line}: {message}", correct) from error
    except (OSError, UnicodeDecodeError) as error:
        raise LabsError(f"{file}: {error}", correct) from error
    for step in (*feature.background, *(step for scenario in feature.scenarios for step in scenario.steps)):
        if not step.kind:
            raise LabsError(f"{file}:{step.line}: {step.keyword} follows no Given, When or Then", correct)
    return [replace(scenario, steps=(*feature.background, *scenario.steps)) for scenario in feature.scenarios]


def parse(path: Path, text: str, values: Mapping[str, str] | None = None) -> Feature:
    """The feature in `text`, with a lab's `values` in place of their placeholders. Raises `Malformed`."""
    from gherkin.errors import CompositeParserException, ParserError
    from gherkin.parser import Parser

    try:
        feature = Parser().parse(fill(text, values or {})).get("feature")
    except CompositeParserException as error:
        raise Malformed(*(_problem(part) for part in error.errors)) from error
    except ParserError as error:
        raise Malformed(_problem(error)) from error
    if not feature:
        raise Malformed((1, "has no feature. Begin it with: Feature: and a name"))
    background: list[Step] = []
    scenarios: list[Scenario] = []
    for child in _children(feature):
        if "background" in child:
            background += _steps(child["background"]["steps"])
        elif "scenario" in child:
            scenarios.append(_scenario(child["scenario"]))
    return Feature(path, tuple(background), tuple(scenarios))


def _children(parent: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The parts of a feature, and those of its rules."""
    for child in parent["children"]:
        if "rule" in child:
            yield from _children(child["rule"])
        else:
            yield child


def _problem(error: Any) -> tuple[int, str]:
    line = (getattr(error, "location", None) or {}).get("line") or 1
    # "(5:3): expected: #EOF, #Comment, …, got 'Andd I wait'": the place is told already, the tokens help nobody.
    said = str(error).partition("): ")[2] or str(error)
    _, _, got = said.rpartition("got ")
    return max(line, 1), f"does not parse: {f'unexpected {got}' if said.startswith('expected') else said}"


def _scenario(node: Mapping[str, Any]) -> Scenario:
    return Scenario(
        name=node["name"],
        description=" ".join(node["description"].split()),
        tags=frozenset(tag["name"].lstrip("@") for tag in node["tags"]),
        steps=tuple(_steps(node["steps"])),
        line=node["location"]["line"],
        rows=tuple(row for table in node["examples"] for row in _rows(table)),
    )


def _rows(table: Mapping[str, Any]) -> Iterator[Mapping[str, str]]:
    header = table.get("tableHeader")
    if not header:
        return
    names = _cells(header)
    for row in table["tableBody"]:
        yield dict(zip(names, _cells(row), strict=False))


def _steps(nodes: Sequence[Mapping[str, Any]]) -> Iterator[Step]:
    kind = ""
    for node in nodes:
        kind = _KINDS.get(node["keywordType"], kind)
        yield Step(
            keyword=node["keyword"].strip(),
            text=node["text"],
            docstring=node.get("docString", {}).get("content", ""),
            kind=kind,
            line=node["location"]["line"],
            table=tuple(_cells(row) for row in node.get("dataTable", {}).get("rows", ())),
        )


def _cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(cell["value"] for cell in row["cells"])
