"""What the last verified run of a lab recorded: outputs of its commands, and how long everything took."""

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eks_labs.course import Scenario
from eks_labs.docs.errors import DocsError


@dataclass(frozen=True)
class StepRun:
    """One step as it ran. `output` is `None` when the step is not a command."""

    text: str
    docstring: str
    seconds: float
    output: str | None


@dataclass(frozen=True)
class ScenarioRun:
    """One scenario as it ran."""

    name: str
    seconds: float
    passed: bool
    steps: tuple[StepRun, ...]

    def matches(self, scenario: Scenario) -> bool:
        """Whether the scenario still reads as it did when it ran: outputs of other commands must not be shown."""
        ran = [(step.text, step.docstring.strip()) for step in self.steps]
        return self.passed and ran == [(step.text, step.docstring.strip()) for step in scenario.steps]


@dataclass(frozen=True)
class Timed:
    """Something with a name that took a while."""

    name: str
    seconds: float


@dataclass(frozen=True)
class Record:
    """One verified run. `date` is ISO 8601; `waits` are the provider's hard-coded ones."""

    date: str
    target: str
    kubernetes_version: str
    seconds: float
    stages: tuple[Timed, ...]
    waits: tuple[Timed, ...]
    scenarios: tuple[ScenarioRun, ...]

    def run_of(self, scenario: Scenario) -> ScenarioRun | None:
        """How this scenario ran; `None` when it did not run, did not pass, or has been changed since."""
        return next((run for run in self.scenarios if run.name == scenario.name and run.matches(scenario)), None)


def read_record(path: Path) -> Record | None:
    """The record of a lab, `None` when it has none yet. Raises `DocsError` when the file is not one."""
    if not path.exists():
        return None
    try:
        fields = json.loads(path.read_bytes())
        return Record(
            date=_text(fields, "date"),
            target=_text(fields, "target"),
            kubernetes_version=fields.get("kubernetes_version") or "",
            seconds=_seconds(fields),
            stages=tuple(Timed(_text(stage, "name"), _seconds(stage)) for stage in fields["stages"]),
            waits=tuple(
                Timed(f"{wait['address']} ({wait['action']})", _seconds(wait)) for wait in fields.get("waits", [])
            ),
            scenarios=tuple(_scenario(scenario) for scenario in fields["scenarios"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        remedy = f"Make it again: labs run {path.parent.name} --record"
        raise DocsError(f"{path} is not the record of a run: {error!r}", remedy) from error


def _scenario(fields: Any) -> ScenarioRun:
    return ScenarioRun(
        name=_text(fields, "name"),
        seconds=_seconds(fields),
        passed=fields["outcome"] == "passed",
        steps=tuple(
            StepRun(
                text=_text(step, "text"),
                docstring=step.get("docstring") or "",
                seconds=_seconds(step),
                output=_text(step["command"], "output") if step.get("command") else None,
            )
            for step in fields["steps"]
        ),
    )


def _text(fields: Any, key: str) -> str:
    if not isinstance(fields[key], str):
        raise TypeError(f"{key} is not text: {fields[key]!r}")
    return str(fields[key])


def _seconds(fields: Any) -> float:
    value = float(fields["seconds"])
    if not 0 <= value < math.inf:
        raise ValueError(f"seconds is not a duration: {value}")
    return value
