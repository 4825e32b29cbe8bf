"""Process 1 of a world's box: mounts what is private to it, runs the world server, reaps, and ends with it.

When process 1 ends, the kernel kills everything else in its pid namespace, and the namespaces' mounts, links and
sockets go with them. So all that must hold is: this process ends when it should. It ends when

- the server ends,
- the lifeline (a pipe from the process that started the world) closes without a word: its owner died. A byte on it
  means that the world outlives its owner,
- the tether (a pipe whose other end only the `unshare` launcher holds) closes: the launcher was killed,
- it gets SIGTERM.

In all but the first case the server gets SIGTERM and some seconds to save its state.
"""

import argparse
import os
import selectors
import signal
import sys
import time
from pathlib import Path

from eks_local.sandbox import kernel

GRACE = 20.0
"""Seconds the server gets between SIGTERM and the end of the box."""


def main() -> None:
    """Run as `python -m eks_local.sandbox.init --state … --lifeline FD --tether FD … -- PROGRAM …`."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--state", required=True, help="the world's folder; lets the host find this process")
    parser.add_argument("--lifeline", type=int, required=True)
    parser.add_argument("--tether", type=int, nargs=2, required=True, help="read end, write end")
    parser.add_argument("--private", type=int, nargs="*", default=[], help="descriptors not meant for the server")
    parser.add_argument("program", nargs="+")
    arguments = parser.parse_args()
    read, write = arguments.tether
    os.close(write)
    for fd in (arguments.lifeline, read, *arguments.private):
        os.set_inheritable(fd, False)
    _private_mounts()
    sys.exit(_Init(arguments.lifeline, read).run(arguments.program))


def _private_mounts() -> None:
    kernel.mount("tmpfs", Path("/run"), "tmpfs")
    Path("/run/netns").mkdir()
    # The host's sysfs shows the host's links.
    kernel.mount("sysfs", Path("/sys"), "sysfs")


class _Init:
    def __init__(self, lifeline: int, tether: int) -> None:
        self._lifeline = lifeline
        self._selector = selectors.DefaultSelector()
        self._selector.register(lifeline, selectors.EVENT_READ)
        self._selector.register(tether, selectors.EVENT_READ)
        self._wakeup, write = os.pipe()
        os.set_blocking(self._wakeup, False)
        os.set_blocking(write, False)
        self._selector.register(self._wakeup, selectors.EVENT_READ)
        signal.set_wakeup_fd(write, warn_on_full_buffer=False)
        self._terminated = False
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGTERM, self._on_sigterm)
        self._deadline: float | None = None

    def run(self, program: list[str]) -> int:
        """Run `program` to its end; returns its exit status, 1 when it had to be left behind."""
        child = os.posix_spawn(program[0], program, os.environ, setsid=True)
        while True:
            status = self._reap(child)
            if status is not None:
                return status
            if self._asked_to_end() and self._deadline is None:
                self._deadline = time.monotonic() + GRACE
                os.kill(child, signal.SIGTERM)
            if self._deadline is not None and time.monotonic() >= self._deadline:
                return 1

    def _on_sigterm(self, *_: object) -> None:
        self._terminated = True

    def _asked_to_end(self) -> bool:
        timeout = None if self._deadline is None else max(0.0, self._deadline - time.monotonic())
        ended = False
        for key, _ in self._selector.select(timeout):
            if key.fd == self._wakeup:
                os.read(self._wakeup, 4096)
                continue
            word = os.read(key.fd, 1)
            self._selector.unregister(key.fd)
            ended = ended or word == b""
        return ended or self._terminated

    def _reap(self, child: int) -> int | None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return None
            if pid == 0:
                return None
            if pid == child:
                return os.waitstatus_to_exitcode(status) & 0xFF


if __name__ == "__main__":
    main()
