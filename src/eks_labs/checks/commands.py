"""Running a learner's command at a vantage point, exactly as typed, and keeping what came of it."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

Enter = Callable[[str, Sequence[str], Mapping[str, str], Path | None], tuple[list[str], dict[str, str]]]
"""(vantage point, argv, environment on top, folder) → (argv, environment) of a host process that runs there."""

LIMIT = 300.0
"""Seconds after which a command is ended."""

KEPT = 200_000
"""Characters of output that are kept: enough for any table, not for a log that runs away."""


class UnknownVantage(ValueError):
    """The target has no such place to run commands at."""


@dataclass(frozen=True)
class CommandResult:
    """What a command said, and how it ended."""

    vantage: str
    command: str
    output: str
    """Standard output and standard error as a terminal would show them, interleaved."""
    exit_code: int
    seconds: float


def run(
    enter: Enter, vantage: str, text: str, environment: Mapping[str, str], cwd: Path, seconds: float
) -> CommandResult:
    """Run `text` in bash at the vantage point and wait for its end.

    `environment` and `cwd` are the laptop's: another machine has its own. (A Pod is entered from the laptop.)
    After `seconds` it is ended, with exit code 124 as timeout(1) has it.
    """
    own = environment if vantage.split()[0] in ("laptop", "pod") else {}
    folder = cwd if vantage == "laptop" else None
    argv, variables = enter(vantage, ["bash", "-euo", "pipefail", "-c", text], own, folder)
    started = time.monotonic()
    child = subprocess.Popen(
        argv,
        env=variables,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    try:
        output, _ = child.communicate(timeout=seconds)
        code = child.returncode
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        output, _ = child.communicate()
        output += f"\n(ended after {seconds:g} s)"
        code = 124
    except BaseException:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()
        raise
    return CommandResult(vantage, text, output[:KEPT], code, time.monotonic() - started)
