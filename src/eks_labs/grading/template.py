"""Workers by fork: a process that has imported what they need, so that none of them has to.

`python -m eks_labs.grading.template` reads the path of a job's file a line, and answers each with the process id of its
worker, or with why it has none. When its input ends, it ends, and its workers with it.
"""

import importlib
import os
import signal
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from functools import partial
from pathlib import Path

from eks_labs.grading import worker
from eks_labs.run import forked
from eks_labs.run.forked import Forked

_NEEDED = ("boto3", "kubernetes.client", "kubernetes.dynamic", "pytest", "pytest_bdd")
"""What a worker imports only when it needs it, and its checks do."""

LOG = "worker.log"
"""What a worker says, in the folder of its job's file."""


class Worker:
    """A worker, which is a process of the template: it can be waited for, and killed."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        try:
            self._process = os.pidfd_open(pid)
        except OSError:
            os.kill(pid, signal.SIGKILL)  # what nobody can watch
            raise

    def ended(self, within: float | None = 0.0) -> bool:
        """Whether it has ended, or does `within` so many seconds; with None it is waited for."""
        return forked.ended(self._process, within)

    def close(self) -> None:
        """Let go of it, ended or not."""
        os.close(self._process)


class Template:
    """A template process, which ends with this one. Callable from any thread."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "eks_labs.grading.template"],
                stdin=theirs.fileno(),
                stdout=theirs.fileno(),
                start_new_session=True,
            )
        with ours:
            self._talk = ours.makefile("rwb")
        self._lock = threading.Lock()

    @property
    def ended(self) -> bool:
        """Whether it has ended, which nobody but `close` should make it do."""
        return self._process.poll() is not None

    def worker(self, job: Path) -> Worker:
        """A new worker on the job in the file. Raises `OSError` when there can be none."""
        with self._lock:  # until the worker is known: asked for the next one, the template forgets who has ended
            if self._talk.closed:
                raise BrokenPipeError("the process that grading's workers are forked from was ended")
            self._talk.write(os.fsencode(job) + b"\n")
            self._talk.flush()
            answer = self._talk.readline()
            if not answer:
                raise BrokenPipeError("the process that grading's workers are forked from has ended")
            if not answer.strip().isdigit():
                raise OSError(answer.decode(errors="replace").strip())
            return Worker(int(answer))

    def close(self) -> None:
        """End it, and its workers."""
        with self._lock, suppress(BrokenPipeError):  # of what it was asked when it had ended
            self._talk.close()
        self._process.wait()


def _work(job: Path) -> int:
    """In a fork: with the job's own log."""
    with (job.parent / LOG).open("wb") as log:
        forked.redirect(log.fileno())
    return worker.work(job)


def main() -> int:
    """Fork a worker for each line of the input."""
    for name in _NEEDED:
        importlib.import_module(name)
    workers: list[Forked] = []
    for line in iter(sys.stdin.buffer.readline, b""):
        workers = [made for made in workers if made.poll() is None]
        job = Path(os.fsdecode(line.rstrip(b"\n")))
        try:
            workers.append(Forked(partial(_work, job)))
            answer = str(workers[-1].pid)
        except OSError as error:  # too many processes: it is one job's bad luck, not of those that run
            answer = str(error.strerror)
        sys.stdout.write(f"{answer}\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
