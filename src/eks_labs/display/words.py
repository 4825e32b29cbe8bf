"""Words that all displays share."""

import re

from eks_labs.events import Failed, Interrupted, RunEnded, ScenarioEnded, Scored, StepEnded, WaitsMeasured
from eks_labs.terraform.waits import HARD_CODED, type_of

MARKS = {"passed": "✓", "failed": "✗", "skipped": "–", "interrupted": "✗"}

_WIDTH = 400
"""Characters of what was seen: the bundle has the rest."""

_CONTROL = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""What a terminal would obey rather than show: escape sequences, and single control characters."""


def duration(seconds: float) -> str:
    """Seconds as people say them."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    if seconds < 99.5:
        return f"{seconds:.0f} s"
    return f"{int(seconds) // 60} min {int(seconds) % 60:02d} s"


def whole(seconds: float) -> str:
    """The same without tenths: for what counts up before one's eyes, and for what Terraform counts."""
    return f"{int(seconds)} s" if seconds < 100 else f"{int(seconds) // 60} min {int(seconds) % 60:02d} s"


def printable(text: str) -> str:
    """`text` without what would move the cursor or change colours: commands print what they like."""
    return _CONTROL.sub("", text)


def typed(text: str) -> list[str]:
    """A command as it looks in a shell: `$` before each line that starts one, `>` before what goes on."""
    lines: list[str] = []
    for line in printable(text).strip().splitlines():
        goes_on = bool(lines) and lines[-1].endswith("\\")
        lines.append(f"{'>' if goes_on else '$'} {line}")
    return lines


def failure_parts(step: StepEnded, diagnostics: str) -> list[tuple[str, str]]:
    """(label, text) of what there is to say about a failed step, one line each; the first, the step, has no label."""
    command = step.docstring.strip().splitlines()[:1]
    parts = [("", f"{step.keyword} {step.text}" + "".join(f": {line}" for line in command))]
    parts += [("expected", step.expected), ("seen", step.seen)]
    if step.hint:
        parts.append(("hint", step.hint))
    return [(label, _one_line(text)) for label, text in [*parts, ("details", diagnostics)]]


def failure(step: StepEnded, diagnostics: str) -> list[str]:
    """A failed step in at most five lines: it, expected, seen, hint, where to look."""
    (_, first), *rest = failure_parts(step, diagnostics)
    return [first, *(f"  {label:<8}  {text}" for label, text in rest)]


def scenario(ended: ScenarioEnded) -> str:
    """One line of a scenario's end."""
    tail = f" (skipped: {ended.reason})" if ended.outcome == "skipped" else f" ({duration(ended.seconds)})"
    return f"{MARKS[ended.outcome]} {ended.name}{tail}"


def failed(event: Failed) -> list[str]:
    """What ended a run, and what to do."""
    return [f"error: {printable(event.what)}", *(f"  {line}" for line in printable(event.remedy).splitlines())]


def interrupted(event: Interrupted) -> str:
    """What an interrupt leads to."""
    if event.count == 1:
        return "interrupted: destroying what was made (once more to end at once)"
    return "interrupted twice: ended at once"


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
    line = " ".join(printable(text).split())
    return line if len(line) <= _WIDTH else line[: _WIDTH - 1] + "…"
