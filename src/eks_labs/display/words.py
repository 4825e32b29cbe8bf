"""Words that all displays share."""

from eks_labs.events import RunEnded, ScenarioEnded, Scored, StepEnded, WaitsMeasured
from eks_labs.terraform.waits import HARD_CODED, type_of

MARKS = {"passed": "✓", "failed": "✗", "skipped": "–"}

_WIDTH = 400
"""Characters of what was seen: the bundle has the rest."""


def duration(seconds: float) -> str:
    """Seconds as people say them."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{int(seconds) // 60} min {int(seconds) % 60:02d} s"


def failure(step: StepEnded, diagnostics: str) -> list[str]:
    """A failed step in at most five lines: it, expected, seen, hint, where to look."""
    lines = [f"{step.keyword} {step.text}"]
    lines += [f"  expected  {_one_line(step.expected)}", f"  seen      {_one_line(step.seen)}"]
    if step.hint:
        lines.append(f"  hint      {_one_line(step.hint)}")
    return [*lines, f"  details   {diagnostics}"]


def scenario(ended: ScenarioEnded) -> str:
    """One line of a scenario's end."""
    tail = f" (skipped: {ended.reason})" if ended.outcome == "skipped" else f" ({duration(ended.seconds)})"
    return f"{MARKS[ended.outcome]} {ended.name}{tail}"


def summary(ended: RunEnded) -> str:
    """The last line of a run."""
    counts = [f"{ended.passed} passed"]
    counts += [f"{number} {what}" for number, what in ((ended.failed, "failed"), (ended.skipped, "skipped")) if number]
    verdict = {0: "passed", 1: "failed", 2: "could not be run", 3: "ended by its target", 130: "interrupted"}
    return f"{ended.lab} {verdict.get(ended.exit_code, 'ended')}: {', '.join(counts)}, {duration(ended.seconds)}"


def kept(lab: str) -> str:
    """What to do with a lab that is still up."""
    return f"{lab} is still up. Use it with: labs shell {lab}. End it with: labs destroy {lab}"


def waits(measured: WaitsMeasured) -> list[str]:
    """What the provider's own waiting cost, and where; empty when nothing."""
    if measured.waited < 1:
        return []
    lines = [
        f"{duration(measured.waited)} of the {duration(measured.seconds)} of terraform {measured.command} were fixed "
        "waits of the AWS provider:"
    ]
    for wait in measured.waits:
        reason = HARD_CODED[(type_of(wait.address), wait.action)]
        lines.append(f"  {wait.address}: {duration(wait.seconds)} ({reason})")
    return lines


def score(scored: Scored) -> list[str]:
    """Points, an exercise a line, the sum last."""
    lines = [f"{points:3d} of {of:3d}  {name}" for name, points, of in scored.exercises]
    return [*lines, f"{scored.points:3d} of {scored.of:3d}  in all"]


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _WIDTH else line[: _WIDTH - 1] + "…"
