"""A copy of the course to break, and what lint says of it."""

import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from eks_labs.course import Course, find_course
from eks_labs.lint.course import check_course, check_private
from eks_labs.lint.problem import Problem

LAB = "chapter07"
TOML = f"labs/{LAB}/lab.toml"
GUIDE = f"labs/{LAB}/guide.md"
TASKS = f"labs/{LAB}/exercise.md"
FEATURE = f"checks/{LAB}.feature"
ROOT = f"terraform/{LAB}/main.tf"
VARIABLES = "terraform/modules/network/variables.tf"
WEB = f"manifests/{LAB}/web.yaml"
SOLUTION = f"labs/{LAB}/solution"
ALTERNATIVE = f"labs/{LAB}/alternatives/three-groups"
PODS = "checks/steps/pods.py"
PRIVATE = "private"
PRIVATE_TOML = f"{PRIVATE}/{LAB}.toml"
PRIVATE_FEATURE = f"{PRIVATE}/{LAB}.feature"

FILES = (
    *(TOML, GUIDE, TASKS, FEATURE, ROOT, VARIABLES, WEB, PODS),
    *(f"{SOLUTION}/{ROOT}", f"{SOLUTION}/{WEB}", f"{ALTERNATIVE}/{ROOT}", f"{ALTERNATIVE}/{WEB}"),
)


_HIDDEN_FEATURE = """Feature: Private
  @exercise @exact
  Scenario: The secret count of nodes
    Then the number of Ready nodes is 2
    And the Deployment "web" has <replicas> replicas, all available

  @exercise
  Scenario: Nothing is in the way
    Then no Pods with label "app=web" are left
    And the add-on "vpc-cni" is active
"""

_HIDDEN_TOML = """[[exercise]]
name = "The secret count of nodes"
points = 10
hint = ["psst", "How many nodes do <replicas> replicas need?"]

[[exercise]]
name = "Nothing is in the way"
points = 7
"""


def copy_course(root: Path) -> Course:
    """The part of the course that tests break: one lab, whose guide and exercises have everything, and what it uses."""
    real = find_course().root
    for part in (f"labs/{LAB}", f"terraform/{LAB}", "terraform/modules", f"manifests/{LAB}", "checks/steps"):
        shutil.copytree(real / part, root / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(real / FEATURE, root / FEATURE)
    return Course(root)


def add_hidden_checks(course: Course) -> Path:
    """A private folder in the course's, with hidden checks that are well."""
    folder = course.root / PRIVATE
    folder.mkdir()
    (course.root / PRIVATE_FEATURE).write_text(_HIDDEN_FEATURE)
    (course.root / PRIVATE_TOML).write_text(_HIDDEN_TOML)
    return folder


def lint(course: Course) -> list[str]:
    """What is said of the whole course, as `labs lint` prints it there."""
    return _printed(course, check_course(course).problems)


def lint_private(course: Course) -> list[str]:
    """What is said of the hidden checks, as `labs lint --checks` prints it there."""
    return _printed(course, check_private(course, course.root / PRIVATE).problems)


def _printed(course: Course, problems: Iterable[Problem]) -> list[str]:
    return [f"{problem.path.relative_to(course.root)}:{problem.line}: {problem.message}" for problem in problems]


def change(course: Course, file: str, old: str, new: str) -> None:
    """Replace the first `old` in a file of the course, which has one."""
    path = course.root / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


@dataclass(frozen=True)
class Broken:
    """One change, and what is said of it: in `path`, the changed file unless named, at the first line with `at`."""

    file: str
    old: str
    new: str
    says: str
    at: str = ""
    path: str = ""

    def is_found_in(self, course: Course, looked_at_by: Callable[[Course], list[str]] = lint) -> None:
        """Make the change, and see that lint says so, at that line."""
        change(course, self.file, self.old, self.new)
        path = self.path or self.file
        text = (course.root / path).read_text()
        line = text.count("\n", 0, text.index(self.at)) + 1
        found = looked_at_by(course)
        assert any(problem.startswith(f"{path}:{line}: ") and self.says in problem for problem in found), found
