"""Rule: each scenario can be run, says how faithful it is, and, when it is graded, asserts something."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from eks_labs.course.scenario import FIDELITIES, Feature, Scenario, Step, fidelity_of
from eks_labs.lint.problem import Problem
from eks_labs.lint.subject import Subject
from eks_labs.lint.vocabulary import Vocabulary

LONGEST = 500
"""Characters of a step's sentence."""


def check(subject: Subject) -> Iterator[Problem]:
    """Names, tags and steps of the lab's feature file."""
    yield from _check(subject, _fidelity)


def check_private(subject: Subject) -> Iterator[Problem]:
    """Names and steps of hidden checks. No page shows how faithful they are, so they need not say it."""
    yield from _check(subject, _skipped)


def _check(subject: Subject, tags: Callable[[Scenario], Iterable[str]]) -> Iterator[Problem]:
    feature = subject.feature
    yield from _names(feature)
    for scenario in feature.scenarios:
        messages = [*tags(scenario), *_messages(scenario)]
        yield from (Problem(feature.path, scenario.line, message) for message in messages)
        yield from _of_nothing(feature, scenario, subject.shared.vocabulary)
    yield from _steps(feature, feature.background, (), subject.shared.vocabulary)
    for scenario in feature.scenarios:
        yield from _steps(feature, scenario.steps, scenario.rows, subject.shared.vocabulary)


def outcomes(feature: Feature) -> set[str]:
    """The sentences of all Then steps, with the examples' values in them."""
    found = set(_outcomes(feature.background, {}))
    for scenario in feature.scenarios:
        for row in scenario.rows or ({},):
            found.update(_outcomes(scenario.steps, row))
    return found


def _outcomes(steps: Iterable[Step], row: Mapping[str, str]) -> list[str]:
    return [_rendered(step.text, row) for step in steps if step.kind == "then"]


def _names(feature: Feature) -> Iterator[Problem]:
    first: dict[str, int] = {}
    if not feature.scenarios:
        yield Problem(feature.path, 1, "has no scenarios")
    for scenario in feature.scenarios:
        if not scenario.name:
            yield Problem(feature.path, scenario.line, "a scenario has no name")
        elif scenario.name in first:
            message = (
                f"the scenario {scenario.name!r} is also in line {first[scenario.name]}: names are unique in a lab"
            )
            yield Problem(feature.path, scenario.line, message)
        first.setdefault(scenario.name, scenario.line)


def _fidelity(scenario: Scenario) -> Iterator[str]:
    fidelities = [tag for tag in scenario.tags if tag in FIDELITIES]
    choice = f"Tag it with one of @{', @'.join(FIDELITIES)}: see the page on fidelity"
    if len(fidelities) != 1:
        has = f"{len(fidelities)} fidelity tags" if fidelities else "no fidelity tag"
        yield f"{scenario.name!r} has {has}. {choice}"
    if "skipped" in fidelities and not scenario.description:
        yield f"{scenario.name!r} is @skipped and does not say why. Write the reason under its name"


def _skipped(scenario: Scenario) -> Iterator[str]:
    if scenario.exercise and fidelity_of(scenario.tags) == "skipped":
        yield f"the exercise {scenario.name!r} is @skipped: nobody would get its points. Remove the tag, or the check"


def _messages(scenario: Scenario) -> Iterator[str]:
    if not scenario.steps:
        yield f"{scenario.name!r} has no steps"
    elif scenario.exercise and not any(step.kind == "then" for step in scenario.steps):
        yield f"the exercise {scenario.name!r} has no Then: it would give its points for nothing"


def _of_nothing(feature: Feature, scenario: Scenario, vocabulary: Vocabulary) -> Iterator[Problem]:
    """An exercise that nothing at all would pass."""
    told = _outcomes((*feature.background, *scenario.steps), next(iter(scenario.rows), {}))
    found = [vocabulary.definition("then", text) for text in told]
    if scenario.exercise and found and all(step is not None and step.true_of_nothing for step in found):
        message = f"an empty cluster passes the exercise {scenario.name!r}: each Then is true where nothing is. "
        yield Problem(feature.path, scenario.line, message + "Add one that says what must be there")


def _steps(
    feature: Feature, steps: tuple[Step, ...], rows: tuple[Mapping[str, str], ...], vocabulary: Vocabulary
) -> Iterator[Problem]:
    for step in steps:
        for text in sorted({_rendered(step.text, row) for row in rows}) or [step.text]:
            message = _step(step, text, vocabulary)
            if message:
                yield Problem(feature.path, step.line, message)
                break


def _step(step: Step, text: str, vocabulary: Vocabulary) -> str | None:
    """What is wrong with one step."""
    if len(text) > LONGEST:
        # Patterns with several places for any text take time that grows with its square.
        return f"the step has {len(text)} characters, {LONGEST} are the most. Put text between triple quotes under it"
    if not step.kind:
        return f"{step.keyword} follows no Given, When or Then"
    definition = vocabulary.definition(step.kind, text)
    if definition is None:
        return f"no step is defined for: {step.kind.capitalize()} {text}. {_near(step.kind, text, vocabulary)}"
    if "docstring" in definition.arguments and not step.docstring:
        return f"the step needs lines between triple quotes under it: {text}"
    if "datatable" in definition.arguments and not step.table:
        return f"the step needs a table under it: {text}"
    return None


def _near(kind: str, text: str, vocabulary: Vocabulary) -> str:
    import difflib

    other = next((k for k in ("given", "when", "then") if vocabulary.definition(k, text)), None)
    if other:
        return f"There is one for {other.capitalize()}"
    near = difflib.get_close_matches(text, vocabulary.sentences(kind), n=1, cutoff=0.5)
    return f"The nearest is: {near[0]}" if near else "Those that are defined are in checks/steps"


def _rendered(text: str, row: Mapping[str, str]) -> str:
    for name, value in row.items():
        text = text.replace(f"<{name}>", value)
    return text
