"""A mutant, or the solution itself, graded as a submission is."""

from collections.abc import Callable
from pathlib import Path

from eks_labs import scratch
from eks_labs.course import Course, Lab
from eks_labs.grading.grader import Grader
from eks_labs.grading.rows import Row
from eks_labs.grading.supervision import Limits, supervise
from eks_labs.grading.worker import Job
from eks_labs.mutation import mutants
from eks_labs.mutation.mutants import Mutant


def graded(
    grader: Grader,
    course: Course,
    lab: Lab,
    mutant: Mutant | None,
    snapshot: Path,
    limits: Limits,
    stopped: Callable[[], bool],
    *,
    deployed: bool,
    order: tuple[str, ...] = (),
) -> Row | None:
    """The row of a mutant, or of the solution itself, that begins at `snapshot`; None when it was stopped.

    `deployed`: its Terraform is what the snapshot has, and need not be applied. `order`: of the exercises.
    """
    if stopped():
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
            snapshot=str(snapshot),
            patience=limits.patience,
            deployed=deployed,
            brief=True,
            order=order,
        )
        return supervise(grader, job, limits, stopped)
