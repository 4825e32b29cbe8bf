"""A function in a fork of this process, for who has imported what it needs: to import that again takes a second."""

import ctypes
import gc
import os
import select
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1
_FAILED = 70
"""Exit code of a function that raised: EX_SOFTWARE of sysexits.h."""


class Forked:
    """What `subprocess.Popen` is, as far as it goes, for a function that gives an exit code.

    It leads a session of its own, and is killed when this process ends. Only one thread may run in the process that
    makes it: what others hold locked stays locked in the fork. Raises `OSError` when there can be no more processes.
    """

    def __init__(self, function: Callable[[], int]) -> None:
        self.returncode: int | None = None
        parent = os.getpid()
        for stream in (sys.stdout, sys.stderr):
            stream.flush()  # else the fork would say it, too
        gc.freeze()  # the fork's collector leaves the pages alone that both have
        begun, begins = os.pipe()
        with open(begun, "rb") as beginning:  # noqa: PTH123 - a pipe
            try:
                self.pid = os.fork()
                if self.pid == 0:
                    _run(function, parent, begins)
            finally:
                os.close(begins)
            beginning.read()  # from now on there is its session, and signals reach it

    def poll(self) -> int | None:
        """Its exit code once it has ended, negative for the signal that ended it."""
        if self.returncode is None:
            ended, status = os.waitpid(self.pid, os.WNOHANG)
            if ended:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code, when it has ended. Raises `subprocess.TimeoutExpired` after `timeout` seconds."""
        if (code := self.poll()) is not None:
            return code
        process = os.pidfd_open(self.pid)
        try:
            ended(process, timeout)
        finally:
            os.close(process)
        if (code := self.poll()) is None:
            raise subprocess.TimeoutExpired(str(self.pid), timeout or 0.0)
        return code

    def send_signal(self, number: int) -> None:
        """Send it a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)


def ended(process: int, within: float | None) -> bool:
    """Whether the process of a pidfd has ended, or does `within` so many seconds; with None it is waited for."""
    waiting = select.poll()  # as select knows no file of a number above 1,023
    waiting.register(process, select.POLLIN)
    return bool(waiting.poll(None if within is None else within * 1000))


def redirect(log: int) -> None:
    """For a fork to begin with: it has nothing to read, and what it says goes to the open file `log`."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(log, 1)
    os.dup2(log, 2)


def _run(function: Callable[[], int], parent: int, begins: int) -> None:
    """In the fork: never returns to what this process was."""
    code = _FAILED
    try:
        os.setsid()
        # As setpriv's --pdeathsig: https://man7.org/linux/man-pages/man2/PR_SET_PDEATHSIG.2const.html
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        os.close(begins)
        if os.getppid() == parent:
            code = function()
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)
