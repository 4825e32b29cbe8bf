"""Rule: an exercise is an entry in `lab.toml`, an @exercise scenario, a heading in `exercise.md`, and solved."""

from collections.abc import Iterator

from eks_labs.errors import closest
from eks_labs.lint.problem import Problem
from eks_labs.lint.subject import Subject


def check_scenarios(subject: Subject) -> Iterator[Problem]:
    """Entries without a scenario, and scenarios without an entry."""
    description, feature = subject.description, subject.feature
    names = description.exercise_names()
    graded = [scenario.name for scenario in feature.scenarios if scenario.exercise]
    for number, name in enumerate(names, start=1):
        if name not in graded:
            message = f"exercise {name!r} has no @exercise scenario in {feature.path.name}. {closest(name, graded)}"
            yield description.problem(f"exercise number {number}: name", message)
    for scenario in feature.scenarios:
        if scenario.exercise and scenario.name not in names:
            message = f"the @exercise scenario {scenario.name!r} has no [[exercise]] in {description.path.name}. "
            yield Problem(feature.path, scenario.line, message + closest(scenario.name, names))


def check_tasks(subject: Subject) -> Iterator[Problem]:
    """Exercises that `exercise.md` does not describe, and headings that are no exercise's."""
    path = subject.lab.folder / "exercise.md"
    text, names = subject.tasks, subject.description.exercise_names()
    headings = _headings(text)
    for name in names:
        if [heading for _, heading in headings].count(name) == 0:
            yield Problem(path, 1, f"does not describe {name!r}. Add a heading: ## {name}")
    first: dict[str, int] = {}
    for line, heading in headings:
        if heading not in names:
            yield Problem(path, line, f"the heading {heading!r} is no exercise's. {closest(heading, names)}")
        elif heading in first:
            yield Problem(path, line, f"the heading {heading!r} is also in line {first[heading]}")
        first.setdefault(heading, line)


def _headings(text: str) -> list[tuple[int, str]]:
    """(line, text) of each `##` up to the line `---`: the tasks, as the lab's page cuts them out."""
    found = []
    for number, line in enumerate(text.split("\n"), start=1):
        if line == "---" and number > 1:
            break
        if line.startswith("## "):
            found.append((number, line.removeprefix("## ").strip()))
    return found
