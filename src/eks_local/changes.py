"""Level-triggered reconciling: state changes wake loops, loops bring the world in line with the state.

A reconciler is never told *what* changed. It compares what should be (the AWS API's state) with what is, every
time, so a lost wake-up or a crash costs a delay, never correctness.
"""

import logging
import threading
from typing import Protocol

log = logging.getLogger(__name__)


class Changes:
    """A counter of changes that threads can wait on."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._generation = 0

    def notify(self) -> None:
        """Say that some state may have changed. Cheap; callable from any thread."""
        with self._condition:
            self._generation += 1
            self._condition.notify_all()

    def wait(self, seen: int, timeout: float) -> int:
        """Block until the generation differs from `seen` or `timeout` seconds passed; return the generation."""
        with self._condition:
            self._condition.wait_for(lambda: self._generation != seen, timeout)
            return self._generation


class Reconciler(Protocol):
    """One aspect of the world that follows the AWS API's state."""

    name: str

    def reconcile(self) -> None:
        """Compare and act once. Idempotent. An exception is logged and tried again."""


class Loop:
    """Runs one reconciler in a thread of its own until stopped."""

    def __init__(self, reconciler: Reconciler, changes: Changes, resync: float = 2.0) -> None:
        self._reconciler = reconciler
        self._changes = changes
        self._resync = resync
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"reconcile-{reconciler.name}", daemon=True)
        self.last_error: str | None = None

    def start(self) -> None:
        """Start reconciling."""
        self._thread.start()

    def stop(self, timeout: float = 10.0) -> None:
        """End the loop after the round it is in; returns when the thread ended or `timeout` passed."""
        self._stop.set()
        self._changes.notify()
        self._thread.join(timeout)

    def _run(self) -> None:
        seen = -1
        failures = 0
        while not self._stop.is_set():
            # A failing reconciler is tried again soon, then ever less often up to the resync interval.
            timeout = self._resync if not failures else min(self._resync, 0.1 * 2**failures)
            seen = self._changes.wait(seen, timeout)
            if self._stop.is_set():
                return
            try:
                self._reconciler.reconcile()
                failures, self.last_error = 0, None
            except Exception as error:
                failures += 1
                self.last_error = f"{type(error).__name__}: {error}"
                log.exception("%s: reconcile failed", self._reconciler.name)
