"""What a lab's starting point, or a grade of its solution, is made of, as a hash: whatever it changes with is in it.

Files of the lab and of our own code by their contents; programs that are too large to read by size and time.
"""

import hashlib
import shutil
import sys
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from types import ModuleType

import eks_labs
import eks_local
from eks_labs.course import Lab

_CODE = (".py", ".yaml", ".json")
_MADE = {".terraform", "__pycache__"}
"""Folders of what is made from a course when it is used."""
_OURS = ("run", "targets", "terraform")
"""Packages of the runner that decide what a deployment is."""


def of(lab: Lab, binaries: Path) -> str:
    """The key of the lab's starting point with the node `binaries`."""
    return _key(_parts(lab, binaries))


def of_grade(lab: Lab, binaries: Path) -> str:
    """The key of what a grade of the lab's solution follows from: its checks and all of the runner, too."""
    course = (lab.folder, lab.root / "checks")
    return _key(chain(_parts(lab, binaries), _contents(lab.root, course), _code(eks_labs)))


def _key(parts: Iterable[tuple[str, bytes]]) -> str:
    sha = hashlib.sha256()
    for name, content in parts:
        sha.update(f"{name}\0{len(content)}\0".encode() + content)
    return sha.hexdigest()[:16]


def _parts(lab: Lab, binaries: Path) -> Iterator[tuple[str, bytes]]:
    yield from _contents(lab.root, (lab.terraform, lab.root / "terraform" / "modules", lab.manifests))
    yield from _code(eks_local)
    yield from _code(eks_labs, *_OURS)
    yield "packages", "\n".join(_packages()).encode()
    terraform = shutil.which("terraform")
    programs = [*_files(binaries), *([Path(terraform).resolve()] if terraform else [])]
    for program in programs:
        found = program.stat()
        yield str(program), f"{found.st_size} {found.st_mtime_ns}".encode()


def _packages() -> list[str]:
    """What this Python has, as NAME-VERSION.dist-info (PyPA, "Recording installed projects"): no file is opened."""
    return sorted(found.name for place in map(Path, sys.path) for found in place.glob("*.dist-info"))


def _files(folder: Path) -> list[Path]:
    """The files below, without what is left in a folder that was used."""
    if not folder.is_dir():
        return []
    found = (path for path in folder.rglob("*") if path.is_file() and not _MADE & set(path.parts))
    return sorted(path for path in found if not path.name.startswith("terraform.tfstate"))


def _code(package: ModuleType, *parts: str) -> Iterator[tuple[str, bytes]]:
    """What a package is made of, or these parts of it."""
    base = Path(str(package.__file__)).parent
    found = _contents(base, [base / part for part in parts] or [base])
    return (each for each in found if each[0].endswith(_CODE))


def _contents(base: Path, folders: Iterable[Path]) -> Iterator[tuple[str, bytes]]:
    """(path below `base`, content) of the files in these folders."""
    for folder in folders:
        for file in _files(folder):
            yield str(file.relative_to(base)), file.read_bytes()
