"""What a world leaves behind: nothing, or the tests say what.

    with Footprint.of(state) as footprint:      while the world runs
        ...                                     end it, or kill some of it and destroy()
        assert footprint.left() == []

From a shell, for a state folder whose world has ended: `python -m tests.leaks STATE` (exit code 1: something is left).
"""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from eks_local.paths import WorldPaths
from eks_local.sandbox import record
from eks_local.sandbox.identity import ProcessId

_KINDS = ("user", "pid", "net", "mnt", "ipc", "uts", "cgroup")


@dataclass(frozen=True)
class Footprint:
    """All that a running world has on the machine, as far as the machine tells."""

    state: Path
    processes: tuple[tuple[ProcessId, str], ...]
    """Each with its command line."""
    namespaces: frozenset[str]
    """As /proc/PID/ns shows them: "net:[4026532281]"."""
    ports: tuple[int, ...]

    @classmethod
    @contextmanager
    def of(cls, state: Path) -> "Iterator[Footprint]":
        """The footprint of the world that runs on `state`.

        Its namespaces are held open meanwhile: the kernel gives the numbers of those that ended to new ones, and a
        world that begins beside this one would be taken for what is left of it.
        """
        running = record.load(WorldPaths(state).record)
        assert running is not None, f"no world runs on {state}"
        pids = [running.box.launcher.pid, *descendants(running.box.launcher.pid)]
        processes = []
        shared = _namespaces(os.getpid()).keys()
        namespaces: set[str] = set()
        with ExitStack() as held:
            for pid in pids:
                with suppress(OSError):
                    processes.append((ProcessId.of(pid), _command(pid)))
                    for number, path in _namespaces(pid).items():
                        if number not in shared | namespaces:
                            held.callback(os.close, os.open(path, os.O_RDONLY))
                            namespaces.add(number)
            yield cls(
                state=state,
                processes=tuple(processes),
                namespaces=frozenset(namespaces),
                ports=(running.api_port, running.proxy_port),
            )

    def left(self) -> list[str]:
        """What is still there of it; the state folder itself does not count."""
        found = [f"process {process.pid}: {command}" for process, command in self.processes if process.alive]
        # Others may have the ports by now; a listener of ours would be in one of the processes, or here.
        found += [f"port {port}" for port in self.ports if _held_here(port)]
        for pid in _pids():
            with suppress(OSError):
                shared = _namespaces(pid).keys() & self.namespaces
                if shared:
                    found.append(f"process {pid} in {', '.join(sorted(shared))}: {_command(pid)}")
        return sorted({*found, *left_on(self.state)})


def left_on(state: Path) -> list[str]:
    """What there is of a world on `state` that can be seen without having watched it run."""
    own = {os.getpid(), os.getppid()}
    found = [
        f"process {pid}: {_command(pid)}"
        for pid in _pids()
        if pid not in own and f"--state\0{state}\0" in _command(pid, raw=True) and "eks_local" in _command(pid)
    ]
    mounts = Path("/proc/self/mountinfo").read_text().splitlines()
    found += [f"mount {line}" for line in mounts if str(state) in line]
    paths = WorldPaths(state)
    found += [f"file {path}" for path in (paths.control_socket, paths.record) if path.exists()]
    return found


def children(pid: int) -> list[int]:
    """Process ids of a process' children."""
    with suppress(OSError):
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


def descendants(pid: int) -> Iterator[int]:
    """Process ids of a process' children, and of theirs, whichever thread forked them."""
    for thread in _threads(pid):
        with suppress(OSError):
            for child in Path(f"/proc/{pid}/task/{thread}/children").read_text().split():
                yield int(child)
                yield from descendants(int(child))


def _threads(pid: int) -> Sequence[str]:
    with suppress(OSError):
        return [entry.name for entry in Path(f"/proc/{pid}/task").iterdir()]
    return []


def _pids() -> list[int]:
    """All processes that have not ended: a zombie has, and waits for its parent."""
    found = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    return [pid for pid in found if _state(pid) not in ("Z", "")]


def _state(pid: int) -> str:
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    return ""


def _command(pid: int, *, raw: bool = False) -> str:
    with suppress(OSError):
        text = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
        return text if raw else text.replace("\0", " ").strip()
    return ""


def _namespaces(pid: int) -> dict[str, Path]:
    """The namespaces of a process, by number, each with the file that holds it open."""
    links = {}
    for kind in _KINDS:
        path = Path(f"/proc/{pid}/ns/{kind}")
        with suppress(OSError):
            links[str(path.readlink())] = path
    return links


def _held_here(port: int) -> bool:
    """Whether this process has a socket listening on the port of 127.0.0.1."""
    local = f"0100007F:{port:04X}"
    rows = [line.split() for line in Path("/proc/self/net/tcp").read_text().splitlines()[1:]]
    listening = {f"socket:[{row[9]}]" for row in rows if row[1] == local and row[3] == "0A"}
    held = set()
    for entry in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            held.add(str(entry.readlink()))
    return bool(listening & held)


if __name__ == "__main__":
    remains = left_on(Path(sys.argv[1]).absolute())
    sys.stdout.writelines(f"{line}\n" for line in remains)
    sys.exit(1 if remains else 0)
