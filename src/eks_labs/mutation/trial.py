"""Mutants on trial: each graded as a submission is.

One of Terraform begins, as submissions do, at the lab's starting point: from the solution it could be another thing,
since Terraform leaves alone what a configuration no longer mentions. One of manifests begins where the solution's
Terraform is deployed already, which is what its own Terraform would come to.
"""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from enum import StrEnum

from eks_labs.course import Course, Lab
from eks_labs.errors import LabsError
from eks_labs.grading.grader import Grader
from eks_labs.grading.rows import Row, Status
from eks_labs.grading.supervision import Limits
from eks_labs.mutation import relevance, solution
from eks_labs.mutation.grading import graded
from eks_labs.mutation.mutants import Mutant
from eks_labs.mutation.solution import Solution

WITHIN = 300.0
"""Seconds in which as many mutants are tried as can be, when nobody says otherwise."""
LEAST = 85
"""Percent of the mutants that a lab's checks should kill."""

AT_LEAST = 120.0
"""Seconds for a mutant's Terraform; twice what the whole of the solution takes alone, if that is more."""

PATIENCE = 20.0
"""Seconds that a condition gets to come true at least, and …"""
SLOWER = 2.0
"""… how much more than the solution's longest step takes alone: mutants share the machine."""
BESIDE = 1.5
"""How much longer than the solution alone a mutant is expected to take that does all that it does."""


class Outcome(StrEnum):
    """What became of a mutant."""

    KILLED = "killed"
    """A check saw the mistake."""
    SURVIVED = "survived"
    """It got all points."""
    REFUSED = "refused"
    """It could not be deployed: Terraform, AWS or Kubernetes saw the mistake. Not counted for the checks."""
    ERROR = "error"
    """We failed."""


@dataclass(frozen=True)
class Result:
    """One mutant's end."""

    mutant: Mutant
    outcome: Outcome
    why: str
    seconds: float


def trial(
    grader: Grader,
    course: Course,
    lab: Lab,
    chosen: Sequence[Mutant],
    jobs: int,
    patience: float | None,
    within: float | None,
    tell: Callable[[str], None],
) -> Iterator[Result]:
    """Grade them, `jobs` at a time; results as they come. Raises `LabsError` when the solution itself does not pass.

    A condition gets `patience` seconds to come true; None for what the solution's checks suggest. None but the first
    `jobs` begins that is not expected to end `within` these seconds; what has begun is not cut off, since mutants that
    survive take longest.
    """
    stop = threading.Event()
    right = solution.find(grader, course, lab, stop, tell)
    limits = _limits_of(right, patience)
    tell(f"the solution passes, its longest step in {right.longest:.0f} s; a condition gets {limits.patience:.0f} s")
    started = time.monotonic()

    def attempt(number: int, mutant: Mutant) -> Row | None:
        begin, alone = (right.begin, right.seconds) if mutant.in_terraform else (right.solved, right.seconds_deployed)
        if within is not None and number >= jobs and time.monotonic() - started + BESIDE * alone > within:
            return None
        return graded(
            grader,
            course,
            lab,
            mutant,
            begin,
            limits,
            stop.is_set,
            deployed=not mutant.in_terraform,
            order=relevance.order(lab, mutant),
        )

    pool = ThreadPoolExecutor(jobs, thread_name_prefix="mutant")
    try:
        futures = {pool.submit(attempt, number, mutant): mutant for number, mutant in enumerate(chosen)}
        for future in as_completed(futures):
            row = future.result()
            if row is not None:
                yield _result(futures[future], row)
    finally:
        stop.set()
        pool.shutdown(cancel_futures=True)


def _limits_of(right: Solution, patience: float | None) -> Limits:
    if patience is not None and patience < right.longest:
        raise LabsError(
            f"the solution's own longest step takes {right.longest:.0f} s, and would not pass in {patience:g} s",
            "Give a longer --patience, or none.",
        )
    return Limits(
        terraform=max(AT_LEAST, SLOWER * right.seconds), patience=patience or max(PATIENCE, SLOWER * right.longest)
    )


def _result(mutant: Mutant, row: Row) -> Result:
    if row.status is Status.ERROR:
        return Result(mutant, Outcome.ERROR, row.reason, row.seconds)
    if row.status is Status.REJECTED:
        return Result(mutant, Outcome.REFUSED, row.reason, row.seconds)
    failed = next((check for check in row.checks if check.outcome == "failed"), None)
    if failed is None:
        return Result(mutant, Outcome.SURVIVED, "", row.seconds)
    return Result(mutant, Outcome.KILLED, f"{failed.name}: {failed.seen}", row.seconds)
