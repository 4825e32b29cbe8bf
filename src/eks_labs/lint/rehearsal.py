"""Rule: a step fails where nothing is, unless it says that it does not. Found out by trying: see `eks_labs.rehearsal`.

Not one of `RULES`: it runs the course's code, in a process of its own, and takes longer than lint may otherwise.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from eks_labs.lint.problem import Broken, Problem
from eks_labs.lint.scenarios import outcomes
from eks_labs.lint.subject import Shared, Subject
from eks_labs.lint.vocabulary import Definition

LIMIT = 180.0
"""Seconds: in a rehearsal nothing waits, and a step that does not come to an end must not hold up lint."""


def check(shared: Shared) -> Iterator[Problem]:
    """Steps that pass with nothing there, with the sentences that the course's scenarios have."""
    steps = shared.root / "checks" / "steps"
    features = [path.stem for path in (shared.root / "checks").glob("*.feature")]
    sentences = sorted({text for name in features for text in _sentences(Subject(name, shared))})
    try:
        passed = _rehearse(shared.root, sentences)
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        yield Problem(steps, 1, f"cannot be tried: {error}")
        return
    told: set[Definition] = set()
    for each in passed:
        step = _definition(shared, each)
        # One sentence in one world is enough to know what to do.
        if step is not None and not step.true_of_nothing and step not in told:
            told.add(step)
            message = f"step {step.function} passes in {each['world']}: Then {each['text']}. Make it fail there; "
            yield step.spot.problem(message + "or, if that is what it says, declare it @true_of_nothing")


def _sentences(subject: Subject) -> set[str]:
    try:
        return outcomes(subject.feature)
    except Broken:  # which the lab's own rules tell
        return set()


def _rehearse(root: Path, sentences: list[str]) -> list[dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-P", "-m", "eks_labs.rehearsal", str(root)],
        input=json.dumps(sentences),
        capture_output=True,
        text=True,
        timeout=LIMIT,
    )
    if done.returncode:
        said = done.stderr.strip().splitlines()[-1:] or [f"exit code {done.returncode}"]
        raise ValueError(said[0])
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def _definition(shared: Shared, passed: dict[str, Any]) -> Definition | None:
    place = Path(passed["path"]).resolve()
    steps = shared.vocabulary.definitions
    return next((s for s in steps if s.function == passed["name"] and s.spot.path.resolve() == place), None)
