"""Time for a rehearsal: it passes when somebody waits for it, and at once."""

import time
from typing import SupportsFloat, SupportsIndex

TICK = 0.001
"""Seconds that a look at the clock takes, so that who only looks comes to an end as well."""


class Clock:
    """Takes the place of Python's own clock in this process. Not given back: the process ends with the rehearsal."""

    def __init__(self) -> None:
        self._now = time.monotonic()
        self._ahead = time.time() - self._now

    def rule(self) -> None:
        """From now on everybody who asks `time` is told this one's time."""
        time.monotonic, time.time, time.sleep = self.now, self.wall, self.sleep

    def now(self) -> float:
        """Seconds, as of `time.monotonic`."""
        self._now += TICK
        return self._now

    def wall(self) -> float:
        """Seconds since 1970."""
        return self.now() + self._ahead

    def sleep(self, seconds: SupportsFloat | SupportsIndex) -> None:
        """Let time pass."""
        self._now += max(float(seconds), 0.0)
