"""A gate for calls that change something: open, or held shut for the moment that somebody needs nothing to change."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

PATIENCE = 5.0
"""Seconds that calls in progress get to end before the gate counts as shut without them."""


class Gate:
    """Passed by any number of calls at once, by none while it is held."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._inside = 0
        self._held = False

    @contextmanager
    def passage(self) -> Iterator[None]:
        """One call: begins when the gate is open."""
        with self._condition:
            self._condition.wait_for(lambda: not self._held)
            self._inside += 1
        try:
            yield
        finally:
            with self._condition:
                self._inside -= 1
                self._condition.notify_all()

    @contextmanager
    def held(self, patience: float = PATIENCE) -> Iterator[bool]:
        """Shut the gate: calls wait. Yields whether those that were inside have ended; one holder at a time."""
        deadline = time.monotonic() + patience
        with self._condition:
            self._condition.wait_for(lambda: not self._held)
            self._held = True
            empty = self._condition.wait_for(lambda: self._inside == 0, max(0.0, deadline - time.monotonic()))
        try:
            yield empty
        finally:
            with self._condition:
                self._held = False
                self._condition.notify_all()
