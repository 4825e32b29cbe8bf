"""Temporary folders with an owner: a process that was killed cannot remove its own, so the next one does."""

import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def folder(kind: str) -> Iterator[Path]:
    """A folder for what this process does; it goes with the block. Its name has the `kind` and the process's id."""
    sweep(kind)
    prefix = f"eks-labs-{kind}-{os.getpid()}-"
    with tempfile.TemporaryDirectory(prefix=prefix, ignore_cleanup_errors=True) as place:
        yield Path(place)


def sweep(kind: str) -> list[Path]:
    """Remove what processes of this user that are no more have left; what was removed."""
    gone = [path for path in Path(tempfile.gettempdir()).glob(f"eks-labs-{kind}-*-*") if _is_orphan(path)]
    for path in gone:
        shutil.rmtree(path, ignore_errors=True)
    return gone


def end_in_order_on_sigterm() -> None:
    """From now on SIGTERM ends this process as an exception does, so that folders and worlds end with it."""
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))


def _is_orphan(path: Path) -> bool:
    pid = path.name.split("-")[-2]
    try:
        return pid.isdecimal() and not Path("/proc", pid).exists() and path.stat().st_uid == os.getuid()
    except FileNotFoundError:
        return False
