"""Feature files, with all that is wrong in them.

`eks_labs.course` reads features through pytest-bdd, which ends at the first error, keeps the last of two scenarios of
one name, and takes half a second to import. Lint reads with the same parser as pytest-bdd does, gherkin's, and keeps
everything.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eks_labs.course.parameters import fill
from eks_labs.lint.problem import Broken, Problem
from eks_labs.lint.reading import text_of

_KINDS = {"Context": "given", "Action": "when", "Outcome": "then"}
"""Gherkin's words for keywords, and pytest-bdd's."""


@dataclass(frozen=True)
class FeatureStep:
    """A step. `kind` is given, when or then, empty when it follows none of them."""

    kind: str
    keyword: str
    text: str
    line: int
    has_docstring: bool
    has_table: bool
    beneath: str = ""
    """Its lines between triple quotes, or the cells of its table, one a line."""


@dataclass(frozen=True)
class FeatureScenario:
    """A scenario, or an outline with its rows of examples."""

    name: str
    description: str
    tags: tuple[str, ...]
    line: int
    steps: tuple[FeatureStep, ...]
    rows: tuple[Mapping[str, str], ...]

    @property
    def exercise(self) -> bool:
        """Whether it is graded."""
        return "exercise" in self.tags


@dataclass(frozen=True)
class Feature:
    """A feature file; `background` are steps that come before every scenario's own."""

    path: Path
    background: tuple[FeatureStep, ...]
    scenarios: tuple[FeatureScenario, ...]


def read(path: Path, values: Mapping[str, str] | None = None) -> Feature:
    """Read a feature file, with a lab's `values` in place of their placeholders. Raises `Broken`."""
    from gherkin.errors import CompositeParserException, ParserError
    from gherkin.parser import Parser

    text = fill(text_of(path), values or {})
    try:
        feature = Parser().parse(text).get("feature")
    except CompositeParserException as error:
        raise Broken(*(_problem(path, part) for part in error.errors)) from error
    except ParserError as error:
        raise Broken(_problem(path, error)) from error
    if not feature:
        raise Broken(Problem(path, 1, "has no feature. Begin it with: Feature: and a name"))
    background: list[FeatureStep] = []
    scenarios: list[FeatureScenario] = []
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


def _problem(path: Path, error: Any) -> Problem:
    line = (getattr(error, "location", None) or {}).get("line") or 1
    # "(5:3): expected: #EOF, #Comment, …, got 'Andd I wait'": the place is told already, the tokens help nobody.
    said = str(error).partition("): ")[2] or str(error)
    _, _, got = said.rpartition("got ")
    return Problem(
        path, max(line, 1), f"does not parse: {f'unexpected {got}' if said.startswith('expected') else said}"
    )


def _scenario(node: Mapping[str, Any]) -> FeatureScenario:
    return FeatureScenario(
        name=node["name"],
        description=" ".join(node["description"].split()),
        tags=tuple(tag["name"].lstrip("@") for tag in node["tags"]),
        line=node["location"]["line"],
        steps=tuple(_steps(node["steps"])),
        rows=tuple(row for table in node["examples"] for row in _rows(table)),
    )


def _rows(table: Mapping[str, Any]) -> Iterator[Mapping[str, str]]:
    header = table.get("tableHeader")
    if not header:
        return
    names = [cell["value"] for cell in header["cells"]]
    for row in table["tableBody"]:
        yield dict(zip(names, (cell["value"] for cell in row["cells"]), strict=False))


def _steps(nodes: Sequence[Mapping[str, Any]]) -> Iterator[FeatureStep]:
    kind = ""
    for node in nodes:
        kind = _KINDS.get(node["keywordType"], kind)
        line = node["location"]["line"]
        yield FeatureStep(
            kind=kind,
            keyword=node["keyword"].strip(),
            text=node["text"],
            line=line,
            has_docstring="docString" in node,
            has_table="dataTable" in node,
            beneath=_beneath(node),
        )


def _beneath(step: Mapping[str, Any]) -> str:
    rows = step.get("dataTable", {}).get("rows", ())
    cells = [cell["value"] for row in rows for cell in row["cells"]]
    return "\n".join([step.get("docString", {}).get("content", ""), *cells])
