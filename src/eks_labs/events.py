"""What happens in a run, as facts on one bus. Displays, logs and records subscribe; nobody else needs to know them.

The JSON form (`labs run --json`, one object a line) is `{"event": NAME, "at": SECONDS, …fields}`; NAME is the class's
name in snake case. The reference page of the docs is made from these classes.
"""

import json
import re
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from eks_labs.facts import (
    CommandRan,
    Diagnostic,
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
    StepStarted,
    Wait,
    WaitsMeasured,
)

__all__ = [
    "Bus",
    "CommandRan",
    "Diagnostic",
    "Event",
    "Failed",
    "Interrupted",
    "ManifestApplied",
    "Progress",
    "ResourceChanged",
    "RunEnded",
    "RunStarted",
    "ScenarioEnded",
    "ScenarioStarted",
    "Scored",
    "StageEnded",
    "StageStarted",
    "StepEnded",
    "StepStarted",
    "Subscriber",
    "Wait",
    "WaitsMeasured",
    "from_json",
    "name_of",
    "to_json",
]

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
