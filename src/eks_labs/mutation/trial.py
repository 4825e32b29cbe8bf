"""Mutants on trial: each graded as a submission is.

One of Terraform begins, as submissions do, at the lab's starting point: from the solution it could be another thing,
since Terraform leaves alone what a configuration no longer mentions. One of manifests begins where the solution's
Terraform is deployed already, which is what its own Terraform would come to.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from eks_labs import laptop, scratch
from eks_labs.course import Course, Lab
from eks_labs.errors import LabsError
from eks_labs.events import Bus
from eks_labs.grading import starting_point
from eks_labs.grading.rows import Row, Status
from eks_labs.grading.supervision import Limits, supervise
from eks_labs.grading.worker import Job
from eks_labs.learn import starting
from eks_labs.learn.cache import StartingPoint
from eks_labs.mutation import mutants
from eks_labs.mutation.mutants import Mutant
from eks_labs.run import teardown, workspace
from eks_labs.run.root_module import terraform_on
from eks_labs.run_folder import RunFolder
from eks_labs.targets.local import LocalTarget

TERRAFORM = 300.0
"""Seconds for a mutant's Terraform."""

PATIENCE = 20.0
"""Seconds that a condition gets to come true at least, and …"""
SLOWER = 2.0
"""… how much more than the solution's longest step takes alone: mutants share the machine."""


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


@dataclass(frozen=True)
class _Snapshots:
    """Folders."""

    begin: Path
    """The lab's starting point."""
    solved: Path
    """With the solution's Terraform."""


def trial(
    course: Course, lab: Lab, chosen: Sequence[Mutant], jobs: int, patience: float | None, tell: Callable[[str], None]
) -> Iterator[Result]:
    """Grade them, `jobs` at a time; results as they come. Raises `LabsError` when the solution itself does not pass.

    A condition gets `patience` seconds to come true; None for what the solution's checks suggest.
    """
    stop = threading.Event()
    with _snapshots(course, lab, tell, stop) as snapshots:
        began = Limits(terraform=TERRAFORM, patience=patience)
        # By both ways that mutants are graded.
        ways = (_graded(course, lab, None, snapshots, began, stop, deployed=deployed) for deployed in (True, False))
        longest = max(_require_right(row, lab) for row in ways)
        limits = replace(began, patience=patience or max(PATIENCE, SLOWER * longest))
        tell(f"the solution passes, its longest step in {longest:.0f} s; a condition gets {limits.patience:.0f} s")
        pool = ThreadPoolExecutor(jobs, thread_name_prefix="mutant")
        try:
            futures = {
                pool.submit(
                    _graded, course, lab, mutant, snapshots, limits, stop, deployed=not mutant.in_terraform
                ): mutant
                for mutant in chosen
            }
            for future in as_completed(futures):
                row = future.result()
                if row is not None:
                    yield _result(futures[future], row)
        finally:
            stop.set()
            pool.shutdown(cancel_futures=True)


def _graded(
    course: Course,
    lab: Lab,
    mutant: Mutant | None,
    snapshots: _Snapshots,
    limits: Limits,
    stop: threading.Event,
    *,
    deployed: bool,
) -> Row | None:
    """The row of a mutant, or of the solution itself; None when it was stopped.

    `deployed`: its Terraform is what the solution's is, and need not be applied.
    """
    if stop.is_set():
        return None
    with scratch.folder("mutate") as place:
        mutants.write(mutant, lab, place / "submission")
        (place / "work").mkdir(mode=0o700)
        job = Job(
            name=mutant.what if mutant else "solution",
            lab=lab.name,
            course=str(course.root),
            submission=str(place / "submission"),
            folder=str(place / "work"),
            snapshot=str(snapshots.solved if deployed else snapshots.begin),
            patience=limits.patience,
            deployed=deployed,
            brief=True,
        )
        return supervise(job, limits, stop.is_set)


def _result(mutant: Mutant, row: Row) -> Result:
    if row.status is Status.ERROR:
        return Result(mutant, Outcome.ERROR, row.reason, row.seconds)
    if row.status is Status.REJECTED:
        return Result(mutant, Outcome.REFUSED, row.reason, row.seconds)
    failed = next((check for check in row.checks if check.outcome == "failed"), None)
    if failed is None:
        return Result(mutant, Outcome.SURVIVED, "", row.seconds)
    return Result(mutant, Outcome.KILLED, f"{failed.name}: {failed.seen}", row.seconds)


def _require_right(row: Row | None, lab: Lab) -> float:
    """The seconds of the longest step. Raises `LabsError` when one failed."""
    if row is None or row.status is not Status.GRADED or row.score != row.of:
        failed = next((f": {c.name}: {c.seen}" for c in row.checks if c.outcome == "failed"), "") if row else ""
        why = (row.reason or f"{row.score} of {row.of} points{failed}") if row else "it was stopped"
        raise LabsError(
            f"the solution of {lab.name} itself does not pass: {why}",
            "Until it does, nothing can be said of mutants. Conditions may need more time: --patience.",
        )
    return max(check.longest for check in row.checks)


@contextmanager
def _snapshots(course: Course, lab: Lab, tell: Callable[[str], None], stop: threading.Event) -> Iterator[_Snapshots]:
    tell("the solution's Terraform is deployed once, for a snapshot")
    begin = starting_point.find(course, lab.name, stop.is_set)
    if begin is None:
        raise LabsError(f"{lab.name} could not be deployed", f"See why with: labs run {lab.name}")
    with scratch.folder("mutate") as place:
        folder = RunFolder(place / "solved")
        folder.create()
        target = LocalTarget(folder)
        try:
            files = workspace.prepare(lab, folder.workspace, lab.solution)
            starting.restore(target, StartingPoint(begin), files.terraform, lambda _: None)
            laptop.furnish(folder)
            terraform = terraform_on(files, target, folder, Bus())
            terraform.init()
            terraform.apply()
            point = StartingPoint(place / "snapshot")
            point.folder.mkdir()
            starting.write(point, target, files.terraform)
        finally:
            teardown.sweep(folder)
        yield _Snapshots(begin, point.folder)
