"""A lab under lint: its files, each read and parsed once, by the first rule that asks."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from eks_labs.course import Lab
from eks_labs.course.parameters import fill, listed
from eks_labs.course.scenario import Feature
from eks_labs.lint import gherkin_file
from eks_labs.lint.problem import Broken, Problem
from eks_labs.lint.reading import text_of
from eks_labs.lint.terraform.module import Files, Modules
from eks_labs.lint.toml_lines import lines_of_keys
from eks_labs.lint.tree import Tree, of_lab
from eks_labs.lint.vocabulary import Vocabulary


@dataclass(frozen=True)
class Description:
    """`lab.toml`, or `LAB.toml` of hidden checks, not yet held against its schema."""

    path: Path
    values: dict[str, Any]
    lines: dict[str, int]
    """Path of a key, as the schema's messages write it → line."""

    def problem(self, key: str, message: str) -> Problem:
        """A finding at a key's line, or at the line of what it would stand in."""
        known = [name for name in self.lines if key == name or key.startswith((f"{name}:", f"{name} "))]
        return Problem(self.path, self.lines[max(known, key=len)] if known else 1, message)

    def exercises(self) -> list[dict[str, Any]]:
        """The exercises' tables; what is none is for the schema to tell."""
        found = self.values.get("exercise")
        return [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []

    def exercise_names(self) -> list[str]:
        """Their names, in order."""
        return [entry["name"] for entry in self.exercises() if isinstance(entry.get("name"), str)]


def tiers_of(exercise: Mapping[str, Any]) -> list[Any] | None:
    """The hints of an exercise's table, in whatever form; None for what is none, which is for the schema to tell."""
    hint = exercise.get("hint", [])
    if isinstance(hint, str):
        return [hint]
    return hint if isinstance(hint, list) else None


@dataclass(frozen=True)
class Shared:
    """What labs have in common, read once in a run of lint."""

    root: Path
    names: tuple[str, ...]
    tree: Tree
    """Of the whole course."""
    vocabulary: Vocabulary
    terraform: Files


class Subject:
    """A lab. Its properties raise `Broken` when their file cannot be read.

    With a private folder `checks` its scenarios and exercises are the ones there, instead of the lab's own.
    """

    def __init__(self, name: str, shared: Shared, checks: Path | None = None) -> None:
        self.shared = shared
        # A lab's places follow from its name alone, also while its lab.toml cannot be read.
        self.lab = Lab(shared.root, name, "", "", 0, None, (), (), (), checks=checks)

    @cached_property
    def modules(self) -> Modules:
        """The untouched workspace's Terraform."""
        return Modules(of_lab(self.shared.tree, self.lab.name), self.shared.terraform)

    @cached_property
    def description(self) -> Description:
        """Where the exercises are: `lab.toml`, or `LAB.toml` of hidden checks."""
        return _description(self.lab.exercises_file)

    @cached_property
    def lab_toml(self) -> Description:
        """`lab.toml`."""
        return _description(self.lab.folder / "lab.toml") if self.lab.checks else self.description

    @cached_property
    def parameters(self) -> dict[str, str]:
        """Name → its key in `lab.toml`, of the parameters; what is none is for other rules to tell."""
        return {name: f"parameter number {number}: names" for number, name, _ in self._parameters}

    @cached_property
    def values(self) -> dict[str, str]:
        """Their values in the first rows, as far as there are some. None of a `lab.toml` that cannot be read."""
        try:
            return {name: value for _, name, value in self._parameters if value is not None}
        except Broken:
            return {}

    @cached_property
    def feature(self) -> Feature:
        """The lab's scenarios, with these values."""
        return gherkin_file.read(self.lab.feature, self.values) if self.values else self.raw_feature

    @cached_property
    def raw_feature(self) -> Feature:
        """The lab's scenarios as they are written."""
        return gherkin_file.read(self.lab.feature)

    @cached_property
    def guide(self) -> str:
        """The text of `guide.md`."""
        return text_of(self.lab.folder / "guide.md")

    @cached_property
    def tasks(self) -> str:
        """The text of `exercise.md`."""
        return text_of(self.lab.tasks)

    def solved(self, path: Path) -> str:
        """The text of a file of the solution, or of the lab, as it is deployed. Raises `Broken`."""
        return fill(text_of(path), self.values) if path.is_relative_to(self.lab.folder) else text_of(path)

    @cached_property
    def _parameters(self) -> list[tuple[int, str, str | None]]:
        """(number of the table, name, value) of what is sound in the tables."""
        found: list[tuple[int, str, str | None]] = []
        for number, table in enumerate(listed(self.lab_toml.values, "parameter"), start=1):
            rows = listed(table, "rows")
            first = rows[0] if rows and isinstance(rows[0], list) else []
            for column, name in enumerate(listed(table, "names")):
                if isinstance(name, str):
                    found.append((number, name, str(first[column]) if column < len(first) else None))
        return found


def _description(path: Path) -> Description:
    text = text_of(path)
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Broken(_toml_problem(path, str(error), text)) from error
    except (ValueError, RecursionError) as error:  # dates that are none; brackets beyond Python's stack
        raise Broken(Problem(path, 1, f"is not TOML: {error}")) from error
    return Description(path, values, lines_of_keys(text))


def _toml_problem(path: Path, said: str, text: str) -> Problem:
    """tomllib tells the place in words only: "… (at line 4, column 11)", or "(at end of document)"."""
    what, _, where = said.rpartition(" (at ")
    digits = where.removeprefix("line ").partition(",")[0]
    line = int(digits) if digits.isdigit() else text.rstrip("\n").count("\n") + 1
    return Problem(path, line, f"is not TOML: {what or said}")
