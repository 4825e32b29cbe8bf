"""A copy of the course to break, and what lint says of it."""

import shutil
from pathlib import Path

from eks_labs.course import Course, find_course
from eks_labs.lint.course import check_course

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

FILES = (
    *(TOML, GUIDE, TASKS, FEATURE, ROOT, VARIABLES, WEB, PODS),
    *(f"{SOLUTION}/{ROOT}", f"{SOLUTION}/{WEB}", f"{ALTERNATIVE}/{ROOT}", f"{ALTERNATIVE}/{WEB}"),
)


def copy_course(root: Path) -> Course:
    """The part of the course that tests break: one lab, whose guide and exercises have everything, and what it uses."""
    real = find_course().root
    for part in (f"labs/{LAB}", f"terraform/{LAB}", "terraform/modules", f"manifests/{LAB}", "checks/steps"):
        shutil.copytree(real / part, root / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(real / FEATURE, root / FEATURE)
    return Course(root)


def lint(course: Course) -> list[str]:
    """What is said of the whole course, as `labs lint` prints it there."""
    problems = check_course(course).problems
    return [f"{problem.path.relative_to(course.root)}:{problem.line}: {problem.message}" for problem in problems]
