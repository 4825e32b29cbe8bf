"""What of a run goes on now, as the few rows at the terminal's foot: the stage, its resources or its step, the time."""

from rich.text import Text

from eks_labs.display import layout, words
from eks_labs.events import (
    Event,
    Interrupted,
    ResourceChanged,
    RunStarted,
    ScenarioEnded,
    ScenarioStarted,
    StageEnded,
    StageStarted,
    StepEnded,
    StepStarted,
)
from eks_labs.terraform.waits import HARD_CODED, NOISE, type_of

MOST = 8
"""Rows of the foot on a terminal that has enough of them, the empty one above it counted."""

WIDEST = 76
"""Columns of the foot, however wide the terminal is."""

_INDENT = " " * 9
_FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_FRAMES_A_SECOND = 8


class Now:
    """Follows the events; `at` is their time, in seconds of one clock."""

    def __init__(self, started: float) -> None:
        self._started = started
        self._stage: tuple[str, str, float] | None = None
        self._resources: dict[tuple[str, str], float] = {}
        self._done = 0
        self._scenario = ""
        self._step: tuple[StepStarted, float] | None = None
        self._number = 0
        self._of = 0
        self._interrupted = False

    def note(self, event: Event, at: float) -> None:
        """Take an event in."""
        match event:
            case RunStarted():
                self._of = event.scenarios
            case StageStarted():
                self._stage = (event.stage, event.title, at)
                self._resources, self._done, self._scenario, self._step = {}, 0, "", None
            case StageEnded():
                self._stage = None
            case ResourceChanged():
                self._note_resource(event, at)
            case ScenarioStarted():
                self._number += 1
                self._scenario = event.name
            case ScenarioEnded():
                self._scenario, self._step = "", None
            case StepStarted():
                self._step = (event, at)
            case StepEnded():
                self._step = None
            case Interrupted():
                self._interrupted = True

    def rows(self, width: int, height: int, at: float) -> list[Text]:
        """The foot at the time `at`. Empty between stages."""
        if self._stage is None:
            return []
        width = min(layout.columns(width), WIDEST)
        most = max(1, min(MOST, height - 2))
        title = self._title(self._stage, width, at)
        if most < 3:
            return [title]
        return [Text(), title, *self._within(width, most - 3, at), self._bottom(width, at)]

    def _title(self, stage: tuple[str, str, float], width: int, at: float) -> Text:
        name, title, since = stage
        body = Text(title, style="bold")
        if self._done:
            body.append(f"  {self._done} done", style="dim")
        if name == "verify" and self._number:
            body.append(f"  {self._number} of {self._of}", style="dim")
        return layout.row(width, _running(at, since), body)

    def _within(self, width: int, most: int, at: float) -> list[Text]:
        if most < 1:
            return []
        return self._resource_rows(width, most, at) if self._resources else self._step_rows(width, most, at)

    def _resource_rows(self, width: int, most: int, at: float) -> list[Text]:
        """The longest first; they are what one waits for."""
        shown = most if len(self._resources) <= most else most - 1
        found = []
        for (address, action), since in list(self._resources.items())[:shown]:
            lead = _running(at, since).append("  ")
            waits = (type_of(address), action) in HARD_CODED and at - since > NOISE
            note = "  provider waits" if waits and width > 60 else ""
            body = Text.assemble(layout.ending(address, width - lead.cell_len - len(note)), (note, "yellow"))
            found.append(layout.row(width, lead, body))
        if len(self._resources) > shown:
            found.append(Text(f"{_INDENT}  and {len(self._resources) - shown} more", style="dim"))
        return found

    def _step_rows(self, width: int, most: int, at: float) -> list[Text]:
        found = [layout.row(width, Text(f"{_INDENT}  "), Text(self._scenario))] if self._scenario else []
        if self._step is not None:
            step, since = self._step
            sentence = Text.assemble((f"{step.keyword} ", "dim"), step.text)
            found.append(layout.row(width, _running(at, since).append("    "), sentence))
            for line in words.typed(step.docstring):
                lead = Text(f"{_INDENT}      {line[:2]}", style="dim")
                found.append(layout.row(width, lead, Text(line[2:], style="cyan")))
        return found[:most]

    def _bottom(self, width: int, at: float) -> Text:
        text = "Ctrl-C again ends it at once" if self._interrupted else "Ctrl-C ends it and cleans up"
        return layout.row(width, Text(f"  {_clock(at - self._started)}  ", style="dim"), Text(text, style="dim"))

    def _note_resource(self, event: ResourceChanged, at: float) -> None:
        key = (event.address, event.action)
        if event.state in ("started", "running"):
            self._resources.setdefault(key, at)
        else:
            self._resources.pop(key, None)
            self._done += event.state == "done"


def _running(at: float, since: float) -> Text:
    """What begins the row of something that runs. The time is on the left: rows stay short, and a terminal that becomes
    narrower seldom has to wrap one."""
    frame = _FRAMES[int(at * _FRAMES_A_SECOND) % len(_FRAMES)]
    return Text.assemble((f"{frame} ", "cyan"), (f"{_clock(at - since)}  ", "dim"))


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60:2d}:{int(seconds) % 60:02d}"
