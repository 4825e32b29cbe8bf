"""What lint finds, and how a file that cannot be read becomes such a finding."""

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

MOST = 100
"""Problems of one rule with one subject. Nobody reads more, and each may cost a search for what was meant."""


@dataclass(frozen=True, order=True)
class Problem:
    """One finding. `message` says what is wrong and, where that is not plain, what to do."""

    path: Path
    line: int
    message: str


class Broken(Exception):
    """A file that a rule needs cannot be read or parsed.

    Rules let it pass: each that needs the file ends the same way, and the report has its problems once.
    """

    def __init__(self, *problems: Problem) -> None:
        super().__init__(*problems)
        self.problems = problems


class Spot(NamedTuple):
    """A place in a file."""

    path: Path
    line: int

    def problem(self, message: str) -> Problem:
        """A finding at this place."""
        return Problem(self.path, self.line, message)
