"""Rules: a lab's own workspace, the one its solution makes, and the one a learner hands in.

A solution or a submission is judged as the runner would deploy it: its files laid over the lab's.
"""

from collections.abc import Iterator
from pathlib import Path

from eks_labs.errors import closest
from eks_labs.lint import lab_toml, manifests
from eks_labs.lint.problem import Problem
from eks_labs.lint.reading import files_below
from eks_labs.lint.subject import Shared, Subject
from eks_labs.lint.terraform.module import Files, Modules
from eks_labs.lint.terraform.root import check_length, check_root
from eks_labs.lint.tree import laid_over, of_lab, part_trees


def check_own(subject: Subject) -> Iterator[Problem]:
    """The lab as it is deployed untouched, and its variants."""
    lab, modules = subject.lab, subject.modules
    place = f"terraform/{lab.name}"
    if not modules.exists(place):
        yield Problem(lab.terraform, 1, "has no *.tf: a lab's root module is here")
    root = modules.at(place)
    yield from check_length(root)
    yield from _check(lab.name, modules, own=True)
    if root.complete:
        yield from lab_toml.variants(subject, set(root.of_kind("variable")))


def check_solution(subject: Subject) -> Iterator[Problem]:
    """The reference solution: that its files replace something, and the workspace that they make."""
    files, problems = files_below(subject.lab.solution)
    yield from problems
    if files:
        yield from _answer(subject, files)
    elif subject.description.exercises():
        yield Problem(subject.lab.solution, 1, "has no files: a lab with exercises has a reference solution")


def check_alternatives(subject: Subject) -> Iterator[Problem]:
    """The other right answers, each as the solution."""
    files, problems = files_below(subject.lab.folder / "alternatives")
    yield from problems
    answers: dict[str, dict[str, Path]] = {}
    for place, path in files.items():
        name, _, rest = place.partition("/")
        if rest:
            answers.setdefault(name, {})[rest] = path
        else:
            yield Problem(path, 1, "belongs to no alternative: each is a folder here, laid out as the solution")
    for answer in answers.values():
        yield from _answer(subject, answer)


def _answer(subject: Subject, files: dict[str, Path]) -> Iterator[Problem]:
    lab = subject.lab
    parts = (f"terraform/{lab.name}/", f"manifests/{lab.name}/")
    for place, path in files.items():
        if not place.startswith(parts):
            yield Problem(path, 1, f"replaces nothing: a solution's files are in {parts[0]} and {parts[1]}")
    sensible = {place: path for place, path in files.items() if place.startswith(parts)}
    tree = laid_over(subject.modules.tree, sensible)
    # Files of a lab with parameters are read anew, with the values in.
    read = Files(subject.solved) if subject.values else subject.shared.terraform
    # A solution adds to a root that is short, so the limit is not for it.
    yield from _check(lab.name, Modules(tree, read), own=True)


def check_submission(folder: Path, shared: Shared) -> Iterator[Problem]:
    """A folder that somebody hands in for one lab or more."""
    given, problems = part_trees(folder)
    yield from problems
    if not given and not problems:
        yield Problem(folder, 1, "has no files in terraform/ or manifests/. Start from those folders of the course")
    told: set[str] = set()
    for place, path in given.items():
        part, name, *rest = place.split("/")
        if not rest:
            yield Problem(path, 1, f"is laid over nothing: files are in {part}/LAB")
        elif name not in shared.names and f"{part}/{name}" not in {"terraform/modules", *told}:
            told.add(f"{part}/{name}")
            message = f"is laid over nothing: there is no lab called {name}. {closest(name, list(shared.names))}"
            yield Problem(path, 1, message)
    for name in sorted({place.split("/")[1] for place in given} & set(shared.names)):
        tree = laid_over(of_lab(shared.tree, name), of_lab(given, name))
        yield from _check(name, Modules(tree, shared.terraform), own=False)


def _check(lab: str, modules: Modules, *, own: bool) -> Iterator[Problem]:
    yield from check_root(f"terraform/{lab}", modules)
    yield from manifests.check(lab, modules.tree, modules.files.text, own=own)
