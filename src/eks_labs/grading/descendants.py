"""Descendants of a process: one look at the process table serves all who ask within a second.

Each of a dozen supervisors looks once a second, and a table of a thousand processes takes ten milliseconds to read.
"""

import os
import time
from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache


def of(pid: int) -> set[int]:
    """Process ids of its children, theirs, and so on, as they were less than a second ago."""
    children = _children(int(time.monotonic()))
    found: set[int] = set()
    waiting = [pid]
    while waiting:
        new = children.get(waiting.pop(), set()) - found
        found |= new
        waiting.extend(new)
    return found


@lru_cache(maxsize=1)
def _children(second: int) -> Mapping[int, set[int]]:  # noqa: ARG001 - the cache goes by it
    """Children by their parent, read anew each `second`."""
    children: dict[int, set[int]] = {}
    for name in os.listdir("/proc"):  # noqa: PTH208 - thousands a second
        if name.isdigit():
            with suppress(OSError, ValueError, IndexError):  # ended meanwhile
                children.setdefault(_parent(name), set()).add(int(name))
    return children


def _parent(name: str) -> int:
    with open(f"/proc/{name}/stat", "rb") as file:  # noqa: PTH123
        # pid (command, which may hold anything) state ppid …: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
        return int(file.read().rpartition(b")")[2].split()[1])
