"""An instructor's own checks: a private folder with `LAB.feature` and `LAB.toml`, beside the lab's own.

The scenarios use the course's step vocabulary, and the lab's parameters if it has some. `LAB.toml` has the exercises'
points and hints, as a `lab.toml` has.
"""

import tomllib
from dataclasses import replace
from pathlib import Path

from eks_labs.course import Exercise, Lab
from eks_labs.errors import LabsError


def lab_with(lab: Lab, folder: Path | None) -> Lab | None:
    """`lab` with the checks of the private `folder` instead of its own; None when that has none. Raises `LabsError`."""
    if folder is None:
        return None
    feature, points = folder / f"{lab.name}.feature", folder / f"{lab.name}.toml"
    if not feature.exists() and not points.exists():
        return None
    if not (feature.is_file() and points.is_file()):
        raise LabsError(
            f"{folder}: hidden checks of {lab.name} need both {feature.name} and {points.name}",
            "The one has the scenarios, the other their points: see the page on grading.",
        )
    try:
        listed = tomllib.loads(points.read_text()).get("exercise", [])
        exercises = tuple(
            Exercise(e["name"], int(e["points"]), (lab.fill(str(e["hint"])),) if "hint" in e else ()) for e in listed
        )
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError, TypeError, ValueError) as error:
        raise LabsError(f"{points}: {error!r}", "Each [[exercise]] has a name and points.") from error
    hidden = replace(lab, checks=folder, exercises=exercises)
    known = {scenario.name for scenario in hidden.scenarios() if scenario.exercise}
    unknown = [exercise.name for exercise in exercises if exercise.name not in known]
    if unknown or len(exercises) != len(known):
        raise LabsError(
            f"{points}: its exercises are not those of {feature.name}"
            + (f": there is no scenario called {unknown[0]!r}" if unknown else ""),
            "Each scenario tagged @exercise has an [[exercise]] with its name.",
        )
    return hidden
