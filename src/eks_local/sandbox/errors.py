"""What a person is told when a world cannot be started or reached."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """Something the machine lacks, and what a person can do about it."""

    what: str
    remedy: str


class WorldError(RuntimeError):
    """A world cannot do what was asked. The message says what, where, and what to do about it."""

    def __init__(self, what: str, remedy: str = "") -> None:
        super().__init__(f"{what}\n{remedy}" if remedy else what)
        self.what = what
        self.remedy = remedy
