"""Processes that a run started and that outlived it: found by the mark in their environment, and ended."""

import os
import signal
from contextlib import suppress
from pathlib import Path

from eks_labs.run_folder import MARK
from eks_local.waiting import WaitTimeout, wait_for


def processes(folder: Path, proc: Path = Path("/proc")) -> list[int]:
    """The pids of processes that carry the mark of the run in `folder`, without ourselves."""
    mark = f"{MARK}={folder}".encode()
    found = []
    for entry in proc.iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            if mark in (entry / "environ").read_bytes().split(b"\0"):
                found.append(int(entry.name))
        except OSError:
            # Ended meanwhile, or another user's.
            continue
    return found


def end(folder: Path, grace: float = 10.0) -> list[int]:
    """End them: SIGTERM, SIGKILL after `grace` seconds. The pids of those that were there."""
    found = processes(folder)
    for number, seconds in ((signal.SIGTERM, grace), (signal.SIGKILL, 5.0)):
        alive = processes(folder)
        for pid in alive:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                continue
        with suppress(WaitTimeout):
            what = f"what runs for {folder} to end"
            wait_for(lambda: not processes(folder), what=what, seconds=seconds, final=(Exception,))
    return found
