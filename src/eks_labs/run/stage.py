"""What all stages have in common: a name, a time, and a say in how the run ends."""

import errno
import time
from collections.abc import Iterator
from contextlib import contextmanager

from eks_labs.errors import LabsError, TargetError
from eks_labs.events import Bus, StageEnded, StageStarted


@contextmanager
def stage(bus: Bus, name: str, title: str) -> Iterator[None]:
    """Publish start and end of a stage around what happens in it."""
    bus(StageStarted(name, title))
    started = time.monotonic()
    outcome = "failed"
    try:
        yield
        outcome = "passed"
    except (KeyboardInterrupt, GeneratorExit):
        outcome = "interrupted"
        raise
    finally:
        bus(StageEnded(name, outcome, round(time.monotonic() - started, 3)))


def explained(error: Exception) -> LabsError | None:
    """An error that a person can do something about, made of what a library or the system raised; None for a defect."""
    if isinstance(error, LabsError):
        return error
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return TargetError(f"the disk is full ({error.filename or 'no space left on device'})", "Free some space.")
    origin = type(error).__module__.split(".")[0]
    if origin in ("botocore", "boto3", "kubernetes", "urllib3"):
        lines = str(error).strip().splitlines() or [type(error).__name__]
        return TargetError(f"the target failed: {lines[0]}", "The diagnostics have what it logged.")
    if isinstance(error, (PermissionError, FileNotFoundError, NotADirectoryError)):
        return LabsError(f"{error.filename}: {error.strerror}", "Look at the path and its permissions.")
    return None
