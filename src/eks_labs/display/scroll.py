"""What of a run is finished, as rows that scroll away: stages, resources, scenarios, steps, and how it all ended."""

from collections import Counter
from pathlib import Path

from rich.console import Console
from rich.text import Text

from eks_labs.display import layout, words
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

STYLES = {"passed": "green", "failed": "red", "skipped": "yellow", "interrupted": "yellow"}

MOST = 6
"""Rows of a failed step: more, and nobody reads them."""

_SIGNS = {"create": ("+", "green"), "update": ("~", "yellow"), "read": ("·", "dim"), "delete": ("-", "red")}
_DONE = {"create": "created", "update": "changed", "delete": "deleted", "read": "read"}


class Scroll:
    """Turns events into rows. Remembers what a stage and a scenario came to."""

    def __init__(self, console: Console, home: Path | None = None) -> None:
        self._console = console
        self._home = home or Path.home()
        self._width = 80
        self._diagnostics = ""
        self._stage = ""
        self._headed = False
        self._resources: Counter[str] = Counter()
        self._scenarios: Counter[str] = Counter()

    def rows(self, event: Event, width: int) -> list[Text]:
        """What the event is worth, on a terminal of so many columns."""
        self._width = layout.columns(width)
        match event:
            case RunStarted():
                self._diagnostics = self._short(event.diagnostics)
                lead = Text(f"{event.lab}  ", style="bold cyan")
                return self._rows(lead, Text(event.title, style="bold"), Text(event.target, style="dim"))
            case StageStarted():
                self._stage, self._headed = event.title, False
                self._resources.clear()
                self._scenarios.clear()
                return []
            case StageEnded():
                return self._stage_ended(event)
            case ResourceChanged():
                return self._resource(event)
            case Progress():
                return self._under_stage(Text("  "), Text(words.printable(event.text), style="dim"))
            case ManifestApplied():
                name = Text.assemble(f"{event.kind} ", (f"{event.namespace}/", "dim"), event.name)
                return self._under_stage(Text("  + ", style="green"), name)
            case ScenarioStarted() | StepEnded() | ScenarioEnded():
                return self._checks(event)
            case _:
                return self._words(event)

    def _checks(self, event: ScenarioStarted | StepEnded | ScenarioEnded) -> list[Text]:
        match event:
            case ScenarioStarted():
                rows = [] if self._headed else self._head()
                name = Text(event.name, style="bold")
                return [*rows, Text(), *self._rows(Text("  "), name, Text(event.fidelity, style="dim"))]
            case StepEnded(outcome="passed"):
                return self._passed(event)
            case StepEnded():
                return self._failed(event)
            case ScenarioEnded():
                return self._scenario_ended(event)

    def _words(self, event: Event) -> list[Text]:
        match event:
            case WaitsMeasured():
                return [row for line in words.waits(event) for row in self._plain(f"  {line}", "dim")]
            case Diagnostic():
                return self._diagnostic(event)
            case Failed():
                first, *rest = words.failed(event)
                more = [row for line in rest for row in self._plain(line, "")]
                return [Text(), *self._plain(first, "bold red"), *more]
            case Interrupted():
                return [Text(), *self._plain(words.interrupted(event), "bold yellow")]
            case Scored():
                return self._score(event)
            case RunEnded():
                return self._end(event)
            case _:
                return []

    def _stage_ended(self, event: StageEnded) -> list[Text]:
        outcome = "failed" if self._scenarios["failed"] else event.outcome
        style = STYLES[outcome]
        mark = Text(f"{words.MARKS[outcome]} ", style=style)
        time = Text(words.duration(event.seconds), style="dim")
        if not self._headed:
            return [Text(), *self._rows(mark, Text(self._stage, style="bold"), time)]
        lead = Text("  ").append_text(mark)
        blank = [Text()] if self._scenarios else []
        return [*blank, *self._rows(lead, Text(self._sum() or _plainly(outcome), style=style), time)]

    def _sum(self) -> str:
        """What the stage did, in numbers."""
        scenarios = [f"{number} {outcome}" for outcome, number in self._scenarios.items() if number]
        parts = [f"{self._resources[action]} {done}" for action, done in _DONE.items() if self._resources[action]]
        return ", ".join(parts + scenarios)

    def _resource(self, event: ResourceChanged) -> list[Text]:
        """Reads are counted, not told. A deletion is told too: that nothing is left is what people look for."""
        if event.state == "done":
            self._resources[event.action] += 1
        if event.state not in ("done", "failed") or (event.action, event.state) == ("read", "done"):
            return []
        sign, style = _SIGNS.get(event.action, ("·", "dim")) if event.state == "done" else ("✗", "bold red")
        time = Text(words.whole(event.seconds) if event.seconds >= 1 else "", style="dim")
        address = layout.ending(event.address, self._width - 4 - (time.cell_len + 2 if time else 0))
        return self._under_stage(Text(f"  {sign} ", style=style), Text(address), time)

    def _passed(self, step: StepEnded) -> list[Text]:
        time = Text(words.duration(step.seconds), style="dim")
        rows = self._rows(Text("    ✓ ", style="green"), _sentence(step), time)
        for line in (line for command in step.commands for line in words.typed(command.text)):
            rows += self._rows(Text(f"      {line[:2]}", style="dim"), Text(line[2:], style="cyan"))
        return rows

    def _failed(self, step: StepEnded) -> list[Text]:
        """Shares `MOST` rows: one for each part, what is left to those that need more, where to look first of all."""
        parts = words.failure_parts(step, self._diagnostics)
        leads = [
            Text(f"      {label:<10}" if label else "    ✗ ", style="dim" if label else "red") for label, _ in parts
        ]
        styles = {"": "bold red", "details": "cyan"}
        texts = [Text(text, style=styles.get(label, "")) for label, text in parts]
        needs = [
            len(layout.rows(self._console, self._width, *part))
            for part in zip(leads, [t.copy() for t in texts], strict=True)
        ]
        given = [1] * len(parts)
        order = sorted(
            range(len(parts)), key=lambda at: ("details", "seen", "hint", "expected", "").index(parts[at][0])
        )
        for at in order:
            given[at] += min(needs[at] - 1, MOST - sum(given))
        shared = zip(leads, texts, given, strict=True)
        return [row for part in shared for row in layout.limited(self._console, self._width, *part)]

    def _scenario_ended(self, event: ScenarioEnded) -> list[Text]:
        self._scenarios[event.outcome] += 1
        mark = Text(f"  {words.MARKS[event.outcome]} ", style=STYLES[event.outcome])
        if event.outcome != "skipped":
            time = Text(words.duration(event.seconds), style="dim")
            return self._rows(mark, Text(event.outcome, style=STYLES[event.outcome]), time)
        rows = [*([] if self._headed else self._head()), Text()]
        rows += self._rows(mark, Text(event.name, style="bold"), Text("skipped", style="dim"))
        return rows + (self._rows(Text("    "), Text(event.reason, style="dim")) if event.reason else [])

    def _diagnostic(self, found: Diagnostic) -> list[Text]:
        style = "red" if found.severity == "error" else "yellow"
        about = ", ".join(filter(None, (found.address, found.place)))
        head = Text.assemble((f"Terraform {found.severity}: ", f"bold {style}"), words.printable(found.summary))
        rows = self._under_stage(Text("  ! ", style=style), head)
        rows += self._rows(Text("    "), Text(about, style="cyan")) if about else []
        detail = words.printable(found.detail).strip().splitlines()
        return rows + [row for line in detail for row in self._rows(Text("    "), Text(line))]

    def _score(self, scored: Scored) -> list[Text]:
        rows = [Text()]
        for name, points, of in (*scored.exercises, ("in all", scored.points, scored.of)):
            style = "green" if points == of else "red" if points == 0 else "yellow"
            lead = Text.assemble("  ", (f"{points:3d}", f"bold {style}"), (f" of {of:3d}  ", "dim"))
            if name == "in all":
                rows.append(Text("  " + "─" * 10, style="dim"))
            rows += self._rows(lead, Text(name, style="bold" if name == "in all" else ""))
        return rows

    def _end(self, ended: RunEnded) -> list[Text]:
        outcome = {0: "passed", 130: "interrupted"}.get(ended.exit_code, "failed")
        mark = Text(f"{words.MARKS[outcome]} ", style=f"bold {STYLES[outcome]}")
        rows = [Text(), *self._rows(mark, Text(words.summary(ended), style=f"bold {STYLES[outcome]}"))]
        if ended.diagnostics:
            rows += self._rows(Text("  details   ", style="dim"), Text(self._short(ended.diagnostics), style="cyan"))
        if ended.kept:
            rows += self._rows(Text("  "), Text(words.kept(ended.lab)))
        return rows

    def _head(self) -> list[Text]:
        self._headed = True
        return [Text(), *self._rows(Text(), Text(self._stage, style="bold"))] if self._stage else []

    def _under_stage(self, lead: Text, body: Text, right: Text | None = None) -> list[Text]:
        """Rows of the stage, under its title."""
        return [*([] if self._headed else self._head()), *self._rows(lead, body, right)]

    def _rows(self, lead: Text, body: Text, right: Text | None = None) -> list[Text]:
        return layout.rows(self._console, self._width, lead, body, right)

    def _plain(self, line: str, style: str) -> list[Text]:
        """A line of words; what it is indented by, its continuation is too."""
        bare = line.lstrip()
        return self._rows(Text(" " * (len(line) - len(bare))), Text(bare, style=style))

    def _short(self, path: str) -> str:
        home = str(self._home)
        return f"~{path[len(home) :]}" if path.startswith(f"{home}/") else path


def _sentence(step: StepEnded) -> Text:
    return Text.assemble((f"{step.keyword} ", "dim"), step.text)


def _plainly(outcome: str) -> str:
    return "done" if outcome == "passed" else outcome
