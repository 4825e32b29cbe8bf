"""The reference solution, shown as changes of the learner's files, or made in their workspace and deployed."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from eks_labs.events import Bus
from eks_labs.learn import starting
from eks_labs.learn.desk import Desk
from eks_labs.run import diagnostics, manifests
from eks_labs.run.root_module import terraform_on
from eks_labs.run_folder import folder_of
from eks_labs.targets.local import LocalTarget


@dataclass(frozen=True)
class Change:
    """A file that the solution has otherwise."""

    place: str
    """Path in the workspace."""
    before: str
    after: str

    def diff(self) -> str:
        """As `diff -u` shows it."""
        lines = difflib.unified_diff(
            self.before.splitlines(keepends=True), self.after.splitlines(keepends=True), "yours", "solution"
        )
        return f"{self.place}\n" + "".join(line if line.endswith("\n") else line + "\n" for line in lines)


def changes(desk: Desk) -> tuple[Change, ...]:
    """What the workspace lacks of the solution, a change a file: Terraform first, since manifests stand on it."""
    solution = desk.lab.solution
    files = sorted((path for path in solution.rglob("*") if path.is_file()), key=lambda path: (_rank(path), path))
    texts = ((file, desk.lab.fill(file.read_text())) for file in files)
    found = (Change(str(file.relative_to(solution)), _text(desk, file), text) for file, text in texts)
    return tuple(change for change in found if change.before != change.after)


def apply(desk: Desk, wanted: Sequence[Change], bus: Bus) -> None:
    """Write the changed files into the workspace and deploy it. Raises `LabsError`."""
    running = starting.require_up(desk)
    folder = folder_of(desk.lab.name)
    with folder.locked(desk.lab.name):
        target = LocalTarget.attach(folder)
        for change in wanted:
            file = desk.folder / change.place
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(change.after)
        terraform = terraform_on(desk.files, target, folder, bus)
        if any(change.place.startswith("terraform/") for change in wanted):
            terraform.init()
            terraform.apply()
        if running.cluster is not None and desk.files.manifests.is_dir():
            api = diagnostics.kubernetes(target, running.cluster, folder, desk.lab.observe_from)
            manifests.apply(desk.files.manifests, api, bus)


def _rank(file: Path) -> int:
    return 1 if "manifests" in file.parts else 0


def _text(desk: Desk, file: Path) -> str:
    own = desk.folder / file.relative_to(desk.lab.solution)
    return own.read_text(errors="replace") if own.is_file() else ""
