"""A process that cannot be confused with a later one of the same pid.

A pid alone is recycled; with the time the process started and the machine's boot it is unique. Signals go through a
pidfd which is opened before the start time is compared, so that no other process can ever be hit.
"""

import os
import select
import signal
from dataclasses import dataclass
from pathlib import Path

from eks_local.sandbox.errors import WorldError


@dataclass(frozen=True)
class ProcessId:
    """One process of this machine. `start`: clock ticks after boot (proc(5), stat field 22)."""

    pid: int
    start: int
    boot: str

    @classmethod
    def of(cls, pid: int) -> "ProcessId":
        """The process that has `pid` now. Raises ProcessLookupError."""
        return cls(pid, _start_time(pid), _boot())

    @property
    def alive(self) -> bool:
        """Whether it has not ended (a zombie has)."""
        fd = self.open()
        if fd is None:
            return False
        try:
            return not _ended(fd, 0)
        finally:
            os.close(fd)

    def open(self) -> int | None:
        """A pidfd of the process, None when it is gone. The caller closes it."""
        if self.boot != _boot():
            return None
        try:
            fd = os.pidfd_open(self.pid)
        except ProcessLookupError:
            return None
        try:
            same = _start_time(self.pid) == self.start
        except ProcessLookupError:
            same = False
        if same:
            return fd
        os.close(fd)
        return None

    def wait(self, seconds: float) -> bool:
        """Whether the process ended within `seconds`."""
        fd = self.open()
        if fd is None:
            return True
        try:
            return _ended(fd, seconds)
        finally:
            os.close(fd)

    def end(self, grace: float) -> bool:
        """SIGTERM, SIGKILL after `grace` seconds; returns when it ended: whether it was alive before."""
        fd = self.open()
        if fd is None:
            return False
        try:
            for sign, seconds in ((signal.SIGTERM, grace), (signal.SIGKILL, 20.0)):
                if _ended(fd, 0):
                    return sign is not signal.SIGTERM
                try:
                    signal.pidfd_send_signal(fd, sign)
                except ProcessLookupError:
                    return sign is not signal.SIGTERM
                if _ended(fd, seconds):
                    return True
        finally:
            os.close(fd)
        raise WorldError(
            f"process {self.pid} did not end on SIGKILL within 20 s",
            "See its state with: ps -o pid,stat,wchan,cmd -p " + str(self.pid),
        )


def _ended(fd: int, seconds: float) -> bool:
    poll = select.poll()
    poll.register(fd, select.POLLIN)
    return bool(poll.poll(seconds * 1000))


def _start_time(pid: int) -> int:
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        raise ProcessLookupError(pid) from None
    # The command, field 2, may hold spaces and parentheses.
    return int(text.rpartition(")")[2].split()[19])


def _boot() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


@dataclass(frozen=True)
class Box:
    """The two processes of a running box that the host knows."""

    launcher: ProcessId
    """`unshare`; ends after everything in the box has ended."""
    init: ProcessId
    """Process 1 of the box."""
