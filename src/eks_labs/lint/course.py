"""Which rules are applied to what: the whole course, one lab, a folder that is handed in, an instructor's own checks.

A rule is a plain function that takes a `Subject` and yields problems. A new one is a function in a module of its idea,
and a line in `RULES`, or in `PRIVATE_RULES` when hidden checks are held to it.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from eks_labs.course import Course
from eks_labs.errors import closest
from eks_labs.lint import exercises, guide, lab_toml, parameters, rehearsal, scenarios, vocabulary, workspace
from eks_labs.lint.problem import MOST, Broken, Problem
from eks_labs.lint.reading import inside
from eks_labs.lint.subject import Shared, Subject
from eks_labs.lint.terraform import root
from eks_labs.lint.terraform.module import Files, Modules
from eks_labs.lint.tree import part_trees

Rule = Callable[[Subject], Iterable[Problem]]

RULES: tuple[Rule, ...] = (
    lab_toml.check,
    parameters.check,
    exercises.check_scenarios,
    exercises.check_tasks,
    scenarios.check,
    guide.check,
    workspace.check_own,
    workspace.check_solution,
    workspace.check_alternatives,
)

PRIVATE_RULES: tuple[Rule, ...] = (
    lab_toml.check_private,
    parameters.check_private,
    exercises.check_scenarios,
    scenarios.check_private,
)

_PRIVATE = (".feature", ".toml")
"""The files that hidden checks are made of. What else lies in their folder does not matter."""


@dataclass(frozen=True)
class Report:
    """What was looked at, and what was found, in the order of files and lines."""

    checked: tuple[str, ...]
    problems: tuple[Problem, ...]
    whole_course: bool


def check_course(course: Course, *, try_steps: bool = False) -> Report:
    """All labs, what they share, and what belongs to no lab. `try_steps` runs code of the course: see `rehearsal`."""
    shared, problems = _shared(course)
    if try_steps:
        problems += rehearsal.check(shared)
    problems += _strays(shared)
    problems += _modules(shared)
    for name in shared.names:
        problems += _check(Subject(name, shared), RULES)
    return _report(shared.names, problems, whole_course=True)


def check_labs(course: Course, names: Sequence[str], folders: Sequence[Path], private: Sequence[Path] = ()) -> Report:
    """These labs of the course, these folders as work handed in for labs of it, and private ones with hidden checks."""
    shared, _ = _shared(course)
    problems: list[Problem] = []
    for name in names:
        problems += _check(Subject(name, shared), RULES)
    for folder in folders:
        problems += workspace.check_submission(folder, shared)
    for folder in private:
        problems += _private(folder, shared)
    return _report([*names, *map(str, folders), *map(str, private)], problems, whole_course=False)


def check_private(course: Course, folder: Path) -> Report:
    """A private folder: the hidden checks that an instructor has for labs of the course."""
    return check_labs(course, (), (), (folder,))


def _private(folder: Path, shared: Shared) -> Iterator[Problem]:
    try:
        files = [path for path in inside(folder) if path.suffix in _PRIVATE]
    except Broken as broken:
        yield from broken.problems
        return
    if not files:
        yield Problem(folder, 1, "has no hidden checks: they are LAB.feature and LAB.toml")
    for path in files:
        if path.stem not in shared.names:
            message = f"is for no lab: there is none called {path.stem}. {closest(path.stem, list(shared.names))}"
            yield Problem(path, 1, message)
        elif path.is_symlink():
            # The files travel to whoever grades, and links are left out.
            yield Problem(path, 1, "is a symbolic link: put the file itself here")
    for name in sorted({path.stem for path in files} & set(shared.names)):
        yield from _check(Subject(name, shared, folder), PRIVATE_RULES)


def _check(subject: Subject, rules: Iterable[Rule]) -> Iterator[Problem]:
    for rule in rules:
        try:
            yield from islice(rule(subject), 3 * MOST)
        except Broken as broken:
            yield from broken.problems


def _shared(course: Course) -> tuple[Shared, list[Problem]]:
    """What labs share, and what is wrong with how it lies there."""
    tree, problems = part_trees(course.root)
    words = vocabulary.read(course.root / "checks" / "steps")
    return Shared(course.root, tuple(course.names()), tree, words, Files()), [*problems, *words.problems]


def _modules(shared: Shared) -> Iterator[Problem]:
    """The modules in `terraform/modules`."""
    modules = Modules(shared.tree, shared.terraform)
    for place in modules.shared():
        module = modules.at(place)
        yield from root.check_module(module, modules)
        yield from root.check_variables(module)


def _strays(shared: Shared) -> Iterator[Problem]:
    """Files under a name that no lab has: most often a lab was renamed in one folder and not in the others."""
    for folder in sorted((shared.root / "labs").iterdir()):
        if folder.name not in shared.names and not folder.name.startswith(".") and folder.is_dir():
            yield Problem(folder, 1, "has no lab.toml, so it is no lab")
    for feature in sorted((shared.root / "checks").glob("*.feature")):
        if feature.stem not in shared.names:
            yield Problem(feature, 1, f"belongs to no lab: there is none called {feature.stem}")
    told = {"terraform/modules"}
    for place, path in shared.tree.items():
        part, name, *rest = place.split("/")
        if rest and name not in shared.names and f"{part}/{name}" not in told:
            told.add(f"{part}/{name}")
            yield Problem(path, 1, f"belongs to no lab: there is none called {name}")


def _report(checked: Iterable[str], problems: Iterable[Problem], *, whole_course: bool) -> Report:
    return Report(tuple(checked), tuple(sorted(set(problems))), whole_course)
