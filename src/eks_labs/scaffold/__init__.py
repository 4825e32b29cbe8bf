"""A new lab: files that run, pass `labs lint` and ask to be replaced.

What is written lies beside this module as it will be, with LABNAME and TITLE in place of the lab's own.
"""

import os
import re
from pathlib import Path

from eks_labs.course import Course
from eks_labs.errors import LabsError

_PATTERN = Path(__file__).parent / "lab"
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_LONGEST = 30
"""Characters of a name: resources are called by it, and AWS lengthens some of theirs."""


def create(course: Course, name: str, title: str) -> list[Path]:
    """Write the files of a lab called `name`; returns them. Raises `LabsError`, having written nothing."""
    if not _NAME.fullmatch(name) or len(name) > _LONGEST:
        raise LabsError(
            f"{name!r} cannot be a lab's name",
            f"A name is up to {_LONGEST} lower-case letters, digits and hyphens, such as chapter08 or chapter08-ipv6.",
        )
    if not os.access(course.root, os.W_OK):
        raise LabsError(f"{course.root}: the course is read-only", "Work in a checkout, or name one with --course.")
    files = {course.root / _named(file, name): file for file in sorted(_PATTERN.rglob("*")) if file.is_file()}
    existing = [target for target in files if target.exists()]
    if existing or name in course.names():
        raise LabsError(
            f"{name} exists already: {(existing or [course.root / 'labs' / name])[0]}", "Take another name."
        )
    for target, pattern in files.items():
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(pattern.read_text().replace("LABNAME", name).replace("TITLE", title))
    return list(files)


def _named(file: Path, name: str) -> str:
    return str(file.relative_to(_PATTERN)).replace("LABNAME", name)
