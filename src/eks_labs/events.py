"""What happens in a run, as facts on one bus. Displays, logs and records subscribe; nobody else needs to know them.

The JSON form (`labs run --json`, one object a line) is `{"event": NAME, "at": SECONDS, …fields}`; NAME is the class's
name in snake case. The reference page of the docs is made from these classes.
"""

import json
import re
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class RunStarted:
    """A run begins."""

    lab: str
    title: str
    target: str
    folder: str
    """Where everything of this run is kept."""
    diagnostics: str
    """Where the bundle will be if something fails."""
    scenarios: int
    """How many scenarios will be verified."""


@dataclass(frozen=True)
class StageStarted:
    """A stage begins."""

    stage: str
    title: str


@dataclass(frozen=True)
class StageEnded:
    """A stage ended."""

    stage: str
    outcome: str
    """"passed", "failed" or "interrupted"."""
    seconds: float


@dataclass(frozen=True)
class Progress:
    """Something worth a line, in words."""

    stage: str
    text: str


@dataclass(frozen=True)
class ResourceChanged:
    """Terraform works on a resource."""

    address: str
    action: str
    """"create", "update", "delete" or "read"."""
    state: str
    """"started", "running", "done" or "failed"."""
    seconds: float


@dataclass(frozen=True)
class Diagnostic:
    """Terraform reports an error or a warning."""

    severity: str
    summary: str
    detail: str
    address: str
    """Resource address, empty when it is about none."""
    place: str
    """File and line, empty when unknown."""


@dataclass(frozen=True)
class ManifestApplied:
    """A Kubernetes object was applied."""

    kind: str
    namespace: str
    name: str


@dataclass(frozen=True)
class ScenarioStarted:
    """A scenario begins."""

    name: str
    fidelity: str
    """"exact", "modelled" or "skipped"."""
    exercise: bool


@dataclass(frozen=True)
class StepStarted:
    """A step begins."""

    scenario: str
    keyword: str
    text: str
    docstring: str


@dataclass(frozen=True)
class CommandRan:
    """A command at a vantage point, as typed, and what it said."""

    vantage: str
    text: str
    output: str
    exit_code: int
    seconds: float


@dataclass(frozen=True)
class StepEnded:
    """A step ended."""

    scenario: str
    keyword: str
    text: str
    docstring: str
    outcome: str
    """"passed" or "failed"."""
    seconds: float
    commands: tuple[CommandRan, ...] = ()
    expected: str = ""
    seen: str = ""
    hint: str = ""


@dataclass(frozen=True)
class ScenarioEnded:
    """A scenario ended."""

    name: str
    fidelity: str
    exercise: bool
    outcome: str
    """"passed", "failed" or "skipped"."""
    seconds: float
    reason: str = ""
    """Why it was skipped."""


@dataclass(frozen=True)
class Wait:
    """Time that a resource took beyond what its API calls explain: the provider waits for a fixed time."""

    address: str
    action: str
    seconds: float


@dataclass(frozen=True)
class WaitsMeasured:
    """What of Terraform's time was the provider's own waiting."""

    command: str
    """"apply" or "destroy"."""
    seconds: float
    """Wall clock of the command."""
    waited: float
    """Seconds of it in which nothing but waits went on."""
    waits: tuple[Wait, ...]


@dataclass(frozen=True)
class Failed:
    """Something ended the run or a stage of it."""

    what: str
    remedy: str
    exit_code: int


@dataclass(frozen=True)
class Interrupted:
    """Ctrl-C. The first goes through destroy, the second does not."""

    count: int


@dataclass(frozen=True)
class Scored:
    """A workspace's points."""

    points: int
    of: int
    exercises: tuple[tuple[str, int, int], ...]
    """Name, points got, points possible."""


@dataclass(frozen=True)
class RunEnded:
    """A run is over."""

    lab: str
    exit_code: int
    seconds: float
    passed: int
    failed: int
    skipped: int
    kept: bool
    """Whether the lab is still up (`--keep`)."""
    diagnostics: str
    """Folder of the bundle, empty when none was needed."""


Event = (
    RunStarted
    | StageStarted
    | StageEnded
    | Progress
    | ResourceChanged
    | Diagnostic
    | ManifestApplied
    | ScenarioStarted
    | StepStarted
    | StepEnded
    | ScenarioEnded
    | WaitsMeasured
    | Failed
    | Interrupted
    | Scored
    | RunEnded
)

Subscriber = Callable[[Event], None]


class Bus:
    """Hands each event to every subscriber, in the order they subscribed, in the caller's thread."""

    def __init__(self) -> None:
        self._subscribers: list[Subscriber] = []

    def subscribe(self, subscriber: Subscriber) -> None:
        """Add a subscriber; it gets the events from now on."""
        self._subscribers.append(subscriber)

    def __call__(self, event: Event) -> None:
        """Publish."""
        for subscriber in self._subscribers:
            subscriber(event)


def name_of(event: type[Any]) -> str:
    """An event's name in JSON: its class's, in snake case."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", event.__name__).lower()


def to_json(event: Event, at: float | None = None) -> str:
    """One line of JSON. `at`: seconds since the epoch, now when not given."""
    fields = {"event": name_of(type(event)), "at": round(time.time() if at is None else at, 3), **asdict(event)}
    return json.dumps(fields, ensure_ascii=False)


def from_json(line: str) -> Event:
    """The inverse of `to_json`. Raises `ValueError` for what is none."""
    fields = json.loads(line)
    del fields["at"]
    kind = {name_of(event): event for event in Event.__args__}.get(fields.pop("event"))
    if kind is None:
        raise ValueError(f"not an event: {line[:200]}")
    if kind is StepEnded:
        fields["commands"] = tuple(CommandRan(**command) for command in fields["commands"])
    if kind is WaitsMeasured:
        fields["waits"] = tuple(Wait(**wait) for wait in fields["waits"])
    if kind is Scored:
        fields["exercises"] = tuple(tuple(exercise) for exercise in fields["exercises"])
    event: Event = kind(**fields)
    return event
