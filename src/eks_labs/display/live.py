"""A run on a terminal: what is finished scrolls away above, what goes on changes in place at the foot.

One thread owns the terminal. The run itself only puts events into a queue: it is not slowed by a terminal that is, and
an interrupt cannot tear a row.
"""

import os
import queue
import signal
import threading
import time
from contextlib import suppress
from typing import IO

from rich.console import Console
from rich.text import Text

from eks_labs.display import words
from eks_labs.display.foot import Foot, Size
from eks_labs.display.now import Now
from eks_labs.display.output import abandon
from eks_labs.display.scroll import Scroll
from eks_labs.display.standard_error import StandardError
from eks_labs.events import Event

PERIOD = 1 / 8
"""Seconds between two pictures."""

_PATIENCE = 5.0
"""Seconds that a terminal that takes nothing (Ctrl-S) may hold up the end."""

_Item = tuple[float, Event] | None
"""An event and its time; None is the end."""


class Live:
    """A subscriber, and a context manager: the terminal is its own until the end of the context."""

    def __init__(self, out: IO[str]) -> None:
        self._out = out
        self._queue: queue.SimpleQueue[_Item] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="display")
        self._defect: Exception | None = None

    def __call__(self, event: Event) -> None:
        """Show an event, within `PERIOD`."""
        self._queue.put((time.monotonic(), event))

    def __enter__(self) -> "Live":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        # Should an interrupt end the wait, the thread still comes to its end: Python waits for it.
        self._queue.put(None)
        self._thread.join(_PATIENCE)
        if self._defect is not None:
            raise self._defect

    def _work(self) -> None:
        # Signals are the main thread's: there they interrupt what it waits for.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
        error = StandardError()
        try:
            if os.isatty(2):
                error.catch()
            self._show(error)
        except OSError:
            # The terminal is gone. The run is not: its end is decided by SIGHUP, not here.
            abandon(self._out)
        except Exception as defect:
            self._defect = defect
        finally:
            # Empty unless the terminal is gone or we have a defect: then they go where they wanted.
            left = "".join(f"{line}\n" for line in error.release())
            with suppress(OSError):
                os.write(2, left.encode())

    def _show(self, error: StandardError) -> None:
        console = Console(file=self._out, force_terminal=True, highlight=False, markup=False, emoji=False)
        foot = Foot(console, self._size)
        scroll, now = Scroll(console), Now(time.monotonic())
        ended = False
        while not ended:
            size = self._size()
            events, ended = self._take()
            above = [Text(words.printable(line)) for line in error.lines()]
            for at, event in events:
                now.note(event, at)
                above += scroll.rows(event, size.width)
            if ended:
                above += [Text(words.printable(line)) for line in error.release()]
            foot.draw(above, [] if ended else now.rows(*size, time.monotonic()))

    def _take(self) -> tuple[list[tuple[float, Event]], bool]:
        """The events of one period, and whether they were the last."""
        until = time.monotonic() + PERIOD
        found: list[tuple[float, Event]] = []
        while (left := until - time.monotonic()) > 0:
            try:
                item = self._queue.get(timeout=left)
            except queue.Empty:
                break
            if item is None:
                return found, True
            found.append(item)
        return found, False

    def _size(self) -> Size:
        """Asked each time: COLUMNS and LINES say what it was when the shell began."""
        try:
            found = os.get_terminal_size(self._out.fileno())
        except (OSError, ValueError):
            return Size(80, 24)
        return Size(found.columns or 80, found.lines or 24)
