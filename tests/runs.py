"""The CLI as a process, with state of its own, and the proof that a run leaves nothing on the machine."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.leaks import left_on

ROOT = Path(__file__).parents[1]
LONGEST = 900.0
"""Seconds that one run may take on a busy machine."""

GRADE = ("grade", *(("--as-root",) if os.geteuid() == 0 else ()))
"""`labs grade`, by whoever runs the tests: root has to say that he means it."""


@dataclass(frozen=True)
class Ran:
    """What came of one command."""

    code: int
    out: str
    err: str

    def events(self, name: str = "") -> list[dict[str, Any]]:
        """The events of `--json`, all or those of one name."""
        found = [json.loads(line) for line in self.out.splitlines()]
        return [event for event in found if name in ("", event["event"])]

    def __str__(self) -> str:
        return f"exit code {self.code}\n{self.out[-6000:]}\n{self.err[-3000:]}"


@dataclass(frozen=True)
class Cli:
    """`labs`, for a person whose state is in the folder `home`."""

    home: Path

    def __call__(self, *arguments: str, env: Mapping[str, str] | None = None, under: Sequence[str] = ()) -> Ran:
        """Run a command to its end. `under`: a command that runs it."""
        with self.start(*arguments, env=env, under=under) as child:
            try:
                out, err = child.communicate(timeout=LONGEST)
            except BaseException:
                child.send_signal(signal.SIGINT)
                child.wait(120)
                raise
        return Ran(child.returncode, out, err)

    def start(
        self, *arguments: str, env: Mapping[str, str] | None = None, under: Sequence[str] = ()
    ) -> "subprocess.Popen[str]":
        """Start a command; the caller waits for it."""
        return subprocess.Popen(
            [*under, sys.executable, "-m", "eks_labs", *arguments],
            env={**os.environ, "XDG_STATE_HOME": str(self.home), "PYTHONPATH": str(ROOT / "src"), **(env or {})},
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def folder(self, lab: str) -> Path:
        """The run's folder."""
        return self.home / "eks-labs" / lab

    def left(self, lab: str) -> list[str]:
        """What the machine still has of runs of `lab`: processes by their mark, and whatever there is of its world."""
        folder = self.folder(lab)
        return [*_marked(folder), *left_on(folder / "world"), *_files(folder)]


def _marked(folder: Path) -> list[str]:
    mark = f"EKS_LABS_RUN={folder}".encode()
    found = []
    for entry in Path("/proc").iterdir():
        if not re.fullmatch(r"\d+", entry.name):
            continue
        with suppress(OSError):
            if mark in (entry / "environ").read_bytes().split(b"\0"):
                found.append(f"process {entry.name}: {(entry / 'cmdline').read_bytes().decode(errors='replace')}")
    return found


def _files(folder: Path) -> list[str]:
    """Files of a run that only one that is up may have. Logs and diagnostics stay until destroy."""
    return [str(folder / name) for name in ("run.json", "handover.json", "workspace") if (folder / name).exists()]
