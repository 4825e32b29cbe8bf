"""Rule: parameters are declared well, each of them is used, and what refers to one refers to one that is there.

All other rules look at texts that have the values of the first rows in; this one at the texts as they are written.
"""

import difflib
from collections.abc import Iterable, Iterator
from pathlib import Path

from eks_labs.course import parameters
from eks_labs.course.scenario import Feature, Step
from eks_labs.errors import closest
from eks_labs.lint.problem import Broken, Problem, Spot
from eks_labs.lint.reading import files_below, text_of
from eks_labs.lint.subject import Description, Subject, tiers_of

_CLOSE = 0.6
"""How alike a name must be to a parameter's, in prose, to be taken for it: there `<pod>` may be meant as it stands."""

_Reference = tuple[Spot, str, bool]
"""(place, name, whether it can only be meant as a parameter) of what looks like a placeholder."""


def check(subject: Subject) -> Iterator[Problem]:
    """The `[[parameter]]` tables, and all that may refer to them."""
    description, names = subject.description, subject.parameters
    for violation in parameters.violations(description.values.get("parameter")):
        yield description.problem(violation, violation)
    raw = subject.raw_feature
    found = [*_in_checks(description, raw), *_in_texts(subject, set(names))]
    yield from _unknown(found, list(names))
    used = {name for _, name, _ in found}
    for name, key in names.items():
        if name not in used:
            message = f"the parameter {name} is used nowhere. Refer to it as <{name}> in an exercise, or remove it"
            yield description.problem(key, message)
    yield from _in_names(description, set(names))
    yield from _in_walkthrough(raw, set(names))
    yield from _in_examples(raw, set(names))


def check_private(subject: Subject) -> Iterator[Problem]:
    """What hidden checks refer to: parameters of the lab, which alone has the tables."""
    names, raw = list(subject.parameters), subject.raw_feature
    # All of such a file is graded, what comes before its scenarios included.
    yield from _unknown(_in_steps(raw.path, raw.background, frozenset()), names)
    yield from _unknown(_in_checks(subject.description, raw), names)
    yield from _in_names(subject.description, set(names))
    yield from _in_examples(raw, set(names))


def _unknown(found: Iterable[_Reference], names: list[str]) -> Iterator[Problem]:
    for spot, name, sure in found:
        near = difflib.get_close_matches(name, names, n=1, cutoff=_CLOSE)
        if name not in names and (sure or near):
            yield spot.problem(f"<{name}> is no parameter of the lab. {closest(name, names)}")


def _in_checks(description: Description, raw: Feature) -> Iterator[_Reference]:
    for scenario in raw.scenarios:
        if scenario.exercise:
            yield from _in_steps(raw.path, scenario.steps, scenario.columns)
    for spot, hint in _hints(description):
        yield from ((spot, name, False) for _, name in parameters.placeholders(hint))


def _in_texts(subject: Subject, names: set[str]) -> Iterator[_Reference]:
    for path in _solutions(subject):
        # Without a parameter, a file's angle brackets are its own.
        yield from ((spot, name, bool(names)) for spot, name in _in_file(path))
    yield from ((spot, name, False) for spot, name in _in_file(subject.lab.tasks))


def _in_steps(path: Path, steps: Iterable[Step], columns: frozenset[str]) -> Iterator[_Reference]:
    for step in steps:
        for _, name in parameters.placeholders(f"{step.text}\n{step.beneath}"):
            if name not in columns and f"</{name}>" not in step.beneath:
                yield Spot(path, step.line), name, True


def _in_file(path: Path) -> Iterator[tuple[Spot, str]]:
    try:
        text = text_of(path)
    except Broken:
        return
    for line, name in parameters.placeholders(text):
        # `<html>` with `</html>` is a page that the file has in it.
        if f"</{name}>" not in text:
            yield Spot(path, line), name


def _solutions(subject: Subject) -> list[Path]:
    """The files of the solution, and of others that the lab has."""
    folder = subject.lab.folder
    return [path for part in ("solution", "alternatives") for path in files_below(folder / part)[0].values()]


def _hints(description: Description) -> Iterator[tuple[Spot, str]]:
    for number, entry in enumerate(description.exercises(), start=1):
        for tier in tiers_of(entry) or ():
            if isinstance(tier, str):
                found = description.problem(f"exercise number {number}: hint", "")
                yield Spot(found.path, found.line), tier


def _in_names(description: Description, names: set[str]) -> Iterator[Problem]:
    for number, name in enumerate(description.exercise_names(), start=1):
        if names.intersection(found for _, found in parameters.placeholders(name)):
            message = "has a parameter: results are told apart by an exercise's name, so all learners have the same"
            yield description.problem(f"exercise number {number}: name", f"the name {name!r} {message}")


def _in_walkthrough(raw: Feature, names: set[str]) -> Iterator[Problem]:
    own = [(step, scenario.columns) for scenario in raw.scenarios if not scenario.exercise for step in scenario.steps]
    for step, columns in [*own, *((step, frozenset[str]()) for step in raw.background)]:
        for _, name in parameters.placeholders(f"{step.text}\n{step.beneath}"):
            if name in names - columns:
                yield Problem(raw.path, step.line, f"<{name}> is a parameter, and only exercises have them")


def _in_examples(raw: Feature, names: set[str]) -> Iterator[Problem]:
    """A parameter is put in before pytest-bdd sees the file, so each row of the examples would run with its value."""
    for scenario in raw.scenarios:
        for column in sorted(scenario.columns & names):
            yield Problem(raw.path, scenario.line, f"the examples' column {column} is called as a parameter is")
