"""What a lab's starting point is made of, as a hash: whatever it changes with is in it.

Files of the lab and of our own code by their contents; programs that are too large to read by size and time.
"""

import hashlib
import shutil
from collections.abc import Iterable, Iterator
from importlib.metadata import distributions
from pathlib import Path

import eks_labs
import eks_local
from eks_labs.course import Lab

_CODE = (".py", ".yaml", ".json")
_OURS = ("run", "targets", "terraform")
"""Packages of the runner that decide what a deployment is."""


def of(lab: Lab, binaries: Path) -> str:
    """The key of the lab's starting point with the node `binaries`."""
    sha = hashlib.sha256()
    for name, content in _parts(lab, binaries):
        sha.update(f"{name}\0{len(content)}\0".encode() + content)
    return sha.hexdigest()[:16]


def _parts(lab: Lab, binaries: Path) -> Iterator[tuple[str, bytes]]:
    course = [lab.terraform, lab.root / "terraform" / "modules", lab.manifests]
    yield from _contents(lab.root, (file for folder in course for file in _files(folder)))
    world = Path(str(eks_local.__file__)).parent
    yield from _contents(world, (file for file in _files(world) if file.suffix in _CODE))
    runner = Path(str(eks_labs.__file__)).parent
    for package in _OURS:
        yield from _contents(runner, (file for file in _files(runner / package) if file.suffix in _CODE))
    versions = sorted(f"{found.name}=={found.version}" for found in distributions())
    yield "packages", "\n".join(versions).encode()
    terraform = shutil.which("terraform")
    programs = [*_files(binaries), *([Path(terraform).resolve()] if terraform else [])]
    for program in programs:
        found = program.stat()
        yield str(program), f"{found.st_size} {found.st_mtime_ns}".encode()


def _files(folder: Path) -> list[Path]:
    """The files below, without what Terraform leaves in a folder it was used in."""
    if not folder.is_dir():
        return []
    found = (path for path in folder.rglob("*") if path.is_file() and ".terraform" not in path.parts)
    return sorted(path for path in found if not path.name.startswith("terraform.tfstate"))


def _contents(base: Path, files: Iterable[Path]) -> Iterator[tuple[str, bytes]]:
    for file in files:
        yield str(file.relative_to(base)), file.read_bytes()
