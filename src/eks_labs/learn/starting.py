"""To a lab's starting point: from its snapshot, or by deploying it once, after which there is one."""

import secrets
import shutil
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

from eks_labs import laptop
from eks_labs.course import Course, Lab
from eks_labs.errors import Exit, LabsError, TargetError
from eks_labs.events import Bus
from eks_labs.learn import cache, desk, fingerprint
from eks_labs.learn.cache import StartingPoint
from eks_labs.learn.desk import Desk
from eks_labs.run import teardown, workspace
from eks_labs.run.plan import Options, plan
from eks_labs.run.record_file import Running
from eks_labs.run_folder import RunFolder, folder_of
from eks_labs.targets.local import LocalTarget
from eks_labs.terraform.state import outputs

UP = 180.0
"""Seconds in which a restored world must be up. Five are usual; six at once, on two cores, have taken more than 60."""

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Started:
    """What came of a start. `exit` is what the deployment ended with; `desk` is None when it failed."""

    exit: Exit
    desk: Desk | None
    restored: bool
    seconds: float


def start(course: Course, name: str, into: Path | None, bus: Bus, tell: Tell, seed: str | None = None) -> Started:
    """Make a workspace and bring a world to the lab's starting point. Raises `LabsError`.

    The lab's values are drawn from `seed`, or from one of their own.
    """
    lab = course.lab(name, seed)
    if lab.parameters and seed is None:
        lab = course.lab(name, secrets.token_hex(4))
    folder = (into or desk.default_folder(name)).absolute()
    desk.require_free(folder)
    running = Running.load(folder_of(name))
    if running is not None and running.kept:
        place = f", for {running.workspace}" if running.workspace else ""
        raise LabsError(f"{name} is up already{place}", f"End it with: labs destroy {name}")
    return begin(course, lab, lambda: desk.furnish(lab, folder), bus, tell)


def begin(course: Course, lab: Lab, furnish: Callable[[], Desk], bus: Bus, tell: Tell) -> Started:
    """Bring a world to the lab's starting point, for the workspace that `furnish` makes or has."""
    from eks_setup import node

    began = time.monotonic()
    run_folder = folder_of(lab.name)
    key = fingerprint.of(lab, node.binaries(tell))
    kept = cache.default()
    point = kept.find(lab.name, key)
    if point is not None:
        try:
            made = _restored(run_folder, lab, point, furnish, tell)
            return Started(Exit.PASSED, made, True, time.monotonic() - began)
        except _Unusable as error:
            tell(f"{error}: the snapshot is dropped")
            kept.drop(point)
    tell("no snapshot of the starting point yet: it is deployed once")
    code = _deploy(course, lab, run_folder, bus)
    if code is not Exit.PASSED:
        return Started(code, None, False, time.monotonic() - began)
    with run_folder.locked(lab.name):
        target = LocalTarget.attach(run_folder)
        root = workspace.of(lab.name, run_folder.workspace).terraform
        point = kept.store(lab.name, key, lambda draft: write(draft, target, root))
        made = furnish()
        _hand_over(run_folder, target, made, point)
        shutil.rmtree(run_folder.workspace)
    return Started(Exit.PASSED, made, False, time.monotonic() - began)


def restore(target: LocalTarget, point: StartingPoint, root: Path, tell: Tell) -> None:
    """Start a world at a starting point, with Terraform's state of it in the root module `root`. Raises `LabsError`."""
    target.restore(point.world, tell)
    shutil.copyfile(point.terraform / "terraform.tfstate", root / "terraform.tfstate")
    target.await_ready(UP)


def resume(course: Course, found: Desk, bus: Bus, tell: Tell) -> tuple[Started, bool]:
    """Start the desk's world again: as it was stopped, else from the starting point. Also: whether as it was."""
    run_folder, lab = folder_of(found.lab.name), found.lab
    running = Running.load(run_folder)
    if running is not None and Path(running.workspace) != found.folder:
        whose = running.workspace or "labs run"
        raise LabsError(f"{lab.name} is up for {whose}", f"End that first: labs destroy {lab.name}")
    began = time.monotonic()
    if running is not None and running.stopped:
        with run_folder.locked(lab.name):
            target = LocalTarget(run_folder, running.region)
            try:
                target.resume(tell)
            except TargetError as error:
                tell(f"{error.what}: back to the starting point")
            else:
                _settle(run_folder, target, found)
                return Started(Exit.PASSED, found, True, time.monotonic() - began), True
    elif running is not None and not LocalTarget(run_folder).remains():
        tell("its world ended without labs stop: back to the starting point")
    elif running is not None:
        raise LabsError(f"{lab.name} is up", f"Use it with: labs shell {lab.name}")
    if running is not None:
        teardown.sweep(run_folder)
    return begin(course, lab, lambda: found, bus, tell), False


def reset(course: Course, found: Desk, bus: Bus, tell: Tell) -> tuple[Started, Path]:
    """Files and world as they were at the start; the learner's own files are put aside: where."""
    run_folder = folder_of(found.lab.name)
    running = Running.load(run_folder)
    if running is not None and running.workspace != str(found.folder):
        raise LabsError(f"{found.lab.name} is up for another workspace", f"End that: labs destroy {found.lab.name}")
    with run_folder.locked(found.lab.name) if run_folder.root.is_dir() else nullcontext():
        teardown.sweep(run_folder)
    aside = desk.clear(found)
    return begin(course, found.lab, lambda: desk.furnish(found.lab, found.folder), bus, tell), aside


def stop(found: Desk) -> None:
    """End the desk's world, which can be resumed as it is. Raises `LabsError`."""
    run_folder = folder_of(found.lab.name)
    running = require_up(found)
    with run_folder.locked(found.lab.name):
        LocalTarget.attach(run_folder).stop()
        _record(run_folder, found, running.region, running.cluster, stopped=True)


def require_up(found: Desk) -> Running:
    """The record of the desk's world, which is up. Raises `LabsError`."""
    run_folder, name = folder_of(found.lab.name), found.lab.name
    running = Running.load(run_folder)
    if running is None or running.workspace != str(found.folder) or not LocalTarget(run_folder).remains():
        raise LabsError(f"the world of {found.folder} is not running", f"Start it with: labs resume {name}")
    return running


class _Unusable(Exception):
    """No world begins at a snapshot; says why."""


def _deploy(course: Course, lab: Lab, folder: RunFolder, bus: Bus) -> Exit:
    from eks_labs.run.workflow import run

    planned = plan(course, Options(lab.name, keep=True))
    laptop.kubeconfig(folder).unlink(missing_ok=True)
    return run(replace(planned, scenarios=()), folder, bus)


def write(draft: StartingPoint, target: LocalTarget, root: Path) -> None:
    """Save the world and what Terraform knows of it in the root module `root`, into a new snapshot."""
    target.save(draft.world)
    draft.terraform.mkdir()
    _bring(root, draft.terraform)


def _restored(folder: RunFolder, lab: Lab, point: StartingPoint, furnish: Callable[[], Desk], tell: Tell) -> Desk:
    folder.create()
    with folder.locked(lab.name):
        teardown.sweep(folder)
        laptop.kubeconfig(folder).unlink(missing_ok=True)
        target = LocalTarget(folder)
        try:
            target.restore(point.world, tell)
        except TargetError as error:
            target.kill()
            teardown.tidy(folder)
            raise _Unusable(error.what) from error
        try:
            made = furnish()
            _hand_over(folder, target, made, point)
        except BaseException:
            target.kill()
            teardown.tidy(folder)
            raise
    return made


def _hand_over(folder: RunFolder, target: LocalTarget, made: Desk, point: StartingPoint) -> None:
    for left in ("terraform.tfstate", "terraform.tfstate.backup"):
        (made.files.terraform / left).unlink(missing_ok=True)
    _bring(point.terraform, made.files.terraform)
    _settle(folder, target, made)


def _settle(folder: RunFolder, target: LocalTarget, made: Desk) -> None:
    """What a world that has just started needs to be the learner's."""
    found = outputs(made.files.state)
    cluster = str(found["cluster_name"]) if "cluster_name" in found else None
    _record(folder, made, target.region, cluster)
    laptop.furnish(folder)
    if cluster is not None:
        laptop.write_kubeconfigs(folder, target, cluster)
    target.await_ready(UP)
    target.keep()


def _record(folder: RunFolder, made: Desk, region: str, cluster: str | None, *, stopped: bool = False) -> None:
    name = made.lab.name
    Running(name, "local", region, time.time(), cluster, True, str(made.folder), stopped).save(folder)


def _bring(source: Path, target: Path) -> None:
    """Copy what Terraform left in a root module: not the providers themselves, only links to them."""

    def unwanted(folder: str, names: list[str]) -> list[str]:
        if ".terraform/providers" not in folder:
            return []
        paths = [Path(folder, name) for name in names]
        return [path.name for path in paths if path.is_file() and not path.is_symlink()]

    for name in ("terraform.tfstate", ".terraform.lock.hcl"):
        if (source / name).exists():
            shutil.copy2(source / name, target / name)
    if (source / ".terraform").is_dir():
        shutil.rmtree(target / ".terraform", ignore_errors=True)
        shutil.copytree(source / ".terraform", target / ".terraform", symlinks=True, ignore=unwanted)
