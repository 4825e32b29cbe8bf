"""A run as plain lines: for pipes, logs, and whoever asks with --plain."""

import time
from typing import IO

from eks_labs.display import words
from eks_labs.display.output import Output
from eks_labs.events import (
    Diagnostic,
    Event,
    Failed,
    Interrupted,
    ManifestApplied,
    Progress,
    ResourceChanged,
    RunEnded,
    RunStarted,
    ScenarioEnded,
    ScenarioStarted,
    Scored,
    StageEnded,
    StageStarted,
    StepEnded,
    WaitsMeasured,
)


class Plain:
    """Writes a line for everything worth one, with the seconds since the start before it."""

    def __init__(self, out: IO[str]) -> None:
        self._out = Output(out)
        self._started = time.monotonic()
        self._diagnostics = ""

    def __call__(self, event: Event) -> None:
        """Write what the event is worth."""
        at = time.monotonic() - self._started
        self._out.write("".join(f"{at:6.1f}  {line}\n" for line in self._lines(event)))

    def _lines(self, event: Event) -> list[str]:
        match event:
            case RunStarted():
                self._diagnostics = event.diagnostics
                return [f"{event.lab}: {event.title} (target {event.target})"]
            case StageStarted():
                return [f"== {event.title}"]
            case StageEnded(outcome="passed"):
                return [f"   done in {words.duration(event.seconds)}"]
            case StageEnded():
                return [f"   {event.outcome} after {words.duration(event.seconds)}"]
            case Progress():
                return [f"   {event.text}"]
            case ResourceChanged(state="done" | "failed"):
                return [f"   {event.action} {event.address} {event.state} ({words.duration(event.seconds)})"]
            case ManifestApplied():
                return [f"   {event.kind} {event.namespace}/{event.name}"]
            case Diagnostic():
                return diagnostic(event)
            case ScenarioStarted():
                return [f"   {event.name}"]
            case StepEnded():
                return self._step(event)
            case ScenarioEnded():
                return [f"   {words.scenario(event)}"]
            case _:
                return self._end(event)

    def _end(self, event: Event) -> list[str]:
        match event:
            case WaitsMeasured():
                return [f"   {line}" for line in words.waits(event)]
            case Failed():
                return words.failed(event)
            case Interrupted():
                return [words.interrupted(event)]
            case Scored():
                return words.score(event)
            case RunEnded():
                return [words.summary(event), *([words.kept(event.lab)] if event.kept else [])]
            case _:
                return []

    def _step(self, step: StepEnded) -> list[str]:
        commands = [f"     {line}" for command in step.commands for line in words.typed(command.text)]
        if step.outcome == "passed":
            return [f"     ✓ {step.keyword} {step.text}", *commands]
        first, *rest = words.failure(step, self._diagnostics)
        return [f"     ✗ {first}", *(f"     {line}" for line in rest)]


def diagnostic(found: Diagnostic) -> list[str]:
    """Terraform's own words on an error or a warning."""
    about = ", ".join(filter(None, (found.address, found.place)))
    lines = [f"   Terraform {found.severity}: {found.summary}" + (f" ({about})" if about else "")]
    return lines + [f"     {line}" for line in found.detail.strip().splitlines()]
