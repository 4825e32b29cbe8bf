"""A learner's workspace: the folder with their copy of a lab, and a note of what they have seen of its answers.

terraform/LAB, terraform/modules, manifests/LAB    the lab's files, theirs to change
exercise.md                                        the tasks, with their own values
.eks-labs.json                                     the note
"""

import json
import shutil
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from eks_labs.course import Course, Lab, parameters
from eks_labs.errors import LabsError
from eks_labs.run import workspace
from eks_labs.run.record_file import Running
from eks_labs.run.workspace import Workspace
from eks_labs.run_folder import folder_of

NOTE = ".eks-labs.json"
TASKS = "exercise.md"
_BACKUPS = "before-reset"


@dataclass(frozen=True)
class Note:
    """What the workspace remembers."""

    lab: str
    hints: Mapping[str, int] = field(default_factory=dict)
    """Tiers that were shown, by the exercise's name."""
    solved: bool = False
    """The reference solution was shown or applied: points no longer count."""
    open: tuple[str, ...] = ()
    """Exercises that the last check found unsolved."""
    seed: str | None = None
    """What the lab's values were drawn from; None for those that everybody gets."""

    def save(self, folder: Path) -> None:
        """Write the note."""
        (folder / NOTE).write_text(json.dumps(asdict(self), indent=2, ensure_ascii=False))


@dataclass(frozen=True)
class Desk:
    """A workspace and its lab."""

    lab: Lab
    folder: Path
    note: Note

    @property
    def files(self) -> Workspace:
        """Where Terraform and manifests are."""
        return workspace.of(self.lab.name, self.folder)

    def noted(self, **changes: Any) -> "Desk":
        """The desk with a changed note, which is written."""
        note = replace(self.note, **changes)
        note.save(self.folder)
        return replace(self, note=note)


def read_note(folder: Path) -> Note | None:
    """The note in `folder`; None when the folder is no workspace. Raises `LabsError` for a note that is damaged."""
    try:
        fields = json.loads((folder / NOTE).read_text())
        if fields.get("seed") is not None:
            parameters.checked_seed(fields["seed"])
        return Note(**{**fields, "open": tuple(fields.get("open", ()))})
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (ValueError, TypeError, AttributeError) as error:
        raise LabsError(
            f"{folder / NOTE}: damaged ({error})", 'Write {"lab": "NAME"} into it, with the lab\'s name.'
        ) from error


def find(course: Course, which: str | None) -> Desk:
    """The workspace that is meant by a folder, by a lab's name, or by nothing: the one we are in, else the only one.

    Raises `LabsError`.
    """
    folder = _folder(which)
    note = read_note(folder) if folder else None
    if folder is None or note is None:
        name = which or "LAB"
        raise LabsError(
            f"{which} has no workspace" if which else "this is no workspace, and not one lab is started",
            f"Make one with: labs start {name if which in course.names() else 'LAB'}",
        )
    return Desk(course.lab(note.lab, note.seed), folder, note)


def _folder(which: str | None) -> Path | None:
    from eks_labs.status import names_up

    if which is None:
        here = Path.cwd()
        inside = next((path for path in (here, *here.parents) if (path / NOTE).exists()), None)
        known = [found for found in map(_started, names_up()) if found]
        return inside or (known[0] if len(known) == 1 else None)
    path = Path(which)
    if (path / NOTE).exists():
        return path.absolute()
    beside = default_folder(which)
    return _started(which) or (beside if (beside / NOTE).exists() else None)


def _started(lab: str) -> Path | None:
    """The workspace that the lab was started for."""
    running = Running.load(folder_of(lab)) if "/" not in lab else None
    return Path(running.workspace) if running and running.workspace else None


def default_folder(lab: str) -> Path:
    """Where a workspace is made when nobody says where."""
    return Path.cwd() / "eks-labs" / lab


def furnish(lab: Lab, folder: Path) -> Desk:
    """Make the workspace `folder` with the lab's files as they are in the course, and the tasks."""
    draft = folder / ".draft"
    workspace.prepare(lab, draft)
    for part in draft.iterdir():
        part.rename(folder / part.name)
    draft.rmdir()
    if lab.tasks.is_file():
        (folder / TASKS).write_text(lab.fill(lab.tasks.read_text()))
    desk = Desk(lab, folder, Note(lab.name, seed=lab.seed))
    desk.note.save(folder)
    return desk


def require_free(folder: Path) -> None:
    """Raise `LabsError` when something is in the way of a new workspace."""
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return
    note = read_note(folder)
    if note is not None:
        raise LabsError(
            f"{folder} is a workspace of {note.lab} already",
            f"Go on with it: labs resume {note.lab}. Begin again: labs reset {note.lab}",
        )
    raise LabsError(f"{folder}: something else is there", "Choose another folder with --into.")


def clear(desk: Desk) -> Path:
    """Put the learner's files aside, into a folder of the workspace that nothing looks at; which."""
    aside = desk.folder / f"{_BACKUPS}-{time.strftime('%Y%m%d-%H%M%S')}"
    aside.mkdir()
    for part in ("terraform", "manifests", TASKS):
        if (desk.folder / part).exists():
            (desk.folder / part).rename(aside / part)
    # Terraform's state is of a world that is gone.
    for left in ("terraform.tfstate", "terraform.tfstate.backup", ".terraform"):
        for path in aside.glob(f"terraform/*/{left}"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    return aside
