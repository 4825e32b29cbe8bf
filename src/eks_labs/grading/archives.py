"""Unpacking what somebody sent: a folder, a zip or a tarball becomes plain files in a folder, or a reason why not.

Only regular files and folders come through. Links are refused rather than skipped: a submission that needs one would
be graded as something that its author never saw.
"""

import os
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

SUFFIXES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.xz", ".txz", ".tar.bz2", ".tbz2")
"""Names of files that are taken for archives."""

_IGNORED = {".terraform", ".git", "__MACOSX", ".DS_Store"}
"""Left out at any depth: what Terraform downloads, and what systems leave behind."""
_CHUNK = 1 << 16


@dataclass(frozen=True)
class Limits:
    """How large a submission may be. Texts of a lab are some kilobytes."""

    files: int = 2000
    size: int = 20 * 2**20
    """Bytes, unpacked, in all."""
    depth: int = 20
    """Folders within folders."""


class Unusable(Exception):
    """A submission that cannot be graded; the message says why, to its author."""


def is_archive(path: Path) -> bool:
    """Whether the name says so."""
    return path.name.lower().endswith(SUFFIXES)


def unpack(source: Path, into: Path, limits: Limits | None = None) -> None:
    """Copy the files of `source` into the empty folder `into`. Raises `Unusable`."""
    budget = _Budget(limits or Limits())
    try:
        if source.is_symlink():
            raise Unusable("it is a link")
        if source.is_dir():
            for name, path in _walk(source, PurePosixPath(), budget):
                with path.open("rb") as content:
                    _write(into, name, content, budget)
        elif not source.is_file():
            raise Unusable(
                "there is no such file or folder" if not source.exists() else "it is neither file nor folder"
            )
        elif zipfile.is_zipfile(source):
            _unzip(source, into, budget)
        elif tarfile.is_tarfile(source):
            _untar(source, into, budget)
        else:
            raise Unusable("it is neither a folder, nor a zip, nor a tarball; or it is damaged")
    except (
        OSError,
        EOFError,
        zipfile.BadZipFile,
        tarfile.TarError,
        zlib.error,
        ValueError,
        NotImplementedError,
    ) as error:
        raise Unusable(f"it cannot be read: {_brief(error)}") from error
    except RuntimeError as error:
        raise Unusable(f"it cannot be read: {_brief(error)}") from error  # zipfile's word for "encrypted"


class _Budget:
    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._files = 0
        self._size = 0

    def take_file(self, name: PurePosixPath) -> None:
        self._files += 1
        if self._files > self._limits.files:
            raise Unusable(f"it has more than {self._limits.files} files")
        if len(name.parts) > self._limits.depth:
            raise Unusable(f"it has folders deeper than {self._limits.depth}")

    def take_bytes(self, count: int) -> None:
        self._size += count
        if self._size > self._limits.size:
            raise Unusable(f"it is larger than {self._limits.size // 2**20} MB unpacked")


def _walk(folder: Path, prefix: PurePosixPath, budget: _Budget) -> Iterator[tuple[PurePosixPath, Path]]:
    with os.scandir(folder) as entries:
        listed = sorted(entries, key=lambda entry: entry.name)
    for entry in listed:
        if entry.name in _IGNORED:
            continue
        name = prefix / entry.name
        mode = entry.stat(follow_symlinks=False).st_mode
        budget.take_file(name)
        if stat.S_ISDIR(mode):
            yield from _walk(Path(entry.path), name, budget)
        elif stat.S_ISREG(mode):
            yield name, Path(entry.path)
        else:
            raise Unusable(f"{_shown(name)} is {_kind(mode)}; only files and folders can be handed in")


def _unzip(source: Path, into: Path, budget: _Budget) -> None:
    with zipfile.ZipFile(source) as archive:
        for member in archive.infolist():
            name = _safe(member.filename)
            if name is None:
                continue
            budget.take_file(name)
            mode = member.external_attr >> 16
            if mode and not (stat.S_ISREG(mode) or stat.S_ISDIR(mode) or not stat.S_IFMT(mode)):
                raise Unusable(f"{_shown(name)} is {_kind(mode)}; only files and folders can be handed in")
            if not member.is_dir():
                with archive.open(member) as content:
                    _write(into, name, content, budget)


def _untar(source: Path, into: Path, budget: _Budget) -> None:
    with tarfile.open(source, "r|*") as archive:
        for member in archive:
            name = _safe(member.name)
            if name is None:
                continue
            budget.take_file(name)
            if member.isdir():
                continue
            if not member.isreg():
                what = "a link" if member.issym() or member.islnk() else "a device"
                raise Unusable(f"{_shown(name)} is {what}; only files and folders can be handed in")
            content = archive.extractfile(member)
            if content is not None:
                _write(into, name, content, budget)


def _safe(text: str) -> PurePosixPath | None:
    """A member's name as a path below the archive's root; None for what is left out. Raises `Unusable`."""
    name = PurePosixPath(text.replace("\\", "/"))
    if name.is_absolute() or ".." in name.parts or any("\0" in part for part in name.parts):
        raise Unusable(f"{_shown(name)} leads out of the archive")
    if not name.parts or _IGNORED.intersection(name.parts):
        return None
    return name


def _write(into: Path, name: PurePosixPath, content: IO[bytes], budget: _Budget) -> None:
    target = into.joinpath(*name.parts)
    target.parent.mkdir(parents=True, exist_ok=True)
    with _new(target, name) as out:
        while chunk := content.read(_CHUNK):
            budget.take_bytes(len(chunk))
            out.write(chunk)


@contextmanager
def _new(target: Path, name: PurePosixPath) -> Iterator[IO[bytes]]:
    try:
        with target.open("xb") as out:
            yield out
    except FileExistsError:
        raise Unusable(f"{_shown(name)} is in it twice") from None


def _kind(mode: int) -> str:
    if stat.S_ISLNK(mode):
        return "a link"
    return "a pipe or a socket" if stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) else "a device"


def _shown(name: object) -> str:
    return "".join(character if character.isprintable() else "?" for character in str(name))[:120]


def _brief(error: BaseException) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return _shown(error) or type(error).__name__
