"""Ctrl-C, SIGTERM and a closed terminal: the first ends the run in order, the second at once."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from eks_labs.errors import Abandoned

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_NOTICE = b"\nThe run is being cleaned up already. Once more to end it at once.\n"


class Interrupts:
    """Counts interrupts while it is the handler of the signals.

    The first raises `KeyboardInterrupt` wherever the run is, so that it goes on to destroy; inside `shield` it is
    only counted, for destroy is where it would lead. The second raises `Abandoned`. Later ones are ignored.
    """

    def __init__(self) -> None:
        self.count = 0
        self._shielded = False

    @contextmanager
    def handling(self) -> Iterator["Interrupts"]:
        """Handle the signals; the handlers that were there come back afterwards."""
        before = {number: signal.signal(number, self._handle) for number in _SIGNALS}
        try:
            yield self
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def shield(self) -> None:
        """From now on the first interrupt does not raise."""
        self._shielded = True

    def _handle(self, _number: int, _frame: FrameType | None) -> None:
        self.count += 1
        if self.count == 1 and not self._shielded:
            raise KeyboardInterrupt
        if self.count == 1:
            # Not by the displays: they may be in the middle of a line.
            os.write(2, _NOTICE)
        if self.count == 2:
            raise Abandoned
