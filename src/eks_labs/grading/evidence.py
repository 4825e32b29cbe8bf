"""What a submission says of itself: whether its author has seen the solution, and the seed of their values.

`labs submit` packs it; a workspace that was handed in by hand has its note. Both are the learner's to write, so nothing
is believed of them but what a report shows: the seed decides which answers are right, and stands beside the score.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eks_labs.course.parameters import checked_seed
from eks_labs.grading.archives import Unusable
from eks_labs.learn.desk import NOTE
from eks_labs.learn.submitting import EVIDENCE

LARGEST = 1 << 20
"""Bytes. What we write has some kilobytes."""


@dataclass(frozen=True)
class Evidence:
    """What is known of how a submission came about."""

    solved: bool = False
    seed: str | None = None


def read(root: Path) -> Evidence:
    """The evidence in the workspace `root`; none is evidence of nothing. Raises `Unusable` for what is damaged."""
    file = next((root / name for name in (EVIDENCE, NOTE) if (root / name).exists()), None)
    if file is None:
        return Evidence()
    told = _object(file)
    try:
        seed = None if told.get("seed") is None else checked_seed(told["seed"])
    except ValueError as error:
        raise Unusable(f"{file.name}: {error}") from error
    return Evidence(told.get("solved") is True, seed)


def _object(file: Path) -> dict[str, Any]:
    try:
        if file.stat().st_size > LARGEST:
            raise Unusable(f"{file.name} is larger than {LARGEST // 2**20} MB")
        told = json.loads(file.read_bytes())
    except OSError as error:
        raise Unusable(f"{file.name} cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise Unusable(f"{file.name} is damaged: it is no JSON") from error
    if not isinstance(told, dict):
        raise Unusable(f"{file.name} is damaged: it is no JSON object")
    return told
