"""What set-up says while it works, and how it fails."""

import sys
from collections.abc import Callable

Progress = Callable[[str], None]


class SetupError(RuntimeError):
    """Set-up cannot go on. The message says what is missing and the exact command that mends it."""


def to_stderr(line: str) -> None:
    """Print one line of progress where it does not mix with a command's own output."""
    print(line, file=sys.stderr, flush=True)  # noqa: T201 - there is no event bus before there is an environment
