"""A worker, watched: whatever a submission does, it ends within its limits, and nothing of it is left.

The watching is done from outside, because nothing inside can be trusted to count: time, memory, processes and disk of
all descendants of the worker, which the world and everything in it are.
"""

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from eks_labs.course import find_course
from eks_labs.grading import deployment, descendants, hidden, memory, template
from eks_labs.grading.grader import Grader
from eks_labs.grading.rows import Row, Status
from eks_labs.grading.template import Worker
from eks_labs.grading.turns import Turn
from eks_labs.grading.worker import PHASE, ROW, Job, unreached
from eks_labs.run import teardown
from eks_labs.run_folder import RunFolder

_GIB = 2**30


@dataclass(frozen=True)
class Limits:
    """What one submission may take. Its world itself takes about 1 GB, 100 processes and 200 MB of disk."""

    terraform: float = 600.0
    """Seconds for its Terraform."""
    seconds: float = 1200.0
    """Seconds in all, waiting for others on a busy machine included."""
    memory: int = 4 * _GIB
    processes: int = 600
    disk: int = 2 * _GIB
    patience: float | None = None
    """Seconds that a condition of a check gets to come true; None for what each step finds right."""
    as_root: bool = False
    """Whether somebody else's work may run as the machine's root."""


_PAUSE = 0.3
"""Seconds between two looks whether it has ended, …"""
_PROCESSES_PAUSE = 1.0
_DISK_PAUSE = 2.0
"""… at its processes, and at its disk: these looks cost milliseconds of a processor, and more submissions wait."""
_OUTPUT = 32 * 2**20
"""Bytes that a submission's Terraform may say. A lab's says less than one; each costs Terraform processor time."""
_THEIRS = ("terraform", "manifests", "verify")
"""Phases in which what happens is the submission's doing."""
_DEPLOYED = ("manifests", "verify")
"""Phases in which a submission mostly waits."""


def supervise(grader: Grader, job: Job, limits: Limits, stopped: Callable[[], bool]) -> Row | None:
    """Grade in a worker process; None when `stopped` said so. Never raises for what a submission does."""
    folder = Path(job.folder)
    with grader.turns.turn(stopped) as turn:
        if turn is None:
            return None
        started = time.monotonic()
        try:
            reason = _run(grader, job, limits, stopped, turn)
        finally:
            teardown.sweep(RunFolder(folder))
    seconds = round(time.monotonic() - started, 1)
    if reason is _STOPPED:
        return None
    if reason:
        status = Status.REJECTED if _phase(folder) in _THEIRS else Status.ERROR
        return _without(job, status, reason, seconds)
    try:
        return Row.from_json((folder / ROW).read_text())
    except (OSError, ValueError, KeyError, TypeError):
        return _without(job, Status.ERROR, f"the grader's worker ended without a result: {_tail(folder)}", seconds)


_STOPPED = "stopped"


def _run(grader: Grader, job: Job, limits: Limits, stopped: Callable[[], bool], turn: Turn) -> str:
    """Run the worker to its end; why it was ended, empty when it ended by itself."""
    folder = Path(job.folder)
    file = folder / "job.json"
    job.save(file)
    try:
        worker = grader.worker(file)
    except OSError as error:
        return f"no worker could be started for it: {error}"
    watch = _Watch(folder, worker.pid, limits)
    try:
        while not worker.ended(within=_PAUSE):
            phase = _phase(folder)
            if phase in _DEPLOYED:
                turn.pass_on()
            turn.look()
            reason = _STOPPED if stopped() else watch.exceeded(phase)
            if reason:
                return reason
        return ""
    finally:
        _kill(worker)


def _kill(worker: Worker) -> None:
    """The worker and what it started: the box's launcher ends the box, whose end ends all that is in it."""
    if not worker.ended():
        with suppress(psutil.NoSuchProcess, ProcessLookupError):  # it has ended since, and been forgotten
            for process in psutil.Process(worker.pid).children(recursive=False):
                _signal(process.pid)
            os.killpg(worker.pid, signal.SIGKILL)
        worker.ended(within=None)
    worker.close()


def _signal(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


class _Watch:
    def __init__(self, folder: Path, pid: int, limits: Limits) -> None:
        self._folder = folder
        self._pid = pid
        self._limits = limits
        self._started = time.monotonic()
        self._terraform: float | None = None
        self._disk_at = 0.0
        self._processes_at = 0.0

    def exceeded(self, phase: str) -> str:
        """Which limit is exceeded in the phase, as a sentence; empty when none is."""
        now = time.monotonic()
        if phase != "terraform":
            self._terraform = None
        elif self._terraform is None:
            self._terraform = now
        if self._terraform is not None and now - self._terraform > self._limits.terraform:
            works = deployment.unfinished(RunFolder(self._folder).terraform_log)
            return f"its Terraform ran longer than {self._limits.terraform:g} s" + (f" ({works})" if works else "")
        if now - self._started > self._limits.seconds:
            return f"it took longer than {self._limits.seconds:g} s ({phase})"
        return self._space(now) or self._processes(now)

    def _processes(self, now: float) -> str:
        if now < self._processes_at:
            return ""
        self._processes_at = now + _PROCESSES_PAUSE
        found = descendants.of(self._pid)
        if len(found) > self._limits.processes:
            return f"it ran more than {self._limits.processes} processes"
        if memory.at_most(found) <= self._limits.memory:
            return ""
        try:
            used = memory.held(found)
        except memory.Untold as reason:
            return f"its memory cannot be counted: {reason}"
        return f"it used more than {self._limits.memory / _GIB:g} GiB of memory" if used > self._limits.memory else ""

    def _space(self, now: float) -> str:
        if now < self._disk_at:
            return ""
        used = size(self._folder, self._limits.disk)
        self._disk_at = time.monotonic() + _DISK_PAUSE
        if _bytes(RunFolder(self._folder).terraform_log) > _OUTPUT:
            return f"its Terraform said more than {_OUTPUT / 2**20:g} MiB"
        return f"it wrote more than {self._limits.disk / _GIB:g} GiB" if used > self._limits.disk else ""


def size(folder: Path, enough: int) -> int:
    """Bytes on the disk below `folder`; stops counting once it is more than `enough`."""
    total = 0
    waiting = [str(folder)]
    while waiting and total <= enough:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                    else:
                        total += entry.stat(follow_symlinks=False).st_blocks * 512
        except OSError:
            continue  # gone meanwhile
    return total


def _bytes(file: Path) -> int:
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0


def _phase(folder: Path) -> str:
    try:
        return (folder / PHASE).read_text()
    except OSError:
        return "start"


def _without(job: Job, status: Status, reason: str, seconds: float) -> Row:
    lab = find_course(Path(job.course)).lab(job.lab)
    private = hidden.lab_with(lab, Path(job.checks) if job.checks else None)
    return Row(job.name, job.lab, status, unreached(lab, private), reason, seconds)


def _tail(folder: Path) -> str:
    try:
        lines = (folder / template.LOG).read_text(errors="replace").strip().splitlines()
    except OSError:
        lines = []
    return lines[-1][:300] if lines else "it said nothing"
