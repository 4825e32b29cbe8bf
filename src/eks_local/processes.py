"""Child processes of the world: each has a name, a log file and an owner that ends it."""

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from eks_local.waiting import wait_for


class ProcessFailed(RuntimeError):
    """A child process ended when it should not have; says how, and quotes the end of its log."""


class Process:
    """One running child. Not restarted by itself: its reconciler decides that."""

    def __init__(self, name: str, argv: Sequence[str], *, log: Path, env: Mapping[str, str] | None = None) -> None:
        """Start `argv` with its output appended to `log`. `env` replaces the environment when given."""
        self.name = name
        self.log = log
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as out:
            self._child = subprocess.Popen(
                list(argv),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env=None if env is None else dict(env),
                start_new_session=True,
            )
        self._ending = threading.Lock()

    @property
    def pid(self) -> int:
        """The process id, as seen in the world's pid namespace."""
        return self._child.pid

    @property
    def running(self) -> bool:
        """Whether the process has not ended."""
        return self._child.poll() is None

    @property
    def children(self) -> list[int]:
        """Process ids of what it started itself and has not yet ended; none when it has ended."""
        with contextlib.suppress(OSError):
            # A child is listed with the thread that forked it.
            threads = list(Path(f"/proc/{self.pid}/task").iterdir())
            return [int(child) for thread in threads for child in (thread / "children").read_text().split()]
        return []

    def require_running(self) -> None:
        """Raise `ProcessFailed` with the end of the log when the process has ended."""
        if self.running:
            return
        raise ProcessFailed(f"{self.name} ended with status {self._child.returncode}: {self.log_tail()}")

    def log_tail(self, size: int = 600) -> str:
        """The last `size` bytes of the log, on one line."""
        with self.log.open("rb") as log:
            log.seek(max(0, self.log.stat().st_size - size))
            return " | ".join(log.read().decode(errors="replace").split("\n")[-4:]).strip()

    @contextlib.contextmanager
    def suspended(self) -> Iterator[None]:
        """The process does nothing within. Raises `WaitTimeout` when it cannot be suspended."""
        try:
            self._signal(signal.SIGSTOP)
            # The signal is sent, which is not yet: arrived at every thread.
            wait_for(self._at_rest, what=f"{self.name} to be suspended", seconds=5, poll=0.002)
            yield
        finally:
            self._signal(signal.SIGCONT)

    def _signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._child.pid, number)

    def _at_rest(self) -> bool:
        with contextlib.suppress(FileNotFoundError):
            threads = list(Path(f"/proc/{self.pid}/task").iterdir())
            return all((thread / "stat").read_text().rpartition(")")[2].split()[0] in "TtZX" for thread in threads)
        return not self.running

    def end(self, grace: float = 5.0) -> None:
        """SIGTERM to the process group, SIGKILL after `grace` seconds. Returns when the process has ended."""
        with self._ending:
            if not self.running:
                return
            for sign, seconds in ((signal.SIGTERM, grace), (signal.SIGKILL, 10.0)):
                try:
                    os.killpg(self._child.pid, sign)
                except ProcessLookupError:
                    return
                try:
                    self._child.wait(seconds)
                    return
                except subprocess.TimeoutExpired:
                    continue
            raise ProcessFailed(f"{self.name} (pid {self._child.pid}) did not end on SIGKILL")
