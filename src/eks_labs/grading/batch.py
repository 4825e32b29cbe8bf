"""Many submissions, on dask.distributed: in this process by default, on a cluster by its scheduler's address.

What a task needs travels with it: a submission's files and the hidden checks, both small. The course does not: a worker
has its own, and refuses when it is another.
"""

import hashlib
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import psutil

from eks_labs import scratch
from eks_labs.course import Course, Lab, find_course
from eks_labs.errors import LabsError
from eks_labs.grading import archives, evidence, hidden, starting_point, submissions, superuser
from eks_labs.grading.evidence import Evidence
from eks_labs.grading.rows import Row, Status
from eks_labs.grading.submissions import Submission
from eks_labs.grading.supervision import Limits, supervise
from eks_labs.grading.worker import Job, unreached

WORLD = 2 * 2**30
"""Bytes of memory that a submission usually needs."""

Files = Mapping[str, bytes]
"""Path below a folder → content."""


@dataclass(frozen=True)
class Task:
    """What a worker of the cluster gets."""

    name: str
    lab: str
    course: str
    """Folder of the course, for workers on this machine."""
    course_digest: str
    files: Files
    checks: Files | None
    digest: str
    remark: str = ""
    """What an instructor should know of it."""
    seed: str | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    """What the seed draws of the lab's parameters."""


def prepare(found: Sequence[Submission], course: Course, checks: Path | None) -> Iterator[Task | Row]:
    """A task for each submission; a row for what cannot even be unpacked."""
    private = _read(checks) if checks else None
    digest_of_course = _digest(_course_files(course))
    for submission in found:
        with scratch.folder("grade") as folder:
            try:
                archives.unpack(submission.source, folder)
                root = submissions.root_of(folder)
                name = submissions.lab_of(root, course.names())
                files = _read(root, submissions.PARTS)
                told = evidence.read(root)
            except archives.Unusable as error:
                yield Row(submission.name, "", Status.REJECTED, (), str(error))
                continue
        lab = course.lab(name, told.seed)
        _require_exercises(lab, checks)
        yield Task(
            name=submission.name,
            lab=name,
            course=str(course.root),
            course_digest=digest_of_course,
            files=files,
            checks=private,
            digest=_digest({**files, **_follows_from(digest_of_course, private, told)}),
            remark=_remark(lab, told),
            seed=told.seed,
            values=lab.values,
        )


def _follows_from(course: str, private: Files | None, told: Evidence) -> Files:
    """What else a grade follows from, under names that no file has."""
    checks = _digest(private or {})
    return {"\0course": course.encode(), "\0checks": checks.encode(), "\0seed": (told.seed or "").encode()}


def _remark(lab: Lab, told: Evidence) -> str:
    """What an instructor should know of a submission."""
    remarks = []
    if told.solved:
        remarks.append("its author has seen the reference solution")
    if lab.parameters and told.seed is None:
        remarks.append("it names no seed, so it was graded with the values of the first rows")
    return "; ".join(remarks)


def default_jobs() -> int:
    """Submissions at a time on this machine: each takes a fifth of a core, and needs a world's memory."""
    return max(1, min(5 * (os.cpu_count() or 1), int(psutil.virtual_memory().available / WORLD)))


def grade(tasks: Sequence[Task], jobs: int, limits: Limits, scheduler: str | None = None) -> Iterator[Row]:
    """Rows, as they come. Leaving the iteration early ends what runs. Raises `LabsError` without the scheduler."""
    from distributed import Event, as_completed

    from eks_labs.grading import dask_cluster

    with dask_cluster.client(jobs, scheduler) as client:
        stop = Event(f"eks-labs-stop-{uuid4()}", client=client)
        of_lab = Counter(task.lab for task in tasks)
        futures = {
            client.submit(
                _task, task, of_lab[task.lab], limits, stop.name, key=f"{task.name}-{uuid4()}", pure=False, retries=0
            ): task
            for task in tasks
        }
        try:
            for future in as_completed(list(futures)):
                task = futures[future]
                row = _outcome(task, future)
                if row is not None:
                    yield replace(row, digest=task.digest, seed=task.seed or "", values=task.values)
        finally:
            stop.set()
            dask_cluster.drain(client, futures)


def _outcome(task: Task, future: Any) -> Row | None:
    try:
        text = future.result()
    except Exception as error:
        return Row(task.name, task.lab, Status.ERROR, _unreached(task), f"{type(error).__name__}: {error}")
    if text is None:
        return None
    row = Row.from_json(text)
    return replace(row, reason=task.remark) if row.status is Status.GRADED else row


def _task(task: Task, of_lab: int, limits: Limits, stop: str) -> str | None:
    """On a worker: grade one of `of_lab` submissions. The row as JSON, None when the batch was stopped."""
    from eks_labs.grading import dask_cluster

    try:
        superuser.refuse(allowed=limits.as_root)
        course = _own_course(task)
        grader = dask_cluster.grader()
    except LabsError as error:
        return Row(task.name, task.lab, Status.ERROR, (), f"{error.what}. {error.remedy}").to_json()
    stopped = dask_cluster.Stopped(stop)
    if stopped():
        return None
    with scratch.folder("grade") as folder:
        _write(task.files, folder / "submission")
        if task.checks is not None:
            _write(task.checks, folder / "checks")
        work = folder / "work"
        work.mkdir(mode=0o700)
        with grader.preparing:
            point = starting_point.find(course, task.lab, stopped, submissions=of_lab)
        if stopped():
            return None
        job = Job(
            name=task.name,
            lab=task.lab,
            course=str(course.root),
            submission=str(folder / "submission"),
            folder=str(work),
            checks=str(folder / "checks") if task.checks is not None else None,
            snapshot=str(point) if point else None,
            patience=limits.patience,
            seed=task.seed,
        )
        row = supervise(grader, job, limits, stopped)
        return None if row is None else row.to_json()


def _own_course(task: Task) -> Course:
    """This worker's course. Raises `LabsError` when it is another one than the task's."""
    here = Path(task.course)
    course = Course(here) if (here / "labs").is_dir() else find_course()
    if _digest(_course_files(course)) != task.course_digest:
        raise LabsError("the course on this worker is another one", "Install the same version everywhere.")
    return course


def _require_exercises(lab: Lab, checks: Path | None) -> None:
    if not lab.exercises and hidden.lab_with(lab, checks) is None:
        raise LabsError(f"{lab.name} has no exercises: there is nothing to grade", "labs list shows which labs have.")


def _unreached(task: Task) -> tuple[Any, ...]:
    return unreached(Course(Path(task.course)).lab(task.lab), None)


def _course_files(course: Course) -> Files:
    """What of the course decides a grade."""
    parts = ("checks", "labs", "terraform", "manifests")
    kept = (".py", ".feature", ".toml", ".tf", ".yaml", ".yml")
    return {name: content for name, content in _read(course.root, parts).items() if name.endswith(kept)}


def _read(root: Path, parts: Sequence[str] = (".",)) -> dict[str, bytes]:
    return {
        str(file.relative_to(root)): file.read_bytes()
        for part in parts
        for file in sorted((root / part).rglob("*"))
        if file.is_file() and not file.is_symlink() and "__pycache__" not in file.parts
    }


def _write(files: Files, root: Path) -> None:
    root.mkdir(parents=True)
    for name, content in files.items():
        target = root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def _digest(files: Files) -> str:
    total = hashlib.sha256()
    for name in sorted(files):
        content = files[name]
        total.update(f"{len(name.encode())} {name} {len(content)}\n".encode() + content)
    return total.hexdigest()
