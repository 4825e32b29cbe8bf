"""What ends a run, by whose fault: the exit code follows from the class.

Every message is for a person: what happened, where, and what to do.
"""

from enum import IntEnum


class Exit(IntEnum):
    """Exit codes of `labs`."""

    PASSED = 0
    CHECK_FAILED = 1
    LAB_ERROR = 2
    """Usage, or the lab itself: also Terraform that does not apply."""
    TARGET_FAILED = 3
    """The world or the cloud failed, or this machine cannot run one."""
    INTERRUPTED = 130


class LabsError(Exception):
    """An error a person can do something about."""

    exit = Exit.LAB_ERROR

    def __init__(self, what: str, remedy: str = "") -> None:
        super().__init__(f"{what}\n{remedy}" if remedy else what)
        self.what = what
        self.remedy = remedy


class TargetError(LabsError):
    """The world or the cloud failed, not the lab."""

    exit = Exit.TARGET_FAILED


class Abandoned(BaseException):
    """A second Ctrl-C: everything ends at once. Nothing may catch it but the outermost frame."""


def closest(name: str, known: list[str]) -> str:
    """A sentence that leads from a mistyped `name` to a `known` one."""
    import difflib

    begun = [full for full in known if name and full.casefold().startswith(name.casefold())]
    near = begun[:3] or difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    if near:
        return f"Did you mean {' or '.join(near)}?"
    return f"There are: {', '.join(known)}." if known else "There are none."
