"""Starting a world's box from the host, and finding what is left of one."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from eks_local.sandbox import machine
from eks_local.sandbox.errors import WorldError
from eks_local.sandbox.identity import Box, ProcessId
from eks_local.waiting import WaitTimeout, wait_for

_INIT = "eks_local.sandbox.init"


@dataclass(frozen=True)
class Program:
    """What runs in a box."""

    state: Path
    argv: Sequence[str]
    environment: Mapping[str, str]
    descriptors: Sequence[int]
    """Open files that the program gets, under the same numbers."""
    lock: int
    """The state folder's lock: held as long as the box lives."""
    log: Path


class Lifeline:
    """The end of the pipe whose closing ends the box."""

    def __init__(self, fd: int) -> None:
        self._fd: int | None = fd

    def release(self) -> None:
        """Let the box outlive this process."""
        if self._fd is not None:
            with contextlib.suppress(BrokenPipeError):
                os.write(self._fd, b"d")
            self.cut()

    def cut(self) -> None:
        """Let go: unless released before, the box ends."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None


def launch(program: Program) -> tuple[Box, Lifeline, "subprocess.Popen[bytes]"]:
    """Start a box. The caller waits for the launcher. Raises `WorldError` with the end of the log."""
    lifeline_read, lifeline_write = os.pipe()
    tether = os.pipe()
    passed = [*program.descriptors, program.lock, lifeline_read, *tether]
    argv = [
        *machine.namespaces(),
        *_init_argv(program.state, lifeline_read, tether, program.lock),
        "--",
        *program.argv,
    ]
    lifeline = Lifeline(lifeline_write)
    start = program.log.stat().st_size if program.log.exists() else 0
    try:
        with program.log.open("ab") as out:
            launcher = subprocess.Popen(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env=dict(program.environment),
                pass_fds=passed,
                start_new_session=True,  # Ctrl-C in the terminal is for the command, not for the world
                cwd="/",
            )
    except BaseException:
        lifeline.cut()
        raise
    finally:
        for fd in (lifeline_read, *tether):
            os.close(fd)
    try:
        return _identify(launcher, program.log, start), lifeline, launcher
    except BaseException:
        lifeline.cut()
        launcher.kill()
        launcher.wait()
        raise


def _init_argv(state: Path, lifeline: int, tether: tuple[int, int], lock: int) -> list[str]:
    return [
        sys.executable,
        *("-P", "-m", _INIT),
        *("--state", str(state)),
        *("--lifeline", str(lifeline)),
        *("--tether", str(tether[0]), str(tether[1])),
        *("--private", str(lock)),
    ]


def _identify(launcher: "subprocess.Popen[bytes]", log: Path, start: int) -> Box:
    def children() -> list[str]:
        if launcher.poll() is not None:
            raise ended(log, start, launcher.returncode)
        return Path(f"/proc/{launcher.pid}/task/{launcher.pid}/children").read_text().split()

    try:
        found = wait_for(children, what="the box's first process", seconds=10, poll=0.002, final=(Exception,))
    except WaitTimeout as error:
        what = f"waited 10 s for {error.what}; unshare has started none"
        raise WorldError(what, f"Its log: {log}") from error
    return Box(ProcessId.of(launcher.pid), ProcessId.of(int(found[0])))


def ended(log: Path, start: int, status: int | None) -> WorldError:
    """The error that says a box ended while it started, with what it said."""
    text = tail(log, start)
    problem = machine.namespaces_refused() if "unshare:" in text or "Operation not permitted" in text else None
    if problem:
        return WorldError(problem.what, problem.remedy)
    return WorldError(f"the world ended with status {status} while it started: {text}", f"Its log: {log}")


def tail(log: Path, start: int = 0, size: int = 1500) -> str:
    """The last `size` bytes that were added to `log` after `start`."""
    try:
        with log.open("rb") as text:
            text.seek(max(start, log.stat().st_size - size))
            return text.read().decode(errors="replace").strip()
    except OSError:
        return ""


def leftovers(state: Path) -> list[ProcessId]:
    """Processes of boxes that run on `state`, found without any record of them; first processes before launchers."""
    found: list[tuple[bool, ProcessId]] = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        with contextlib.suppress(OSError):
            argv = (entry / "cmdline").read_bytes().decode(errors="replace").split("\0")
            if _INIT in argv and "--state" in argv and argv[argv.index("--state") + 1] == str(state):
                found.append((Path(argv[0]).name == "unshare", ProcessId.of(int(entry.name))))
    return [process for _, process in sorted(found, key=lambda item: item[0])]
