"""The solution itself: where mutants begin, and what time it takes, which says how much they get.

Kept as a lab's starting point is, under a key of all that a grade follows from: a lab that has not changed need not be
solved again for other mutants.
"""

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from eks_labs import scratch
from eks_labs.course import Course, Lab
from eks_labs.errors import LabsError
from eks_labs.grading import starting_point
from eks_labs.grading.grader import Grader
from eks_labs.grading.rows import Row, Status
from eks_labs.grading.supervision import Limits
from eks_labs.learn import cache, fingerprint
from eks_labs.learn.cache import StartingPoint
from eks_labs.mutation.grading import graded
from eks_labs.run_folder import RunFolder

TERRAFORM = 600.0
"""Seconds for the solution's Terraform."""

_TIMES = "solution.json"
"""Beside the snapshot: what the solution took."""


@dataclass(frozen=True)
class Solution:
    """It has all points: from the lab's starting point `begin`, and from `solved`, which has its Terraform."""

    begin: Path
    solved: Path
    seconds: float
    """From `begin` to all points."""
    seconds_deployed: float
    """From `solved` to all points."""
    longest: float
    """Seconds of its longest step, by either way."""


def find(grader: Grader, course: Course, lab: Lab, stop: threading.Event, tell: Callable[[str], None]) -> Solution:
    """The solution as it was measured before, or now. Raises `LabsError` when it has not all points.

    An error sets `stop`, which ends what runs.
    """
    from eks_setup import node

    begin = starting_point.find(course, lab.name, stop.is_set)
    if begin is None:
        raise LabsError(f"{lab.name} could not be deployed", f"See why with: labs run {lab.name}")
    kept, key, kind = cache.default(), fingerprint.of_grade(lab, node.binaries(lambda _: None)), f"{lab.name}-solved"
    point = kept.find(kind, key)
    if point is None:
        tell("the solution is deployed and graded once: mutants begin there, and get time after it")
        point = kept.store(kind, key, lambda draft: _measure(grader, course, lab, begin, draft, stop))
    times = json.loads((point.folder / _TIMES).read_text())
    return Solution(begin, point.folder, **times)


def _measure(
    grader: Grader, course: Course, lab: Lab, begin: Path, draft: StartingPoint, stop: threading.Event
) -> None:
    """Write the snapshot with the solution's Terraform, and what grading took by both ways that mutants are graded."""
    limits = Limits(terraform=TERRAFORM)
    with ThreadPoolExecutor(2, thread_name_prefix="solution") as both:
        try:
            solving = both.submit(_solve, lab, begin, draft, stop)
            grading = both.submit(graded, grader, course, lab, None, begin, limits, stop.is_set, deployed=False)
            solving.result()
            whole = _require_right(grading.result(), lab)
        except BaseException:
            stop.set()
            raise
    # Backwards, since a mutant's exercises are checked in whatever order: none may need another.
    order = tuple(exercise.name for exercise in reversed(lab.exercises))
    again = _require_right(
        graded(grader, course, lab, None, draft.folder, limits, stop.is_set, deployed=True, order=order), lab
    )
    longest = max(check.longest for row in (whole, again) for check in row.checks)
    times = {"seconds": whole.seconds, "seconds_deployed": again.seconds, "longest": longest}
    (draft.folder / _TIMES).write_text(json.dumps(times))


def _solve(lab: Lab, begin: Path, draft: StartingPoint, stop: threading.Event) -> None:
    with scratch.folder("mutate") as place:
        starting_point.deploy(
            lab,
            RunFolder(place / "solved"),
            draft,
            stopped=stop.is_set,
            begin=StartingPoint(begin),
            overlay=lab.solution,
        )


def _require_right(row: Row | None, lab: Lab) -> Row:
    """`row`, of the solution. Raises `LabsError` when it has not all points."""
    if row is None or row.status is not Status.GRADED or row.score != row.of:
        failed = next((f": {c.name}: {c.seen}" for c in row.checks if c.outcome == "failed"), "") if row else ""
        why = (row.reason or f"{row.score} of {row.of} points{failed}") if row else "it was stopped"
        raise LabsError(
            f"the solution of {lab.name} itself does not pass: {why}",
            f"Until it does, nothing can be said of mutants. See more with: labs qa {lab.name}",
        )
    return row
