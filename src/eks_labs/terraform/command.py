"""Terraform's commands: the only module that touches python-terraform.

python-terraform makes the command lines. It can neither stream nor be interrupted, so the process is ours.
"""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eks_labs.errors import LabsError
from eks_labs.events import Diagnostic, Event, ResourceChanged, WaitsMeasured
from eks_labs.terraform import messages
from eks_labs.terraform.process import Process
from eks_labs.terraform.waits import Span, measure

_GOGC = "400"
"""Percent that heaps of Terraform and its provider grow before garbage is collected, unless the environment says so.

With Go's own 100 that takes a seventh of the processor time of an apply: they begin with the provider's large schemas.
"""


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
    confine: Callable[[Sequence[str]], tuple[list[str], dict[str, str]]] | None = None
    """Makes a command line and its environment of one: for a configuration that nobody vouches for."""

    def init(self) -> None:
        """Install providers and modules."""
        self._run("init")

    def apply(self) -> None:
        """Make what the configuration says."""
        self._run("apply", auto_approve=True)

    def planned(self) -> list[str]:
        """What an apply would change, as "update ADDRESS". Raises `TerraformFailed`."""
        return self._run("plan")

    def destroy(self, only: Sequence[str] = ()) -> None:
        """Remove everything in the state, or `only` the resources at these addresses and what depends on them."""
        self._run("destroy", auto_approve=True, only=only)

    def outputs(self) -> dict[str, Any]:
        """Outputs by name. Raises `TerraformFailed`."""
        line, environment = self._started(self._line("output"))
        done = subprocess.run(line, cwd=self.folder, env=environment, capture_output=True, text=True)
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

    def _line(self, command: str, *, auto_approve: bool = False, only: Sequence[str] = ()) -> list[str]:
        import python_terraform

        flag, off = python_terraform.IsFlagged, python_terraform.IsNotFlagged
        maker = python_terraform.Terraform(
            # It reads the state of its folder, to no use here, and raises when that is half a file (a full disk).
            working_dir=os.devnull,
            terraform_bin_path=find_terraform(self.environment.get("PATH")),
        )
        options = {"json": flag, "auto_approve": flag if auto_approve else off}
        if command != "output":
            options["input"] = False
        if only:
            options["target"] = list(only)
        line: list[str] = maker.generate_cmd_string(command, **options)
        return line

    def _started(self, line: Sequence[str]) -> tuple[list[str], dict[str, str]]:
        line, environment = self.confine(line) if self.confine else (list(line), dict(self.environment))
        return list(line), {"GOGC": _GOGC, **environment}

    def _run(self, command: str, *, auto_approve: bool = False, only: Sequence[str] = ()) -> list[str]:
        line, environment = self._started(self._line(command, auto_approve=auto_approve, only=only))
        started = time.monotonic()
        seen = _Seen()
        changes: list[str] = []
        plain = ""
        with Process(line, self.folder, environment, self.log) as process:
            for text in process.lines():
                message = messages.parse(text)
                event = messages.event(message) if message else None
                if message is None:
                    plain = plain or text.strip()
                if message and (change := messages.planned(message)):
                    changes.append(change)
                if event is not None:
                    seen.note(event, time.monotonic())
                    if not (command == "init" and _is_warning(event)):
                        self.publish(event)
        if process.returncode:
            if not seen.diagnostics:
                # A crash: what Go's runtime says first is why.
                why = f"exit code {process.returncode}" + (f": {plain[:200]}" if plain else "")
                seen.diagnostics.append(Diagnostic("error", why, "", "", ""))
            raise TerraformFailed(command, seen.diagnostics, self.log)
        if command in ("apply", "destroy"):
            waited, waits = measure(seen.spans)
            self.publish(WaitsMeasured(command, time.monotonic() - started, waited, waits))
        return changes


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
