"""Which submissions there are, and of which lab each is."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from eks_labs.grading.archives import Unusable, is_archive

PARTS = ("terraform", "manifests")
"""A submission's folders, as in a workspace."""


@dataclass(frozen=True)
class Submission:
    """Something handed in."""

    name: str
    """What it is called in reports; unique in a batch, and fit for a file's name."""
    source: Path


def find(arguments: Sequence[Path]) -> list[Submission]:
    """The submissions that `arguments` name: each is one, or a folder of them."""
    taken: set[str] = set()
    return [Submission(_unique(_name(path), taken), path) for path in _sources(arguments)]


def root_of(unpacked: Path) -> Path:
    """The folder that has terraform/ or manifests/: archives often have one folder around everything.

    Raises `Unusable`.
    """
    folder = unpacked
    for _ in range(3):
        if _is_workspace(folder):
            return folder
        inside = [entry for entry in folder.iterdir() if entry.is_dir()] if folder.is_dir() else []
        if len(inside) != 1:
            break
        folder = inside[0]
    raise Unusable("neither a folder terraform/ nor a folder manifests/ is in it")


def lab_of(root: Path, known: Iterable[str]) -> str:
    """The lab that the workspace `root` is of, by the folders in it. Raises `Unusable`."""
    found = sorted(_labs_in(root) & set(known))
    if len(found) == 1:
        return found[0]
    if found:
        raise Unusable(f"it has files of several labs: {', '.join(found)}")
    raise Unusable("no lab of this course is in it: a workspace has terraform/LAB and manifests/LAB")


def _sources(arguments: Sequence[Path]) -> Iterator[Path]:
    for path in arguments:
        if not path.is_dir() or path.is_symlink() or _is_workspace(path) or _is_wrapped(path, len(arguments) == 1):
            yield path
        else:
            yield from sorted(entry for entry in path.iterdir() if not entry.name.startswith("."))


def _labs_in(workspace: Path) -> set[str]:
    """Names of its labs, and of what else is beside them."""
    return {entry.name for part in PARTS if (workspace / part).is_dir() for entry in (workspace / part).iterdir()}


def _is_workspace(folder: Path) -> bool:
    return any((folder / part).is_dir() for part in PARTS)


def _is_wrapped(folder: Path, alone: bool) -> bool:
    """A folder around one workspace, whose own name is the better one.

    Named `alone` it is more likely a batch of one, unless what it holds is called as learners' own workspaces are.
    """
    entries = [entry for entry in folder.iterdir() if not entry.name.startswith(".")]
    if len(entries) != 1 or not entries[0].is_dir() or is_archive(entries[0]) or not _is_workspace(entries[0]):
        return False
    return not alone or entries[0].name in ("eks-labs", *_labs_in(entries[0]))


def _name(path: Path) -> str:
    name = path.absolute().name
    suffix = next((end for end in (".tar.gz", ".tar.xz", ".tar.bz2") if name.lower().endswith(end)), path.suffix)
    if is_archive(path):
        name = name[: -len(suffix)]
    return re.sub(r"[^\w.@+-]+", "_", name).strip(".") or "submission"


def _unique(name: str, taken: set[str]) -> str:
    candidate, number = name, 2
    while candidate in taken:
        candidate, number = f"{name}-{number}", number + 1
    taken.add(candidate)
    return candidate
