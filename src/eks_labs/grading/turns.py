"""Turns at deploying: more submissions are graded at once than the machine's cores can deploy at once.

A deployment takes half a core; whoever then waits for what its checks are to see takes a tenth. So all may wait at the
same time, and only some deploy: with too many, right answers run into limits that are meant for wrong ones.
"""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_CORES = os.cpu_count() or 1
_AT_ONCE = 2 * _CORES
"""Turns that there are."""
_USUAL = 60.0
"""Seconds after which a turn ends unless the machine is busy: whoever takes longer waits for something, too."""
_BUSY = 2.0 * _CORES
"""Load from which on a machine is busy: more deployments at once would only make all of them slower."""
_PAUSE = 0.5
"""Seconds between two looks whether to go on waiting for a turn."""


class Turn:
    """One turn, which ends once."""

    def __init__(self, end: Callable[[], None]) -> None:
        self._end = end
        self._open = True
        self._until = time.monotonic() + _USUAL

    def pass_on(self) -> None:
        """End it; whoever waits has the next."""
        if self._open:
            self._open = False
            self._end()

    def look(self) -> None:
        """End it when it has lasted long enough, and the machine could do more."""
        if time.monotonic() > self._until and os.getloadavg()[0] < _BUSY:
            self.pass_on()


class Turns:
    """The turns of a process, which grades on threads."""

    def __init__(self) -> None:
        self._free = threading.Semaphore(_AT_ONCE)

    @contextmanager
    def turn(self, stopped: Callable[[], bool]) -> Iterator[Turn | None]:
        """A turn that ends with the block at the latest; None when `stopped` said so before there was one."""
        while not self._free.acquire(timeout=_PAUSE):
            if stopped():
                yield None
                return
        taken = Turn(self._free.release)
        try:
            yield taken
        finally:
            taken.pass_on()
