"""`labs qa`: what must hold of a lab, and what is said when it does not."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from eks_labs import quality
from eks_labs.course import find_course
from eks_labs.errors import Exit, LabsError
from eks_labs.events import Bus, Failed, Scored
from eks_labs.mutation.mutants import Mutant
from eks_labs.mutation.trial import Outcome, Result
from eks_labs.run import workflow
from eks_labs.run.plan import Options, Plan
from eks_labs.run_folder import RunFolder
from tests.labs.linted import LAB, WEB, change, copy_course
from tests.runs import Cli

KILLED, SURVIVED, REFUSED, OURS = (
    Result(Mutant("manifests/x.yaml", 3, f"spec: {each}", ""), each, "", 1.0)
    for each in (Outcome.KILLED, Outcome.SURVIVED, Outcome.REFUSED, Outcome.ERROR)
)


class Stage:
    """Runs that are not run: each comes to what is told of it, by the last part of its overlay's path."""

    def __init__(self) -> None:
        self.comes_to: dict[str, tuple[Exit, int | None]] = {}
        self.mutants: list[Result] | LabsError = [KILLED, REFUSED]
        self.ran: list[Options] = []

    def run(self, plan: Plan, _: RunFolder, bus: Bus) -> Exit:
        self.ran.append(plan.options)
        overlay = plan.options.overlay.name if plan.options.overlay else "untouched"
        code, points = self.comes_to.get(
            overlay, (Exit.PASSED, 100) if plan.options.overlay else (Exit.CHECK_FAILED, 0)
        )
        if points is None:
            bus(Failed("the world ended", "Begin again.", int(code)))
        else:
            bus(Scored(points, 100, ()))
        return code

    def trial(self, *_: object) -> Iterator[Result]:
        if isinstance(self.mutants, LabsError):
            raise self.mutants
        yield from self.mutants

    def found(self, **options: Any) -> list[tuple[bool, str]]:
        """Whether each holds, and what was seen."""
        every = quality.examine(find_course(), LAB, lambda _: None, **options)
        return [(each.holds, each.seen) for each in every]


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Stage:
    made = Stage()
    monkeypatch.setattr(workflow, "run", made.run)
    monkeypatch.setattr(quality, "trial", made.trial)
    return made


def test_all_holds_of_a_lab_whose_scores_are_true(stage: Stage) -> None:
    lab = find_course().lab(LAB)
    found = stage.found()
    assert all(holds for holds, _ in found), found
    overlays = [None, lab.solution, *lab.alternatives.values()]
    assert [options.overlay for options in stage.ran] == overlays
    assert [options.twice for options in stage.ran] == [False, True, *(False for _ in lab.alternatives)]
    assert all(options.exercises for options in stage.ran)
    assert len(found) == 1 + len(overlays) + 1
    assert found[-1][1] == "1 of 1 mutants killed, 100 %; 1 could not be deployed"
    assert len(stage.found(mutate=False)) == len(found) - 1


@pytest.mark.parametrize(
    ("overlay", "code", "points", "seen"),
    [
        ("untouched", Exit.CHECK_FAILED, 40, "40 of 100 points"),
        ("untouched", Exit.TARGET_FAILED, 0, "0 of 100 points"),
        ("solution", Exit.CHECK_FAILED, 60, "60 of 100 points"),
        # All points, and something is left: it does not start after destroy.
        ("solution", Exit.TARGET_FAILED, 100, "100 of 100 points"),
        ("solution", Exit.TARGET_FAILED, None, "the world ended"),
        ("three-groups", Exit.CHECK_FAILED, 0, "0 of 100 points"),
    ],
)
def test_what_does_not_hold_is_told(stage: Stage, overlay: str, code: Exit, points: int | None, seen: str) -> None:
    stage.comes_to[overlay] = (code, points)
    assert [text for holds, text in stage.found() if not holds] == [seen]


@pytest.mark.parametrize(
    ("results", "holds", "seen"),
    [
        ([KILLED] * 17 + [SURVIVED] * 3, True, "17 of 20 mutants killed, 85 %"),
        ([KILLED] * 16 + [SURVIVED] * 4, False, "; survived: manifests/x.yaml:3: spec: survived"),
        ([KILLED, OURS], False, "1 failed by our fault"),
        ([REFUSED], False, "0 of 0 mutants killed"),
        (LabsError("the solution of it does not pass"), False, "the solution of it does not pass"),
    ],
)
def test_the_checks_must_see_most_mistakes(
    stage: Stage, results: list[Result] | LabsError, holds: bool, seen: str
) -> None:
    stage.mutants = results
    *before, last = stage.found()
    assert all(good for good, _ in before)
    assert last[0] is holds
    assert seen in last[1]


def test_whoever_interrupts_a_run_interrupts_all(stage: Stage) -> None:
    stage.comes_to["solution"] = (Exit.INTERRUPTED, None)
    with pytest.raises(KeyboardInterrupt):
        stage.found()


def test_what_lint_finds_is_told_and_nothing_deployed(tmp_path: Path) -> None:
    course = copy_course(tmp_path / "course")
    change(course, WEB, "replicas: 0", "replicas: [0")
    ran = Cli(tmp_path)("--course", str(course.root), "qa", LAB)
    assert ran.code == 1, str(ran)
    assert ran.out.startswith("✗ lint finds nothing: web.yaml:")
    assert ran.out.count("\n") == 1
