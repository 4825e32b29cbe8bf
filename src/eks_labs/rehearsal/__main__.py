"""Rehearse a course's Then steps: `python -m eks_labs.rehearsal ROOT`, sentences as a JSON list on standard input.

Writes a JSON list of `{"path", "name", "text", "world"}`: the file and function of a step that passed, the sentence
with which it did, and where. A step that none of the sentences is for gets arguments of its annotations' types.
"""

import contextlib
import importlib
import inspect
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from eks_labs.rehearsal.answers import Aws
from eks_labs.rehearsal.clock import Clock
from eks_labs.rehearsal.stage import Stage
from eks_labs.rehearsal.worlds import WORLDS

SAMPLES: Mapping[Any, Any] = {int: 2, float: 2.0, str: "rehearsal"}
"""An argument by its annotation, where no scenario gives one."""


def main(root: Path, sentences: Sequence[str]) -> list[dict[str, Any]]:
    """Everything that passed."""
    sys.path.insert(0, str(root))
    for file in sorted((root / "checks" / "steps").glob("[!_]*.py")):
        module = importlib.import_module(f"checks.steps.{file.stem}")
        if not file.samefile(str(module.__file__)):
            raise ImportError(f"checks.steps is another course's: {module.__file__}")
    Clock().rule()
    return list(_passed(list(_cues(sentences))))


def _cues(sentences: Sequence[str]) -> Iterator[tuple[Any, str, dict[str, Any]]]:
    """(pytest-bdd's step, the sentence or the step's own, arguments): what is to be tried."""
    from pytest_bdd.steps import step_function_context_registry as registry

    steps = [step for step in registry.values() if step.type == "then"]
    used = set()
    for text in sentences:
        step = next((step for step in steps if step.parser.is_matching(text)), None)
        if step is not None:
            used.add(step.step_func)
            found = step.parser.parse_arguments(text) or {}
            yield step, text, {name: _converted(step, name, value) for name, value in found.items()}
    for step in steps:
        if step.step_func not in used:
            used.add(step.step_func)
            yield step, step.parser.name, {}


def _passed(cues: Sequence[tuple[Any, str, dict[str, Any]]]) -> Iterator[dict[str, Any]]:
    aws = Aws()
    for world in WORLDS:
        for step, text, arguments in cues:
            if world.concerns(step.parser.name) and _passes(step.step_func, arguments, Stage(world, aws)):
                yield {
                    "path": step.step_func.__code__.co_filename,
                    "name": step.step_func.__name__,
                    "text": text,
                    "world": world.name,
                }


def _passes(step: Any, given: Mapping[str, Any], lab: Stage) -> bool:
    wanted = {"lab": lab, "docstring": "", "datatable": []}
    for name, parameter in inspect.signature(step).parameters.items():
        if name not in given and name not in wanted:
            wanted[name] = SAMPLES.get(parameter.annotation)
    arguments = {**wanted, **given}
    try:
        step(**{name: arguments[name] for name in inspect.signature(step).parameters})
    except Exception:
        # Also an error of the step's own: it gives no points.
        return False
    return True


def _converted(step: Any, name: str, value: Any) -> Any:
    convert = step.converters.get(name)
    return convert(value) if convert else value


if __name__ == "__main__":
    told = sys.stdout
    with contextlib.redirect_stdout(sys.stderr):  # steps may print
        passed = main(Path(sys.argv[1]), json.load(sys.stdin))
    json.dump(passed, told)
