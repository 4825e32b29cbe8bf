"""Checks one after the other: each time that the workspace's files or the cluster change."""

import time
from collections.abc import Iterator
from pathlib import Path

from eks_labs.checks.changes import Changes
from eks_labs.course import Course
from eks_labs.learn import checking, starting
from eks_labs.learn.checking import Checked
from eks_labs.learn.desk import NOTE, Desk
from eks_labs.run import diagnostics
from eks_labs.run_folder import folder_of
from eks_labs.targets.local import LocalTarget

LOOK = 1.0
"""Seconds between two looks at the files."""

LONGEST = 60.0
"""Seconds after which a check is made anyway: what AWS's API shows cannot be watched."""


def watch(course: Course, desk: Desk) -> Iterator[Checked]:
    """A check now, and one after each change, for ever. Raises `LabsError` when the world is not up."""
    running = starting.require_up(desk)
    folder = folder_of(desk.lab.name)
    target = LocalTarget.attach(folder)
    cluster, vantage = running.cluster, desk.lab.observe_from
    changes = Changes(diagnostics.kubernetes(target, cluster, folder, vantage)) if cluster else None
    try:
        while True:
            files = _files(desk.folder)
            if changes is not None:
                changes.wait(0)  # what changed so far is looked at now
            yield checking.check(course, desk)
            deadline = time.monotonic() + LONGEST
            while time.monotonic() < deadline and _files(desk.folder) == files:
                if changes is None:
                    time.sleep(LOOK)
                elif changes.wait(LOOK):
                    break
            starting.require_up(desk)
    finally:
        if changes is not None:
            changes.close()


def _files(folder: Path) -> dict[Path, int]:
    """The learner's files and when they were written: not what checks and Terraform write."""
    return {
        path: path.stat().st_mtime_ns
        for part in ("terraform", "manifests")
        for path in (folder / part).rglob("*")
        if ".terraform" not in path.parts and path.name != NOTE and path.is_file()
    }
