"""Rule: `lab.toml` keeps its schema, names labs that exist, and gives points that add up.

And `LAB.toml` of hidden checks, as far as that holds for it.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from eks_labs.course import schema
from eks_labs.errors import closest
from eks_labs.lint.problem import Problem
from eks_labs.lint.subject import Description, Subject, tiers_of

TOTAL = 100


def check(subject: Subject) -> Iterator[Problem]:
    """Everything about `lab.toml` that it alone, and the other labs' names, tell."""
    description = subject.description
    yield from _violations(description, schema.LAB)
    yield from _needs(subject, description)
    yield from _points(description)
    yield from _names(description)
    yield from _hints(description, needed=True)


def check_private(subject: Subject) -> Iterator[Problem]:
    """`LAB.toml` of hidden checks: exercises alone. What they are worth, and whether a hint is given, is up to them."""
    description = subject.description
    yield from _violations(description, schema.PRIVATE)
    yield from _names(description)
    yield from _hints(description, needed=False)
    yield from _taken(description, subject.lab_toml.exercise_names())


def variants(subject: Subject, declared: set[str]) -> Iterator[Problem]:
    """Variants that set variables which the lab's root, with these `declared`, does not have."""
    found = subject.description.values.get("variants")
    for name, variant in found.items() if isinstance(found, dict) else ():
        variables = variant.get("variables") if isinstance(variant, dict) else None
        for variable in variables if isinstance(variables, dict) else ():
            if variable not in declared:
                message = f"variant {name} sets {variable}, which the root does not declare. "
                key = f"variants: {name}: variables"
                yield subject.description.problem(key, message + closest(variable, sorted(declared)))


def _violations(description: Description, kept: Mapping[str, Any]) -> Iterator[Problem]:
    for violation in schema.violations(description.values, kept):
        yield description.problem(violation, violation)


def _needs(subject: Subject, description: Description) -> Iterator[Problem]:
    needs = description.values.get("needs")
    others = [name for name in subject.shared.names if name != subject.lab.name]
    for need in needs if isinstance(needs, list) else ():
        if need == subject.lab.name:
            yield description.problem("needs", "the lab needs itself")
        elif isinstance(need, str) and need not in others:
            yield description.problem("needs", f"needs {need}, and there is no such lab. {closest(need, others)}")


def _points(description: Description) -> Iterator[Problem]:
    points = [entry.get("points") for entry in description.exercises()]
    # What is no number has been told of by the schema.
    numbers = [each for each in points if isinstance(each, int) and not isinstance(each, bool)]
    if points and len(numbers) == len(points) and sum(numbers) != TOTAL:
        yield description.problem("exercise", f"the exercises' points add up to {sum(numbers)}, not to {TOTAL}")


def _names(description: Description) -> Iterator[Problem]:
    seen: set[str] = set()
    for number, entry in enumerate(description.exercises(), start=1):
        name = entry.get("name")
        if isinstance(name, str):
            if name in seen:
                yield description.problem(f"exercise number {number}: name", f"the exercise {name!r} is there twice")
            seen.add(name)


def _taken(description: Description, names: Collection[str]) -> Iterator[Problem]:
    for number, entry in enumerate(description.exercises(), start=1):
        if entry.get("name") in names:
            message = f"the lab itself has an exercise {entry['name']!r}: reports tell checks apart by their names"
            yield description.problem(f"exercise number {number}: name", message)


def _hints(description: Description, *, needed: bool) -> Iterator[Problem]:
    """Those of a lab (`needed`) lead on by tiers; those of hidden checks are up to who writes them."""
    for number, entry in enumerate(description.exercises(), start=1):
        tiers = tiers_of(entry)
        if tiers is None or ("hint" not in entry and not needed):
            continue
        if fault := _fault(tiers, needed):
            key = f"exercise number {number}"
            yield description.problem(f"{key}: hint", f"{key} has {fault}")


def _fault(tiers: list[Any], needed: bool) -> str:
    if not tiers or not all(not isinstance(tier, str) or tier.strip() for tier in tiers):
        return "no hint. Write what leads on when it fails"
    if needed and len(tiers) == 1:
        return "one hint. Make it a list: a nudge, then the concept with a link to its documentation"
    if needed and "https://" not in str(tiers[-1]):
        return "a last hint without a link to the documentation of its concept"
    return ""
