"""How the world server tells the host how far its start is: lines of JSON on a pipe.

{"doing": "starting the AWS API"}
{"ready": ["AKIA…", "secret"]}      or      {"failed": "what", "remedy": "…"}
"""

import json
import os
import select
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from eks_local.sandbox import box
from eks_local.sandbox.errors import WorldError


class Progress:
    """The server's end of the pipe."""

    def __init__(self, fd: int) -> None:
        self._fd = fd

    def doing(self, what: str) -> None:
        """Say what comes next."""
        self._write({"doing": what})

    def ready(self, key: str, secret: str) -> None:
        """Say that the world answers, to the learner's access key and secret. The last word."""
        self._write({"ready": [key, secret]})
        os.close(self._fd)

    def failed(self, error: Exception) -> None:
        """Say why the world does not start. The last word."""
        remedy = error.remedy if isinstance(error, WorldError) else ""
        what = error.what if isinstance(error, WorldError) else f"{type(error).__name__}: {error}"
        self._write({"failed": what, "remedy": remedy})
        os.close(self._fd)

    def _write(self, line: dict[str, Any]) -> None:
        try:
            os.write(self._fd, json.dumps(line).encode() + b"\n")
        except BrokenPipeError:
            return  # the host gave up; the lifeline ends the box


def await_ready(
    fd: int, log: Path, written: int, seconds: float, on_progress: Callable[[str], None]
) -> tuple[str, str]:
    """The learner's access key and secret, once the server says that it is ready. Raises `WorldError`.

    `log` and `written` (its size at the start) are for quoting what the server said when it ended without a word.
    """
    last = "starting the sandbox"
    on_progress(last)
    for line in _lines(fd, time.monotonic() + seconds):
        if line is None:
            raise WorldError(f"the world did not start within {seconds:g} s; last it said: {last}", f"Its log: {log}")
        if "ready" in line:
            key, secret = line["ready"]
            return key, secret
        if "failed" in line:
            raise WorldError(line["failed"], line["remedy"] or f"Its log: {log}")
        last = line["doing"]
        on_progress(last)
    raise box.ended(log, written, None)


def _lines(fd: int, deadline: float) -> Iterator[dict[str, Any] | None]:
    """What comes, parsed; None once the deadline has passed."""
    buffer = b""
    while True:
        readable, _, _ = select.select([fd], [], [], max(0.0, deadline - time.monotonic()))
        if not readable:
            yield None
            return
        part = os.read(fd, 65536)
        if not part:
            return
        buffer += part
        *lines, buffer = buffer.split(b"\n")
        for line in lines:
            yield json.loads(line)
