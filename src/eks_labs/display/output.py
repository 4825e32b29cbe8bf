"""Where a display writes to, which may go away: `labs run | head`, a closed terminal, a full disk.

A display that cannot write says nothing more. It must not end the run: destroy would be reported to it as well.
"""

import os
from contextlib import suppress
from typing import IO


class Output:
    """A text stream that takes everything, also when nobody reads it."""

    def __init__(self, out: IO[str]) -> None:
        self._out = out

    def write(self, text: str) -> None:
        """Write, at once."""
        try:
            self._out.write(text)
            self._out.flush()
        except OSError:
            abandon(self._out)


def abandon(out: IO[str]) -> None:
    """From now on `out` leads nowhere. What is in its buffer does too: Python flushes it when it ends."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, out.fileno())
        os.close(nowhere)
