"""The course and its labs, read from `labs/*/lab.toml`."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from eks_labs.course import parameters, schema
from eks_labs.course.parameters import Table
from eks_labs.course.scenario import Scenario, read_feature
from eks_labs.errors import LabsError, closest


@dataclass(frozen=True)
class Exercise:
    """A graded scenario: `name` is the scenario's in the feature file."""

    name: str
    points: int
    hints: tuple[str, ...] = ()
    """Tiers: a nudge first, then the concept."""

    @classmethod
    def declared(cls, table: Mapping[str, Any], values: Mapping[str, str]) -> "Exercise":
        """The exercise of an `[[exercise]]` table, which keeps its schema; with a lab's `values` in its hints."""
        hint = table.get("hint", ())
        tiers = (hint,) if isinstance(hint, str) else hint
        return cls(table["name"], table["points"], tuple(parameters.fill(tier, values) for tier in tiers))


@dataclass(frozen=True)
class Variant:
    """Another way to deploy a lab: Terraform variables."""

    name: str
    title: str
    variables: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Lab:
    """One lab. `root` is the course's folder."""

    root: Path
    name: str
    title: str
    summary: str
    minutes: int
    cost_per_hour: float | None
    """USD on AWS."""
    needs: tuple[str, ...]
    """Labs that should be done before."""
    exercises: tuple[Exercise, ...]
    variants: tuple[Variant, ...]
    observe_from: str = "laptop"
    """The vantage point that the runner itself looks from, at the lab's cluster."""
    checks: Path | None = None
    """The private folder of an instructor's own checks, when they are meant instead of the lab's."""
    parameters: tuple[Table, ...] = ()
    seed: str | None = None
    """What the values were drawn from; None for the first rows."""
    values: Mapping[str, str] = field(default_factory=dict)
    """Drawn for one learner. Hints have them already; `fill` puts them into other texts of the lab."""

    @property
    def folder(self) -> Path:
        """`lab.toml`, guide, exercises' text, solution."""
        return self.root / "labs" / self.name

    @property
    def terraform(self) -> Path:
        """The lab's Terraform root."""
        return self.root / "terraform" / self.name

    @property
    def manifests(self) -> Path:
        """What is applied to the cluster; need not exist."""
        return self.root / "manifests" / self.name

    @property
    def feature(self) -> Path:
        """The lab's scenarios."""
        return (self.checks or self.root / "checks") / f"{self.name}.feature"

    @property
    def exercises_file(self) -> Path:
        """Where points and hints of the exercises are written."""
        return self.checks / f"{self.name}.toml" if self.checks else self.folder / "lab.toml"

    @property
    def solution(self) -> Path:
        """Files that solve the exercises, laid over a workspace."""
        return self.folder / "solution"

    @property
    def alternatives(self) -> dict[str, Path]:
        """Other right answers, by name: laid over a workspace as the solution is, and worth as many points."""
        folder = self.folder / "alternatives"
        found = sorted(folder.iterdir()) if folder.is_dir() else []
        return {path.name: path for path in found if path.is_dir() and not path.name.startswith(".")}

    @property
    def tasks(self) -> Path:
        """The exercises' text."""
        return self.folder / "exercise.md"

    def fill(self, text: str) -> str:
        """A text of the lab with the values in place of their placeholders."""
        return parameters.fill(text, self.values)

    @property
    def drawn(self) -> str:
        """The values and their seed, for people; empty for a lab that has none."""
        if not self.values:
            return ""
        return f"{parameters.shown(self.values)} ({f'seed {self.seed}' if self.seed is not None else 'no seed'})"

    def scenarios(self) -> list[Scenario]:
        """The scenarios of the feature file, filled. Raises `LabsError` when it cannot be read."""
        return read_feature(self.feature, self.values)

    def exercise(self, name: str) -> Exercise | None:
        """The exercise of a scenario's name."""
        return next((exercise for exercise in self.exercises if exercise.name == name), None)


@dataclass(frozen=True)
class Course:
    """All labs of the folder `root`."""

    root: Path

    def names(self) -> list[str]:
        """The labs' names, in the book's order."""
        return sorted(file.parent.name for file in self.root.glob("labs/*/lab.toml"))

    def lab(self, name: str, seed: str | None = None) -> Lab:
        """One lab, with the values that `seed` draws. Raises `LabsError`, with the closest names for one not there."""
        file = self.root / "labs" / name / "lab.toml"
        if name not in self.names():
            raise LabsError(f"there is no lab called {name!r}", closest(name, self.names()))
        try:
            values = tomllib.loads(file.read_text())
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise LabsError(f"{file}: {error}", "Correct the file; labs lint says when it is well.") from error
        problems = schema.violations(values, schema.LAB) or list(parameters.violations(values.get("parameter", [])))
        if problems:
            raise LabsError(f"{file}: {'; '.join(problems)}", "The schema: site/schemas/lab.schema.json")
        return _lab(self.root, name, values, seed)

    def labs(self) -> list[Lab]:
        """All labs, in the book's order."""
        return [self.lab(name) for name in self.names()]


def find_course(given: Path | None = None) -> Course:
    """The course in `given`, else of the checkout or wheel this code is part of."""
    here = Path(__file__).resolve()
    candidates = [given] if given else [here.parents[3], here.parents[1] / "course_files"]
    for root in candidates:
        if (root / "labs").is_dir():
            return Course(root.absolute())
    raise LabsError(f"{candidates[0]}: no course here (no folder labs/)", "Name a course's folder with --course.")


def _lab(root: Path, name: str, fields: Mapping[str, Any], seed: str | None) -> Lab:
    tables = parameters.tables(fields.get("parameter", ()))
    values = parameters.draw(tables, seed, name)
    return Lab(
        root=root,
        name=name,
        title=fields["title"],
        summary=fields["summary"],
        minutes=fields["minutes"],
        cost_per_hour=fields.get("cost_per_hour"),
        observe_from=fields.get("observe_from", "laptop"),
        needs=tuple(fields.get("needs", ())),
        exercises=tuple(Exercise.declared(table, values) for table in fields.get("exercise", ())),
        variants=tuple(Variant(variant, **given) for variant, given in fields.get("variants", {}).items()),
        parameters=tables,
        seed=seed,
        values=values,
    )
