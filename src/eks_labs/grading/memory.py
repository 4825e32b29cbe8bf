"""Bytes of memory that processes hold: their own, what they share, and files that they keep in it.

    memory.held(pids)
    memory.at_most(pids)

The second takes a tenth of the first's processor time: what nobody can exceed need not be counted.

Shared memory, a file and a file system that several processes have count once; what a fork has of its parent counts for
both. The kernel's answers come from /proc, for the processes of a user namespace to its owner, root or not. What the
caller's own mount namespace has is not counted.

Not seen: a tmpfs that no process sees (detached, below another mount, outside of a chroot), a memfd on its way through
a socket, System V segments that nobody has mapped, buffers of pipes and sockets, other memory of the kernel itself.
"""

import os
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

_TABLE = 2**20
"""Bytes of a mount table, and …"""
_FILES = 50_000
"""… open files that are looked at: a world has 4 kB and 500, and whoever has more must not keep others waiting."""
_SHARED = 8 * 2**20
"""Bytes of shared memory from which on a process is asked for its share of it, for which the kernel walks its pages."""

_PAGE = os.sysconf("SC_PAGE_SIZE")
"""Bytes."""

_SIZE = re.compile(rb"^(\w+):\s+(\d+) kB$", re.MULTILINE)
_ESCAPED = re.compile(rb"\\([0-3][0-7]{2})")


class Untold(Exception):
    """Nobody can tell how much memory is held, and why."""


def held(pids: Iterable[int]) -> int:
    """Bytes of memory that the processes hold together; those that have ended hold none. Raises `Untold`."""
    alive = dict(found for pid in pids if (found := _alive(pid)) is not None)
    own = sum(_own(place, sizes) for place, sizes in alive.items())
    return own + _file_systems(alive) + _memfds(alive)


def at_most(pids: Iterable[int]) -> int:
    """Bytes that they cannot exceed: what is in no single process counts in full, whoever on the machine holds it.

    A container whose /proc/meminfo hides the machine's swap hides what of theirs is in it, too.
    """
    return sum(map(_private, pids)) + _elsewhere()


def _private(pid: int) -> int:
    """Bytes of memory that a process shares with no file: https://man7.org/linux/man-pages/man5/proc_pid_statm.5.html."""
    fields = _read(f"/proc/{pid}/statm").split()
    resident, shared = (int(fields[1]), int(fields[2])) if fields else (0, 0)
    if resident:
        return (resident - shared) * _PAGE
    # Of a process whose first thread has ended the kernel tells at another one.
    alive = _alive(pid)
    return alive[1][b"RssAnon"] if alive else 0


def _elsewhere() -> int:
    """Bytes of the machine's in tmpfs, memfds, shared mappings and ramfs (which is unevictable), and swapped out."""
    of = _sizes("/proc/meminfo")
    if b"Shmem" not in of:  # it could not be read: there may be anything
        return sys.maxsize
    swapped = of.get(b"SwapTotal", 0) - of.get(b"SwapFree", 0)
    return of[b"Shmem"] + of.get(b"Unevictable", 0) + of.get(b"Hugetlb", 0) + swapped


_Sizes = dict[bytes, int]
"""Bytes, by the name that the kernel has for what they are."""


def _alive(pid: int) -> tuple[Path, _Sizes] | None:
    """Where /proc tells of a process, and its sizes. Of one whose first thread has ended it tells at another thread."""
    for place in _threads(pid):
        sizes = _sizes(place / "status")
        if b"RssAnon" in sizes:
            return place, sizes
    return None


def _threads(pid: int) -> Iterator[Path]:
    place = Path(f"/proc/{pid}")
    yield place
    with suppress(OSError):
        yield from (place / "task").iterdir()


def _own(place: Path, sizes: _Sizes) -> int:
    shared = sizes[b"RssShmem"]
    if shared > _SHARED:
        shared = _sizes(place / "smaps_rollup").get(b"Pss_Shmem", shared)
    return sizes[b"RssAnon"] + sizes.get(b"VmSwap", 0) + shared


def _sizes(file: str | Path) -> _Sizes:
    return {name: int(value) * 1024 for name, value in _SIZE.findall(_read(file))}


def _file_systems(places: Iterable[Path]) -> int:
    seen = {device for device, _ in _mounts(Path("/proc/self"))}
    total = 0
    for place in _views(places):
        for device, point in _mounts(place):
            if device not in seen and (used := _used(device, Path(f"{place}/root{point}"))) is not None:
                seen.add(device)
                total += used
    return total


def _views(places: Iterable[Path]) -> Iterable[Path]:
    """One process for each set of mounts that processes see."""
    views = {}
    for place in places:
        with suppress(OSError):
            views[(place / "ns/mnt").readlink(), (place / "root").readlink()] = place
    return views.values()


def _mounts(place: Path) -> Iterator[tuple[int, str]]:
    """Device and mount point of each file system in memory that the process sees."""
    table = _read(place / "mountinfo")
    if len(table) == _TABLE:
        raise Untold("there are more mounts than are looked at")
    for line in table.split(b"\n"):
        mount, _, source = line.partition(b" - ")
        if source.startswith((b"tmpfs ", b"ramfs ")):
            fields = mount.split(b" ")
            major, minor = map(int, fields[2].split(b":"))
            point = _ESCAPED.sub(lambda found: bytes([int(found[1], 8)]), fields[4])
            yield os.makedev(major, minor), os.fsdecode(point)


def _used(device: int, path: Path) -> int | None:
    """Bytes that a file system has in use; None when it is not the one that is seen at the path."""
    try:
        if path.stat().st_dev != device:
            return None
        told = os.statvfs(path)
    except OSError:  # unmounted meanwhile, or its process has ended
        return None
    if told.f_blocks == 0:
        raise Untold("a tmpfs or ramfs without a limit does not tell how full it is")
    return (told.f_blocks - told.f_bfree) * told.f_frsize


def _memfds(places: Iterable[Path]) -> int:
    blocks = {}
    for number, file in enumerate(_open_files(places)):
        if number == _FILES:
            raise Untold("there are more open files than are looked at")
        with suppress(OSError):
            # By its name: to ask a file for more may mean to wait for its file system.
            if os.readlink(file).startswith("/memfd:"):  # noqa: PTH115 - thousands a second
                told = os.stat(file)  # noqa: PTH116
                blocks[told.st_dev, told.st_ino] = told.st_blocks
    return 512 * sum(blocks.values())


def _open_files(places: Iterable[Path]) -> Iterator[str]:
    for place in places:
        folder = f"{place}/fd/"
        with suppress(OSError):
            yield from (folder + name for name in os.listdir(folder))  # noqa: PTH208


def _read(file: str | Path) -> bytes:
    """What the file begins with, nothing when its process has ended."""
    try:
        with open(file, "rb") as opened:  # noqa: PTH123 - thousands a second
            return opened.read(_TABLE)
    except OSError:
        return b""
