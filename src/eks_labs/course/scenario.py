"""Scenarios of a feature file, as the runner and the docs see them: name, kind, fidelity, steps."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from eks_labs.course.parameters import fill
from eks_labs.errors import LabsError

FIDELITIES = ("exact", "modelled", "skipped")


@dataclass(frozen=True)
class Step:
    """One step; `keyword` as written (Given, When, Then, And)."""

    keyword: str
    text: str
    docstring: str
    kind: str
    """given, when or then: what And stands for."""
    line: int


@dataclass(frozen=True)
class Scenario:
    """One scenario."""

    name: str
    description: str
    tags: frozenset[str]
    steps: tuple[Step, ...]
    line: int

    @property
    def exercise(self) -> bool:
        """Whether it is graded; a walkthrough otherwise."""
        return "exercise" in self.tags

    @property
    def fidelity(self) -> str:
        """Its fidelity on the local target; "exact" when not tagged, which lint does not let pass."""
        return fidelity_of(self.tags)


def fidelity_of(tags: Collection[str]) -> str:
    """The fidelity among a scenario's tags."""
    return next((tag for tag in FIDELITIES if tag in tags), "exact")


def read_feature(file: Path, values: Mapping[str, str] | None = None) -> list[Scenario]:
    """The scenarios of a feature file, in its order, with the lab's `values` filled in. Raises `LabsError`."""
    from gherkin.errors import ParserException
    from pytest_bdd.exceptions import GherkinParseError, StepError
    from pytest_bdd.parser import FeatureParser

    try:
        feature = FeatureParser(str(file.parent), file.name).parse()
    except FileNotFoundError:
        raise LabsError(f"{file}: no such file", "Each lab has its scenarios in checks/<lab>.feature.") from None
    except (GherkinParseError, StepError, ParserException, UnicodeDecodeError) as error:
        raise LabsError(f"{file}: {error}", "Correct the feature file; labs lint says when it is well.") from error
    drawn = values or {}
    return [
        Scenario(
            name=name,
            description=fill(" ".join(found.description.split()), drawn),
            tags=frozenset(found.tags),
            steps=tuple(
                Step(
                    keyword=step.keyword.strip(),
                    text=fill(step.name, drawn),
                    docstring=fill(step.docstring or "", drawn),
                    kind=step.type,
                    line=step.line_number,
                )
                for step in found.steps
            ),
            line=found.line_number,
        )
        for name, found in feature.scenarios.items()
    ]
