"""A run as the lab's verified one: `labs/LAB/record.json`, from which its page has outputs and times.

`eks_labs.docs.records` reads it. A record holds nothing of whose machine it was made on.
"""

import json
import os
import re
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from eks_labs.errors import LabsError
from eks_labs.events import (
    CommandRan,
    Event,
    RunEnded,
    RunStarted,
    ScenarioEnded,
    ScenarioStarted,
    StageEnded,
    StageStarted,
    StepEnded,
    WaitsMeasured,
)


class Recorder:
    """A subscriber that writes the record when the run ends well."""

    def __init__(self, file: Path, names: Mapping[Path, str], version: Callable[[], str], partly: str = "") -> None:
        """`names`: folders of this machine → what they are called in a record.

        `version`: asks the lab's cluster for its Kubernetes version; called once, when the scenarios have run.
        `partly`: why a run that ends well is not the whole walkthrough; empty when it is.
        """
        self._file = file
        self._neutral = _Neutral(names)
        self._version = version
        self._partly = partly
        self._target = ""
        self._kubernetes = ""
        self._titles: dict[str, str] = {}
        self._stages: list[dict[str, Any]] = []
        self._waits: list[dict[str, Any]] = []
        self._scenarios: list[dict[str, Any]] = []
        self._steps: list[dict[str, Any]] = []
        self._problem: LabsError | None = None
        self._said = f"{file} was not written: the run did not come to its end"

    def __call__(self, event: Event) -> None:
        """Take an event in; with the last one, write the record."""
        match event:
            case RunStarted():
                self._target = event.target
            case StageStarted():
                self._titles[event.stage] = event.title
            case StageEnded():
                self._stage(event)
            case WaitsMeasured():
                self._waits += [
                    {"address": wait.address, "action": wait.action, "seconds": wait.seconds} for wait in event.waits
                ]
            case ScenarioStarted():
                self._steps = []
            case StepEnded():
                self._steps.append(self._step(event))
            case ScenarioEnded():
                self._scenario(event)
            case RunEnded():
                self._end(event)

    def conclusion(self) -> str:
        """What was recorded, or why nothing was. Raises `LabsError` when a record could not be written."""
        if self._problem is not None:
            raise self._problem
        return self._said

    def _stage(self, ended: StageEnded) -> None:
        if ended.stage == "verify" and ended.outcome == "passed":
            self._kubernetes = self._version()
        self._stages.append({"name": self._titles[ended.stage], "seconds": ended.seconds})

    def _step(self, step: StepEnded) -> dict[str, Any]:
        found: dict[str, Any] = {"text": step.text, "docstring": step.docstring or None, "seconds": step.seconds}
        return {**found, "command": self._command(step.commands)} if step.commands else found

    def _command(self, commands: tuple[CommandRan, ...]) -> dict[str, Any]:
        return {
            "vantage": commands[-1].vantage,
            "exit_code": commands[-1].exit_code,
            "output": self._neutral("".join(command.output for command in commands)),
        }

    def _scenario(self, ended: ScenarioEnded) -> None:
        steps = [] if ended.outcome == "skipped" else self._steps
        self._scenarios.append({"name": ended.name, "outcome": ended.outcome, "seconds": ended.seconds, "steps": steps})
        self._steps = []

    def _end(self, ended: RunEnded) -> None:
        reason = f"the run ended with exit code {int(ended.exit_code)}" if ended.exit_code else self._partly
        if reason:
            self._said = f"{self._file} was not written: {reason}"
            return
        record = {
            "date": time.strftime("%Y-%m-%d", time.gmtime()),
            "target": self._target,
            "kubernetes_version": self._kubernetes,
            "seconds": ended.seconds,
            "stages": self._stages,
            "waits": self._waits,
            "scenarios": self._scenarios,
        }
        try:
            self._write(json.dumps(record, indent=2, ensure_ascii=False) + "\n")
            self._said = f"{self._file} has the outputs and times of this run. Commit it with the lab."
        except OSError as error:
            self._problem = LabsError(f"{self._file}: {error.strerror}", "The run itself passed and is cleaned up.")

    def _write(self, text: str) -> None:
        """Whole or not at all: the last record stays until this one is complete."""
        beside = self._file.with_name(f".{self._file.name}.{os.getpid()}")
        try:
            beside.write_text(text, encoding="utf-8")
            beside.replace(self._file)
        finally:
            with suppress(OSError):
                beside.unlink(missing_ok=True)


class _Neutral:
    """Takes this machine's folders, and spaces at the ends of lines, out of what commands printed."""

    def __init__(self, names: Mapping[Path, str]) -> None:
        paths = {str(path): name for folder, name in names.items() for path in (folder, folder.resolve())}
        # The longest first: a folder's own name goes before that of what it is in. "/" would be everything.
        self._names = {path: paths[path] for path in sorted(paths, key=len, reverse=True) if path != "/"}
        known = "|".join(re.escape(path) for path in self._names)
        self._pattern = re.compile(rf"(?<![\w.-])(?:{known})(?![\w.-])")

    def __call__(self, output: str) -> str:
        """The neutral output."""
        text = "\n".join(line.rstrip() for line in output.splitlines()).rstrip("\n")
        return self._pattern.sub(lambda found: self._names[found[0]], text) if self._names else text
