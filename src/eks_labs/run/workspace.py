"""Stage: the working copy. Terraform and manifests with the layout of the course, in the run's folder.

The course itself is never written to: it may be read-only, and two labs that share modules may run at once.
"""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eks_labs.course import Lab
from eks_labs.errors import LabsError
from eks_labs.run.record_file import Running
from eks_labs.run_folder import RunFolder

_NOT_COPIED = shutil.ignore_patterns(".terraform", "*.tfstate", "*.tfstate.*", ".terraform.tfstate.lock.info", ".git")
_PARTS = ("terraform", "manifests")


@dataclass(frozen=True)
class Workspace:
    """A lab's working copy."""

    root: Path
    terraform: Path
    """The lab's root module."""
    manifests: Path
    """The lab's manifests; need not exist."""

    @property
    def state(self) -> Path:
        """What Terraform knows of what it has made; is not there before it has."""
        return self.terraform / "terraform.tfstate"


def of(lab: str, root: Path) -> Workspace:
    """The working copy of `lab` in `root`."""
    return Workspace(root, root / "terraform" / lab, root / "manifests" / lab)


def of_running(running: Running, folder: RunFolder) -> Workspace:
    """The working copy of a lab that is up: the learner's, or the run's own."""
    return of(running.lab, Path(running.workspace) if running.workspace else folder.workspace)


def prepare(lab: Lab, root: Path, overlay: Path | None = None, variables: Mapping[str, Any] | None = None) -> Workspace:
    """Copy the lab into `root`, replacing what was there; then `overlay`'s files over it, and Terraform `variables`.

    An overlay of the lab's own, its solution, gets the lab's values in. In a learner's files nothing is replaced.
    """
    if root.exists():
        shutil.rmtree(root)
    workspace = of(lab.name, root)
    _copy(lab.terraform, workspace.terraform)
    modules = lab.root / "terraform" / "modules"
    if modules.is_dir():
        _copy(modules, root / "terraform" / "modules")
    if lab.manifests.is_dir():
        _copy(lab.manifests, workspace.manifests)
    if overlay is not None:
        if overlay.resolve().is_relative_to(lab.folder.resolve()):
            hand_in(lab, overlay, root)
        else:
            _lay_over(overlay, root)
    if variables:
        import json

        (workspace.terraform / "variant.auto.tfvars.json").write_text(json.dumps(dict(variables), indent=2))
    return workspace


def hand_in(lab: Lab, answer: Path, root: Path) -> None:
    """Copy an `answer` that the lab itself has, its solution or another one, into `root`, with the lab's values in."""
    _lay_over(answer, root)
    _fill(lab, answer, root)


def _lay_over(overlay: Path, root: Path) -> None:
    parts = [part for part in _PARTS if (overlay / part).is_dir()]
    if not parts:
        raise LabsError(
            f"{overlay}: neither terraform/ nor manifests/ is in this folder",
            "Start a workspace from the lab's own files: copy terraform/ and manifests/ of the course.",
        )
    for part in parts:
        _copy(overlay / part, root / part)


def _fill(lab: Lab, overlay: Path, root: Path) -> None:
    """Put the lab's values into those files of `root` that came from `overlay`."""
    for source in (path for part in _PARTS for path in (overlay / part).rglob("*") if path.is_file()):
        copied = root / source.relative_to(overlay)
        if not copied.is_file():
            continue  # of those that are not copied
        try:
            text = copied.read_bytes().decode()
        except UnicodeDecodeError:
            continue
        if (filled := lab.fill(text)) != text:
            copied.write_bytes(filled.encode())


def _copy(source: Path, target: Path) -> None:
    shutil.copytree(source, target, ignore=_NOT_COPIED, dirs_exist_ok=True)
