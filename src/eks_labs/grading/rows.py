"""What came of a submission: one row, always."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

_LONGEST = 2000


def clean(text: str) -> str:
    """Text of somebody else's making, fit for terminals and reports: nothing that moves a cursor, and not endless."""
    printable = "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in text)
    return printable if len(printable) <= _LONGEST else printable[:_LONGEST] + "…"


class Status(StrEnum):
    """How a row came about."""

    GRADED = "graded"
    """All checks ran; the score is true."""
    REJECTED = "rejected"
    """It could not be graded because of what it is; the score is 0, and `reason` says why to its author."""
    ERROR = "error"
    """The grader failed. There is no score, and whoever runs it should look at `reason` and grade again."""


@dataclass(frozen=True)
class Check:
    """One exercise."""

    name: str
    points: int
    of: int
    outcome: str
    """"passed", "failed", or "not reached"."""
    expected: str = ""
    seen: str = ""
    hint: str = ""
    seconds: float = 0.0
    longest: float = 0.0
    """Seconds of its longest step."""
    hidden: bool = False
    """From the instructor's own folder: neither its name nor its texts are for the learner."""

    def __post_init__(self) -> None:
        for name in ("expected", "seen", "hint"):
            object.__setattr__(self, name, clean(getattr(self, name)))


@dataclass(frozen=True)
class Row:
    """One submission's result."""

    name: str
    lab: str
    """Empty when it could not be found out."""
    status: Status
    checks: tuple[Check, ...] = ()
    reason: str = ""
    seconds: float = 0.0
    digest: str = ""
    """Of all that the result follows from: the same digest need not be graded again."""
    seed: str = ""
    """As the submission names it; empty when it names none."""
    values: Mapping[str, str] = field(default_factory=dict)
    """Of the lab's parameters, which the seed drew: what the checks asked for."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "reason", clean(self.reason))

    @property
    def score(self) -> int | None:
        """Points; None when there is no score to be had."""
        return None if self.status is Status.ERROR else sum(check.points for check in self.checks)

    @property
    def of(self) -> int:
        """Points there were to be had."""
        return sum(check.of for check in self.checks)

    def to_json(self) -> str:
        """The row as a JSON document."""
        return json.dumps(asdict(self), indent=2, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> "Row":
        """The inverse of `to_json`. Raises ValueError, KeyError or TypeError when it is none."""
        fields: Mapping[str, Any] = json.loads(text)
        checks = tuple(Check(**check) for check in fields["checks"])
        return cls(**{**fields, "status": Status(fields["status"]), "checks": checks})
