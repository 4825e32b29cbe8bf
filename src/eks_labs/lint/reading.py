"""Files as people leave them: missing, binary, a folder or a pipe in a file's place, links that go in circles.

The one place that touches the disk. Everything that is wrong with a file itself is a `Problem`, never an exception of
the system's.
"""

import os
import stat
from pathlib import Path

from eks_labs.lint.problem import Broken, Problem

LARGEST = 1_000_000
"""Bytes. No file of a lab comes near it, and a disk image in a file's place must not cost the second we have."""

_FILES = (".tf", ".yaml", ".yml")
"""Whoever reads what is named so takes it for a file."""

_LEFT_BEHIND = (".tfstate", ".tfstate.backup")


def text_of(path: Path) -> str:
    """The text of a file, with newlines as Python reads them. Raises `Broken`."""
    try:
        data = _bytes(path)
    except (OSError, ValueError) as error:
        raise Broken(Problem(path, 1, _reason(error))) from error
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise Broken(Problem(path, data.count(b"\n", 0, error.start) + 1, "is not UTF-8 text")) from error
    if "\0" in text:
        raise Broken(Problem(path, text.count("\n", 0, text.index("\0")) + 1, "is a binary file: it has a NUL byte"))
    return text.replace("\r\n", "\n").replace("\r", "\n")


def inside(folder: Path) -> list[Path]:
    """What a folder itself has in it, less what is hidden. Raises `Broken`."""
    try:
        entries = sorted(folder.iterdir())
    except OSError as error:
        raise Broken(Problem(folder, 1, f"cannot be listed as a folder: {error.strerror}")) from error
    return [entry for entry in entries if not entry.name.startswith(".")]


def files_below(folder: Path) -> tuple[dict[str, Path], list[Problem]]:
    """(place within `folder` → file, problems) of all files that are not hidden or Terraform's state.

    A folder that is not there has no files. Links to folders are not followed: they may lead out, or in circles.
    """
    found: dict[str, Path] = {}
    problems: list[Problem] = []
    waiting = [folder] if os.path.lexists(folder) else []
    while waiting:
        try:
            entries = sorted(os.scandir(waiting.pop()), key=lambda entry: entry.name)
        except OSError as error:
            where = Path(error.filename or folder)
            problems.append(Problem(where, 1, f"cannot be listed as a folder: {error.strerror}"))
            continue
        for entry in entries:
            path = Path(entry.path)
            if entry.name.startswith(".") or entry.name.endswith(_LEFT_BEHIND):
                continue
            if entry.is_dir(follow_symlinks=False):
                waiting.append(path)
                if path.suffix in _FILES:
                    problems.append(Problem(path, 1, "is a folder and should be a file"))
            elif entry.is_symlink() and _is_folder(path):
                problems.append(Problem(path, 1, "is a symbolic link to a folder: put the files themselves here"))
            else:
                found[path.relative_to(folder).as_posix()] = path
    return dict(sorted(found.items())), problems


def _is_folder(path: Path) -> bool:
    try:
        return stat.S_ISDIR(path.stat().st_mode)
    except OSError:
        return False


def _bytes(path: Path) -> bytes:
    status = path.stat()
    if stat.S_ISDIR(status.st_mode):
        raise ValueError("is a folder and should be a file")
    if not stat.S_ISREG(status.st_mode):
        # Opening a pipe waits for a writer, and a device has no end.
        raise ValueError("is not a regular file")
    if status.st_size > LARGEST:
        raise ValueError(f"is too large: {status.st_size} bytes, where at most {LARGEST} make sense")
    return path.read_bytes()


def _reason(error: OSError | ValueError) -> str:
    import errno

    if isinstance(error, ValueError):
        return str(error)
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return "is missing"
    if error.errno == errno.ELOOP:
        return "is a symbolic link that leads in a circle"
    return f"cannot be read: {error.strerror}"
