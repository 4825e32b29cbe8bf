"""Terraform's commands. The only module that touches python-terraform and Terraform's process.

python-terraform makes the command lines. It cannot stream or be interrupted, so the process is ours: started in a
session of its own (the terminal's Ctrl-C is for us; Terraform gets its SIGINT when we decide), and ended with us even
when we are killed (its parent-death signal is SIGINT, which Terraform takes as "stop in order").
"""

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eks_labs.errors import Abandoned, LabsError
from eks_labs.events import Diagnostic, Event, ResourceChanged, WaitsMeasured
from eks_labs.terraform import messages
from eks_labs.terraform.waits import Span, measure

GRACE = 60.0
"""Seconds that Terraform gets after SIGINT: the provider's calls end, and the state is written."""


class TerraformFailed(LabsError):
    """A Terraform command failed; its diagnostics were published."""

    def __init__(self, command: str, diagnostics: Iterable[Diagnostic], log: Path) -> None:
        self.diagnostics = tuple(diagnostics)
        errors = [found for found in self.diagnostics if found.severity == "error"]
        what = f"terraform {command} failed"
        if errors:
            first = errors[0]
            what += f": {first.summary}" + (
                f" ({first.place or first.address})" if first.place or first.address else ""
            )
        super().__init__(what, f"All that Terraform said: {log}")


def find_terraform(path: str | None = None) -> str:
    """The terraform program. Raises `LabsError` with the way to get it."""
    found = shutil.which("terraform", path=path)
    if found is None:
        raise LabsError(
            "there is no terraform on this machine's PATH",
            "Install Terraform 1.9 or newer: https://developer.hashicorp.com/terraform/install "
            "(one file; put it into a folder of your PATH)",
        )
    return found


@dataclass(frozen=True)
class Terraform:
    """Terraform on one root module."""

    folder: Path
    environment: Mapping[str, str]
    log: Path
    """JSON lines of all commands, appended."""
    publish: Callable[[Event], None]

    def init(self) -> None:
        """Install providers and modules."""
        self._run("init")

    def apply(self) -> None:
        """Make what the configuration says."""
        self._run("apply", auto_approve=True)

    def destroy(self) -> None:
        """Remove everything in the state."""
        self._run("destroy", auto_approve=True)

    def outputs(self) -> dict[str, Any]:
        """Outputs by name. Raises `TerraformFailed`."""
        done = subprocess.run(
            self._line("output"), cwd=self.folder, env=dict(self.environment), capture_output=True, text=True
        )
        if done.returncode:
            raise TerraformFailed("output", [], self.log)
        return {name: output["value"] for name, output in json.loads(done.stdout).items()}

    def has_state(self) -> bool:
        """Whether the state names any resource."""
        file = self.folder / "terraform.tfstate"
        if not file.exists():
            return False
        try:
            return bool(json.loads(file.read_text()).get("resources"))
        except ValueError:
            # Half a state (a full disk) may hide resources: let Terraform itself judge.
            return True

    def _line(self, command: str, *, auto_approve: bool = False) -> list[str]:
        import python_terraform

        flag, off = python_terraform.IsFlagged, python_terraform.IsNotFlagged
        maker = python_terraform.Terraform(
            working_dir=str(self.folder), terraform_bin_path=find_terraform(self.environment.get("PATH"))
        )
        options = {"json": flag, "auto_approve": flag if auto_approve else off}
        if command != "output":
            options["input"] = False
        line: list[str] = maker.generate_cmd_string(command, **options)
        return line

    def _run(self, command: str, *, auto_approve: bool = False) -> None:
        line = self._line(command, auto_approve=auto_approve)
        started = time.monotonic()
        seen = _Seen()
        with self.log.open("a") as log, _Child(line, self.folder, self.environment) as child:
            for text in child.lines():
                log.write(text)
                message = messages.parse(text)
                event = messages.event(message) if message else None
                if event is not None:
                    seen.note(event, time.monotonic())
                    if not (command == "init" and _is_warning(event)):
                        self.publish(event)
        if child.returncode:
            if not seen.diagnostics:
                log_tail = Diagnostic("error", f"exit code {child.returncode}", "", "", "")
                seen.diagnostics.append(log_tail)
            raise TerraformFailed(command, seen.diagnostics, self.log)
        if command in ("apply", "destroy"):
            waited, waits = measure(seen.spans)
            self.publish(WaitsMeasured(command, time.monotonic() - started, waited, waits))


def _is_warning(event: Event) -> bool:
    """init warns of lock files that a mirror makes incomplete: true, and of no use to a learner."""
    return isinstance(event, Diagnostic) and event.severity == "warning"


class _Seen:
    """What a command's events add up to."""

    def __init__(self) -> None:
        self.diagnostics: list[Diagnostic] = []
        self.spans: list[Span] = []
        self._started: dict[tuple[str, str], float] = {}

    def note(self, event: Event, now: float) -> None:
        if isinstance(event, Diagnostic):
            self.diagnostics.append(event)
        elif isinstance(event, ResourceChanged):
            key = (event.address, event.action)
            if event.state == "started":
                self._started[key] = now
            elif event.state in ("done", "failed") and key in self._started:
                self.spans.append(Span(event.address, event.action, self._started.pop(key), now))


class _Child:
    """One Terraform process; leaving the context ends it, in order when it still runs."""

    def __init__(self, line: list[str], folder: Path, environment: Mapping[str, str]) -> None:
        tether = ["setpriv", "--pdeathsig", "INT", "--"] if shutil.which("setpriv") else []
        self._process = subprocess.Popen(
            [*tether, *line],
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )

    @property
    def returncode(self) -> int:
        return self._process.returncode

    def lines(self) -> Iterable[str]:
        yield from self._process.stdout or ()
        self._process.wait()

    def __enter__(self) -> "_Child":
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self._process.poll() is None:
            self._end(GRACE if kind is not Abandoned else 0.0)
        if self._process.stdout:
            self._process.stdout.close()

    def _end(self, grace: float) -> None:
        try:
            self._process.send_signal(signal.SIGINT)
            self._drain(grace)
        except subprocess.TimeoutExpired:
            self._kill()
        except BaseException:
            self._kill()
            raise

    def _kill(self) -> None:
        # Providers are in Terraform's process group, and would outlive it.
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def _drain(self, seconds: float) -> None:
        # communicate() reads on while it waits: a full pipe would keep Terraform from ending.
        self._process.communicate(timeout=seconds)
