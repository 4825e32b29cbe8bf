"""Displays for logs and programs, and which display a run gets."""

import io
import json
import os
import sys
from pathlib import Path

import pytest

from eks_labs import events, facts
from eks_labs.cli import running
from eks_labs.display import words
from eks_labs.display.json_lines import JsonLines
from eks_labs.display.live import Live
from eks_labs.display.plain import Plain
from eks_labs.docs.errors import DocsError
from eks_labs.docs.event_reference import read_events
from eks_labs.events import Bus, CommandRan, Event, StepEnded, from_json
from tests.labs import replay

COMMAND = CommandRan("laptop", "kubectl get \\\n  nodes\nkubectl get pods\n", "NAME\n", 0, 0.2)
WAITS = events.WaitsMeasured("apply", 60.0, 20.0, (events.Wait("module.a.aws_vpc.b", "create", 11.0),))

LINES: list[tuple[Event, list[str]]] = [
    (events.RunStarted("a", "Title", "local", "/f", "/f/d", 3), ["a: Title (target local)"]),
    (events.StageStarted("apply", "Terraform applies"), ["== Terraform applies"]),
    (events.StageEnded("apply", "passed", 125.0), ["   done in 2 min 05 s"]),
    (events.StageEnded("apply", "interrupted", 9.97), ["   interrupted after 10 s"]),
    (events.Progress("start", "the API answers"), ["   the API answers"]),
    (events.ResourceChanged("aws_vpc.a", "create", "done", 11.0), ["   create aws_vpc.a done (11 s)"]),
    (events.ResourceChanged("aws_vpc.a", "create", "started", 0.0), []),
    (events.ManifestApplied("Deployment", "default", "web"), ["   Deployment default/web"]),
    (
        events.Diagnostic("warning", "Deprecated", "Use\nother.", "aws_vpc.a", "main.tf line 2"),
        ["   Terraform warning: Deprecated (aws_vpc.a, main.tf line 2)", "     Use", "     other."],
    ),
    (events.ScenarioStarted("Ten", "exact", False), ["   Ten"]),
    (
        StepEnded("Ten", "When", "I run from the laptop", COMMAND.text, "passed", 0.2, (COMMAND,)),
        [
            "     ✓ When I run from the laptop",
            "     $ kubectl get \\",
            "     >   nodes",
            "     $ kubectl get pods",
        ],
    ),
    (
        StepEnded("Ten", "Then", "it is so", "", "failed", 1.0, (), "this", "that\x1b[1m\n and more", "look"),
        [
            "     ✗ Then it is so",
            "       expected  this",
            "       seen      that and more",
            "       hint      look",
            "       details   ",
        ],
    ),
    (events.ScenarioEnded("Ten", "exact", False, "passed", 1.0), ["   ✓ Ten (1.0 s)"]),
    (events.ScenarioEnded("GPU", "skipped", False, "skipped", 0, "no GPU"), ["   – GPU (skipped: no GPU)"]),
    (
        WAITS,
        [
            "   20 s of the 60 s of terraform apply were fixed waits of the AWS provider:",
            "     module.a.aws_vpc.b: 11 s (enable_dns_hostnames is looked at 10 s after it was set)",
        ],
    ),
    (events.Failed("it broke", "Do this.\nOr that.", 2), ["error: it broke", "  Do this.", "  Or that."]),
    (events.Interrupted(1), ["interrupted: destroying what was made (once more to end at once)"]),
    (events.Interrupted(2), ["interrupted twice: ended at once"]),
    (events.Scored(60, 100, (("All run", 60, 100),)), [" 60 of 100  All run", " 60 of 100  in all"]),
    (events.RunEnded("a", 1, 98.0, 5, 1, 0, False, "/d"), ["a failed: 5 passed, 1 failed, 98 s"]),
    (
        events.RunEnded("a", 0, 98.0, 5, 0, 1, True, ""),
        [
            "a passed: 5 passed, 1 skipped, 98 s",
            "a is still up. Use it with: labs shell a. End it with: labs destroy a",
        ],
    ),
]


@pytest.mark.parametrize(("event", "lines"), LINES, ids=lambda value: type(value).__name__)
def test_plain_lines(event: Event, lines: list[str]) -> None:
    out = io.StringIO()
    Plain(out)(event)
    assert [line[8:] for line in out.getvalue().splitlines()] == lines


def test_a_failed_step_is_told_in_five_lines_however_much_was_seen() -> None:
    step = StepEnded("s", "When", "I run", "a\nb", "failed", 1.0, (), "x" * 5000, "line\n" * 900, "h")
    lines = words.failure(step, "/bundle")
    assert len(lines) == 5
    assert lines[0] == "When I run: a"
    assert max(map(len, lines)) < 420


def test_json_lines_are_the_events() -> None:
    out = io.StringIO()
    write = JsonLines(out)
    run = [event for _, event in replay.run(failing=True)]
    for event in run:
        write(event)
    assert [from_json(line) for line in out.getvalue().splitlines()] == run
    assert json.loads(out.getvalue().splitlines()[-1])["event"] == "run_ended"


@pytest.mark.parametrize("display", [Plain, JsonLines])
def test_a_reader_that_leaves_does_not_end_the_run(display: type[Plain] | type[JsonLines]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as out:
        show = display(out)
        for _, event in replay.run():
            show(event)


@pytest.mark.parametrize(
    ("flags", "terminal", "term", "kind"),
    [
        ((False, True), True, "xterm", JsonLines),
        ((True, True), True, "xterm", JsonLines),
        ((True, False), True, "xterm", Plain),
        ((False, False), False, "xterm", Plain),
        ((False, False), True, "dumb", Plain),
        ((False, False), True, "", Plain),
        ((False, False), True, "xterm", Live),
    ],
)
def test_the_display_that_fits(
    flags: tuple[bool, bool], terminal: bool, term: str, kind: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = io.StringIO()
    monkeypatch.setattr(out, "isatty", lambda: terminal, raising=False)
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setenv("TERM", term)
    bus = Bus()
    with running.display(bus, *flags):
        assert [type(subscriber) for subscriber in bus._subscribers] == [kind]


def test_the_reference_has_every_event_with_types_and_units() -> None:
    shapes = {shape.name: shape for shape in read_events(Path(facts.__file__))}
    assert {events.name_of(kind) for kind in Event.__args__} <= shapes.keys()
    fields = {field.name: field for field in shapes["step_ended"].fields}
    assert (fields["seconds"].type, fields["seconds"].unit) == ("number", "s")
    assert fields["commands"].type == "array of CommandRan"
    assert not shapes["CommandRan"].event
    assert next(field.type for field in shapes["scored"].fields if field.name == "exercises") == (
        "array of arrays (string, integer, integer)"
    )


def test_a_field_that_says_nothing_is_refused(tmp_path: Path) -> None:
    module = tmp_path / "facts.py"
    module.write_text('class Progress:\n    """Words."""\n\n    text: str\n')
    with pytest.raises(DocsError, match=r"Progress\.text has no meaning"):
        read_events(module)
