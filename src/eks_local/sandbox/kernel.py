"""System calls that Python 3.11 does not offer: setns, unshare, mount, umount."""

import ctypes
import os
from pathlib import Path

CLONE_NEWNS = 0x00020000
CLONE_NEWNET = 0x40000000
MS_BIND = 4096
MNT_DETACH = 2

_libc = ctypes.CDLL(None, use_errno=True)


def setns(path: Path, kind: int) -> None:
    """Move the calling thread into the namespace at `path`. Raises OSError."""
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        _check(_libc.setns(fd, kind), f"setns {path}")
    finally:
        os.close(fd)


def unshare(kind: int) -> None:
    """Give the calling thread a new namespace. Raises OSError."""
    _check(_libc.unshare(kind), "unshare")


def mount(source: str, target: Path, kind: str = "none", flags: int = 0) -> None:
    """mount(2) without data. Raises OSError."""
    _check(_libc.mount(source.encode(), os.fsencode(target), kind.encode(), flags, None), f"mount {kind} on {target}")


def bind(source: Path, target: Path) -> None:
    """Bind `source` on `target`, which exists. Raises OSError."""
    mount(str(source), target, flags=MS_BIND)


def unmount(target: Path) -> None:
    """Detach what is mounted on `target`. Raises OSError."""
    _check(_libc.umount2(os.fsencode(target), MNT_DETACH), f"umount {target}")


def _check(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
