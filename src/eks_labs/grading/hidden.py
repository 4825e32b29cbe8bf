"""An instructor's own checks: a private folder with `LAB.feature` and `LAB.toml`, beside the lab's own.

The scenarios use the course's step vocabulary, and the lab's parameters if it has some. `LAB.toml` has the exercises'
points and hints, as a `lab.toml` has. Whether the two hold together is lint's to say, before anything is graded.
"""

import tomllib
from dataclasses import replace
from pathlib import Path

from eks_labs.course import Exercise, Lab, schema
from eks_labs.errors import LabsError

_REMEDY = "labs lint --checks says when the hidden checks are well."


def lab_with(lab: Lab, folder: Path | None) -> Lab | None:
    """`lab` with the checks of the private `folder` instead of its own; None when that has none. Raises `LabsError`."""
    if folder is None:
        return None
    hidden = replace(lab, checks=folder)
    if not hidden.feature.exists() and not hidden.exercises_file.exists():
        return None
    hidden = replace(hidden, exercises=_exercises(hidden))
    # Read once here: a feature file that cannot be is told of now, and not when a submission has been deployed.
    hidden.scenarios()
    return hidden


def _exercises(hidden: Lab) -> tuple[Exercise, ...]:
    file = hidden.exercises_file
    try:
        declared = tomllib.loads(file.read_text())
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise LabsError(f"{file}: {error}", _REMEDY) from error
    problems = schema.violations(declared, schema.PRIVATE)
    if problems:
        raise LabsError(f"{file}: {'; '.join(problems)}", _REMEDY)
    return tuple(Exercise.declared(table, hidden.values) for table in declared["exercise"])
