"""Events survive their JSON form, which is an interface: displays of others read it."""

import dataclasses
import json
import typing

import pytest

from eks_labs import events
from eks_labs.events import Bus, CommandRan, StepEnded, Wait, WaitsMeasured, from_json, name_of, to_json

SAMPLES: dict[type, typing.Any] = {str: "text", int: 3, float: 1.5, bool: True}
COMMAND = CommandRan("laptop", "kubectl get nodes", "NAME\n", 0, 0.2)


def sample(kind: type) -> events.Event:
    hints = typing.get_type_hints(kind)
    special = {
        "commands": (COMMAND,),
        "waits": (Wait("aws_vpc.a", "create", 10.0),),
        "exercises": (("All run", 60, 60),),
    }
    fields = {field.name: special.get(field.name) or SAMPLES[hints[field.name]] for field in dataclasses.fields(kind)}
    return typing.cast(events.Event, kind(**fields))


@pytest.mark.parametrize("kind", events.Event.__args__, ids=lambda kind: kind.__name__)
def test_every_event_survives_json(kind: type) -> None:
    event = sample(kind)
    assert from_json(to_json(event)) == event


def test_a_line_names_the_event_and_its_time() -> None:
    line = json.loads(to_json(WaitsMeasured("apply", 20.0, 11.0, ()), at=12.3456))
    assert line["event"] == "waits_measured"
    assert line["at"] == 12.346
    assert "\n" not in to_json(StepEnded("s", "When", "I run", "a\nb", "passed", 0.1, (COMMAND,)))


@pytest.mark.parametrize("line", ["", "{}", "[1]", '{"event": "no_such", "at": 1}', '{"event": "progress", "at": 1}'])
def test_what_is_no_event_is_refused(line: str) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        from_json(line)


def test_names_are_snake_case_and_unique() -> None:
    names = [name_of(kind) for kind in events.Event.__args__]
    assert "resource_changed" in names
    assert len(set(names)) == len(names)


def test_the_bus_hands_events_on_in_order() -> None:
    bus = Bus()
    seen: list[str] = []
    bus.subscribe(lambda event: seen.append(f"first {type(event).__name__}"))
    bus.subscribe(lambda event: seen.append(f"second {type(event).__name__}"))
    bus(events.Interrupted(1))
    assert seen == ["first Interrupted", "second Interrupted"]
