"""Verify a workspace's exercises now, on the world that is up: what is wrong in its files, else what the cluster shows.

A check does not wait for what is still on its way: it says "not yet", and is asked again. Some conditions take longer
than it has, a Job's end or a kubelet's next lease: with `wait` each gets the time that a score gives it. And only then
anything is done to the world: a check that may run at any moment only looks.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from eks_labs.course import Course, Exercise, Scenario
from eks_labs.errors import LabsError
from eks_labs.events import Bus, Event, StepEnded
from eks_labs.learn import starting
from eks_labs.learn.desk import Desk
from eks_labs.lint.course import check_labs
from eks_labs.lint.problem import Problem
from eks_labs.run.verify import handed_over, verify
from eks_labs.run_folder import RunFolder, folder_of, take
from eks_labs.targets.local import LocalTarget
from eks_labs.terraform.state import outputs

BUDGET = 5.0
"""Seconds that all exercises together may wait for states: an answer comes within ten."""

LONGEST = 2.0
"""Seconds that one exercise may wait at most."""


TURN = 30.0
"""Seconds until another check, by `labs watch` perhaps, must have ended."""


@dataclass(frozen=True)
class StepResult:
    """One condition of an exercise. `outcome`: passed, failed, or blocked by one before it that failed."""

    text: str
    outcome: str
    expected: str = ""
    seen: str = ""
    hint: str = ""


@dataclass(frozen=True)
class ExerciseResult:
    """One exercise, `number` as `labs hint` takes it. `outcome`: passed, failed, or skipped on this target."""

    number: int
    name: str
    outcome: str
    points: int
    of: int
    steps: tuple[StepResult, ...]


@dataclass(frozen=True)
class Checked:
    """What a check found. With `problems` in the files the exercises were not looked at."""

    lab: str
    problems: tuple[Problem, ...]
    exercises: tuple[ExerciseResult, ...]
    counts: bool
    """False once the solution was seen."""
    seconds: float

    @property
    def points(self) -> int:
        """Points that were got."""
        return sum(exercise.points for exercise in self.exercises)

    @property
    def of(self) -> int:
        """Points that there are."""
        return sum(exercise.of for exercise in self.exercises)


def check(course: Course, found: Desk, *, wait: bool = False) -> Checked:
    """Look at the files, then at the world. Raises `LabsError` when the world is not up."""
    began = time.monotonic()
    problems = check_labs(course, [], [found.folder]).problems
    results: tuple[ExerciseResult, ...] = ()
    if not problems:
        results = _look(found, wait=wait)
        found = found.noted(open=tuple(result.name for result in results if result.outcome == "failed"))
    return Checked(found.lab.name, problems, results, not found.note.solved, round(time.monotonic() - began, 2))


def _look(found: Desk, *, wait: bool) -> tuple[ExerciseResult, ...]:
    lab, folder = found.lab, folder_of(found.lab.name)
    starting.require_up(found)
    scenarios = [scenario for scenario in lab.scenarios() if scenario.exercise]
    steps: list[StepEnded] = []
    bus = Bus()
    bus.subscribe(lambda event: _note(event, steps))
    with _turn(folder):
        target = LocalTarget.attach(folder)
        told = outputs(found.files.state)
        patience = None if wait else min(LONGEST, BUDGET / max(1, len(scenarios)))
        handover = handed_over(lab, scenarios, target, folder, found.folder, told, patience, only_looks=not wait)
        verdict = verify(lab, scenarios, target, folder, handover, bus)
    outcomes = {ended.name: ended.outcome for ended in verdict.scenarios}
    by_name = {scenario.name: scenario for scenario in scenarios}
    return tuple(
        _result(number, exercise, by_name[exercise.name], outcomes[exercise.name], steps)
        for number, exercise in enumerate(lab.exercises, start=1)
    )


@contextmanager
def _turn(folder: RunFolder) -> Iterator[None]:
    """One check at a time: they share files. `labs watch` may be at it; the lock of runs is not for this."""
    with (folder.root / "check.lock").open("a") as held:
        if not take(held, TURN):
            raise LabsError(f"another check did not end within {TURN:g} s", "Try again when it has.")
        yield


def _note(event: Event, steps: list[StepEnded]) -> None:
    if isinstance(event, StepEnded):
        steps.append(event)


def _result(
    number: int, exercise: Exercise, scenario: Scenario, outcome: str, steps: list[StepEnded]
) -> ExerciseResult:
    ended = [step for step in steps if step.scenario == scenario.name]
    looked = [StepResult(s.text, s.outcome, s.expected, s.seen, s.hint) for s in ended]
    blocked = [StepResult(step.text, "blocked") for step in scenario.steps[len(looked) :]]
    points = exercise.points if outcome == "passed" else 0
    return ExerciseResult(number, exercise.name, outcome, points, exercise.points, (*looked, *blocked))


def to_json(checked: Checked) -> dict[str, Any]:
    """As `labs check --json` prints it."""
    from dataclasses import asdict

    problems = [{"path": str(p.path), "line": p.line, "message": p.message} for p in checked.problems]
    return {**asdict(checked), "problems": problems, "points": checked.points, "of": checked.of}
