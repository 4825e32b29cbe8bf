"""The snapshot that submissions of a lab begin at: `python -m eks_labs.grading.starting_point COURSE LAB FOLDER`.

Made in a process of its own, since a run of a lab handles signals, which only a main thread can.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from eks_labs.course import Course
from eks_labs.errors import LabsError
from eks_labs.events import Bus
from eks_labs.learn import starting
from eks_labs.run import teardown
from eks_labs.run_folder import RunFolder

_LONGEST = 900.0
"""Seconds for a lab to be deployed on a busy machine."""


def find(course: Course, lab: str) -> Path | None:
    """The snapshot's folder, made when there is none; None when that fails: then all is deployed from nothing."""
    if (made := starting.find(course.lab(lab))) is not None:
        return made.folder
    with tempfile.TemporaryDirectory(prefix="eks-labs-grade-") as folder:
        line = [sys.executable, "-m", "eks_labs.grading.starting_point", str(course.root), lab, f"{folder}/start"]
        try:
            done = subprocess.run(line, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_LONGEST)
        except subprocess.TimeoutExpired:
            return None
        finally:
            teardown.sweep(RunFolder(Path(folder) / "start"))
    found = done.stdout.strip()
    return Path(found) if done.returncode == 0 and found else None


def main() -> int:
    """Print the snapshot's folder; exit code 1 without one."""
    root, lab, folder = sys.argv[1:]
    course = Course(Path(root))
    try:
        point = starting.prepare(course, course.lab(lab), RunFolder(Path(folder)), Bus(), lambda _: None)
    except LabsError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"{point.folder}\n" if point else "")
    return 0 if point else 1


if __name__ == "__main__":
    sys.exit(main())
