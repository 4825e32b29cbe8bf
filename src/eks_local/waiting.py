"""Waiting on a condition, with a limit whose message says what was awaited and what was last seen."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class WaitTimeout(TimeoutError):
    """A wait reached its limit."""

    def __init__(self, what: str, seconds: float, last_seen: object) -> None:
        super().__init__(f"waited {seconds:g} s for {what}; last seen: {last_seen}")
        self.what = what
        self.last_seen = last_seen


class Stopped(Exception):
    """The wait was ended from outside, by the event it was given."""


def wait_for(
    condition: Callable[[], T | None],
    *,
    what: str,
    seconds: float,
    seen: Callable[[], object] = lambda: "nothing",
    stop: threading.Event | None = None,
    poll: float = 0.05,
    final: tuple[type[Exception], ...] = (),
) -> T:
    """Return the first true value of `condition`.

    An exception of `condition` counts as "not yet" and as what was last seen, but for those of `final`, which are
    raised. Raises `WaitTimeout` after `seconds`, `Stopped` when `stop` is set meanwhile.
    """
    stop = stop or threading.Event()
    deadline = time.monotonic() + seconds
    failure: Exception | None = None
    while True:
        try:
            value = condition()
            failure = None
        except final:
            raise
        except Exception as error:
            value, failure = None, error
        if value:
            return value
        if time.monotonic() >= deadline:
            raise WaitTimeout(what, seconds, failure if failure else seen())
        if stop.wait(poll):
            raise Stopped(what)
