"""One Terraform process: started, followed while it runs, and ended whatever happens to us.

It has a session of its own: the terminal's Ctrl-C is for us, Terraform gets its SIGINT when we decide. It writes into
its log file and we read along, because a pipe would break when we are killed: Terraform then gets SIGINT (its
parent-death signal), says so, and on a broken pipe it would die of that (SIGPIPE) with its state unsaved.
"""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from eks_labs.errors import Abandoned

GRACE = 60.0
"""Seconds that Terraform gets after SIGINT: the provider's calls end, and the state is written."""

_PAUSE = 0.1
"""Seconds between two looks into the log: a file cannot be waited on."""


class Process:
    """A running Terraform. A context manager: leaving it ends Terraform, in order if it still runs."""

    def __init__(self, line: Sequence[str], folder: Path, environment: Mapping[str, str], log: Path) -> None:
        """Start the command `line` in `folder`; what it says is appended to `log`."""
        tether = ["setpriv", "--pdeathsig", "INT", "--"] if shutil.which("setpriv") else []
        with log.open("ab") as out:
            self._log = log.open("rb")
            self._log.seek(out.tell())
            self._child = subprocess.Popen(
                [*tether, *line],
                cwd=folder,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def returncode(self) -> int:
        """The exit status, once `lines` has come to its end."""
        return int(self._child.returncode)

    def lines(self) -> Iterator[str]:
        """What Terraform says, line by line, until it has ended."""
        begun = b""
        while True:
            # Asked first, read second: what it wrote before it ended is then read in any case.
            ended = self._child.poll() is not None
            *whole, begun = (begun + self._log.read()).split(b"\n")
            yield from (line.decode(errors="replace") for line in whole)
            if ended:
                break
            self._wait(_PAUSE)
        if begun:
            yield begun.decode(errors="replace")

    def __enter__(self) -> "Process":
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if self._child.poll() is None:
                self._end(GRACE if kind is not Abandoned else 0.0)
        finally:
            self._log.close()

    def _end(self, grace: float) -> None:
        try:
            self._child.send_signal(signal.SIGINT)
            ended = self._wait(grace)
        except BaseException:
            self._kill()
            raise
        if not ended:
            self._kill()

    def _wait(self, seconds: float) -> bool:
        try:
            self._child.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def _kill(self) -> None:
        # Providers are in Terraform's process group, and would outlive it.
        os.killpg(self._child.pid, signal.SIGKILL)
        self._child.wait()
