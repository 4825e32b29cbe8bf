"""Calls that an SDK makes again because it did not get the answer: the work is done once, and answered once more.

AWS's SDKs number the attempts of one call (`amz-sdk-request: attempt=2`), which have one id in common
(`amz-sdk-invocation-id`). Few operations of EC2 and IAM have a client token, so an attempt after one that was done
would meet its own work: an interface that is attached, a role that is in its profile, a rule that is gone.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import Any

log = logging.getLogger(__name__)

MOST = 500
"""Calls that are remembered: a next attempt comes within seconds, or never."""

PATIENCE = 60.0
"""Seconds for an attempt to wait for an earlier one that is still being answered."""

Answer = tuple[str, list[tuple[str, str]], bytes]
"""Status line, headers, body."""


class Attempts:
    """The answers to the latest calls, by their id."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[str, tuple[Future[Answer], float]] = {}

    def answer(self, title: str, environ: Mapping[str, Any], work: Callable[[], Answer]) -> Answer:
        """The answer of `work`, or that of an earlier attempt of the same call, if it was done."""
        invocation = str(environ.get("HTTP_AMZ_SDK_INVOCATION_ID", ""))
        if not invocation:
            return work()
        with self._lock:
            earlier = self._known.get(invocation)
            if earlier is None:
                mine = Future[Answer]()
                self._known[invocation] = (mine, time.monotonic())
                while len(self._known) > MOST:
                    del self._known[next(iter(self._known))]
        if earlier is None:
            return self._work(invocation, mine, work)
        before, began = earlier
        log.warning(
            "%s: asked again (%s) %.1f s after the attempt before, which was %s",
            title,
            environ.get("HTTP_AMZ_SDK_REQUEST", ""),
            time.monotonic() - began,
            "answered" if before.done() else "being answered",
        )
        try:
            return before.result(PATIENCE)
        except Exception:  # of an attempt that came to nothing
            return work()

    def _work(self, invocation: str, mine: "Future[Answer]", work: Callable[[], Answer]) -> Answer:
        try:
            answer = work()
        except BaseException as error:
            self._forget(invocation)
            mine.set_exception(error)
            raise
        if answer[0][:1] != "2":
            # What was refused was not done, and may be done by the next attempt.
            self._forget(invocation)
        mine.set_result(answer)
        return answer

    def _forget(self, invocation: str) -> None:
        with self._lock:
            self._known.pop(invocation, None)
