"""The snapshot that submissions of a lab begin at: its Terraform deployed, but for nodes and add-ons.

What takes longest is there, and nothing that would tell how the lab came about: no Pod sits where the lab's nodes let
it before a submission changed them, and an add-on does not keep a setting that a submission no longer has.
"""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from eks_labs import laptop, leftovers, scratch
from eks_labs.course import Course, Lab
from eks_labs.errors import LabsError
from eks_labs.events import Bus
from eks_labs.learn import cache, fingerprint, starting
from eks_labs.learn.cache import StartingPoint
from eks_labs.run import teardown, workspace
from eks_labs.run.root_module import terraform_on
from eks_labs.run_folder import RunFolder
from eks_labs.targets.local import LocalTarget
from eks_labs.terraform.state import resources

LEFT_TO_THE_SUBMISSION = ("aws_eks_node_group", "aws_eks_addon")
"""Types of resources that the snapshot is without, and without what depends on them."""

MANY = 5
"""Submissions of a lab that together gain from a snapshot what it takes to make it."""

_LONGEST = 900.0
"""Seconds for a lab to be deployed on a busy machine; then the world is ended, and the deployment fails."""
_GRACE = 1.0
"""Seconds for what runs in the world to end by itself."""


def find(
    course: Course, name: str, stopped: Callable[[], bool] = lambda: False, *, submissions: int = MANY
) -> Path | None:
    """The snapshot's folder, made when there is none for so many submissions, unless `stopped` says so meanwhile.

    None when it is not made: then all is deployed from nothing.
    """
    from eks_setup import node

    lab = course.lab(name)
    kept, key = cache.default(), fingerprint.of(lab, node.binaries(lambda _: None))
    kind = f"{name}-without-{'-'.join(LEFT_TO_THE_SUBMISSION)}"
    made = kept.find(kind, key)
    if made is None and submissions >= MANY and not stopped():
        try:
            with scratch.folder("grade") as place:
                folder, without = RunFolder(place / "start"), LEFT_TO_THE_SUBMISSION
                made = kept.store(kind, key, partial(deploy, lab, folder, stopped=stopped, without=without))
        except (LabsError, OSError):
            return None
    return made.folder if made else None


def deploy(
    lab: Lab,
    folder: RunFolder,
    draft: StartingPoint,
    *,
    stopped: Callable[[], bool],
    begin: StartingPoint | None = None,
    overlay: Path | None = None,
    without: Sequence[str] = (),
) -> None:
    """Write a new snapshot `draft` of the lab with `overlay` deployed in `folder`, of which no world stays.

    From nothing, or from the snapshot `begin`; `without` resources of these types. No manifests are applied. Raises
    `LabsError`, also when `stopped` says so meanwhile.
    """
    folder.create()
    target = LocalTarget(folder)
    try:
        files = workspace.prepare(lab, folder.workspace, overlay)
        if begin is None:
            target.start(lambda _: None)
        else:
            starting.restore(target, begin, files.terraform, lambda _: None)
        laptop.furnish(folder)
        with _watched(target, folder, stopped):
            terraform = terraform_on(files, target, folder, Bus())
            terraform.init()
            terraform.apply()
            unwanted = [each.address for each in resources(files.state) if each.type in without]
            if unwanted:
                terraform.destroy(only=unwanted)
            starting.write(draft, target, files.terraform)
    finally:
        teardown.sweep(folder)


@contextmanager
def _watched(target: LocalTarget, folder: RunFolder, stopped: Callable[[], bool]) -> Iterator[None]:
    """Within, the target is ended when `stopped` says so, or after a time: what is being done there then fails."""
    done = threading.Event()
    deadline = time.monotonic() + _LONGEST

    def watch() -> None:
        while not done.wait(0.5):
            if stopped() or time.monotonic() > deadline:
                target.kill()
                leftovers.end(folder.root, grace=_GRACE)  # Terraform would ask a world that has ended for a minute
                return

    watcher = threading.Thread(target=watch, name="watch of a deployment", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()
