"""Terraform's `-json` lines, as Terraform 1.11 wrote them."""

import json

import pytest

from eks_labs.events import Diagnostic, ResourceChanged
from eks_labs.terraform import messages


def _hook(kind: str, **more: object) -> dict[str, object]:
    resource = {"addr": 'module.a.aws_vpc.b["c"]', "resource_type": "aws_vpc"}
    return {"@level": "info", "type": kind, "hook": {"resource": resource, "action": "create", **more}}


def test_a_resource_from_start_to_end() -> None:
    events = [
        messages.event(_hook("apply_start")),
        messages.event(_hook("apply_progress", elapsed_seconds=10)),
        messages.event(_hook("apply_complete", elapsed_seconds=12, id_value="vpc-1")),
    ]
    assert [(event.state, event.seconds) for event in events if isinstance(event, ResourceChanged)] == [
        ("started", 0.0),
        ("running", 10.0),
        ("done", 12.0),
    ]


def test_a_failure() -> None:
    failed = messages.event(_hook("apply_errored", elapsed_seconds=2))
    assert isinstance(failed, ResourceChanged)
    assert failed.state == "failed"


def test_a_diagnostic_with_its_place() -> None:
    event = messages.event(
        {
            "type": "diagnostic",
            "diagnostic": {
                "severity": "error",
                "summary": "Unsupported argument",
                "detail": 'An argument named "sise" is not expected here.',
                "range": {"filename": "main.tf", "start": {"line": 12, "column": 3, "byte": 1}},
            },
        }
    )
    assert event == Diagnostic(
        "error", "Unsupported argument", 'An argument named "sise" is not expected here.', "", "main.tf line 12"
    )


def test_lines_that_are_no_messages() -> None:
    assert messages.parse("panic: runtime error") is None
    assert messages.parse("[]") is None
    parsed = messages.parse(json.dumps({"type": "version", "terraform": "1.11.4"}))
    assert parsed is not None
    assert messages.event(parsed) is None


@pytest.mark.parametrize(
    "line",
    [
        '{"type": "apply_start"}',
        '{"type": "apply_start", "hook": []}',
        '{"type": "apply_complete", "hook": {"resource": {"addr": "a.b"}, "action": "create", "elapsed_seconds": "x"}}',
        json.dumps(_hook("apply_progress", elapsed_seconds=10**400)),
        '{"type": "diagnostic", "diagnostic": {"severity": "error"}}',
        '{"type": "diagnostic", "diagnostic": {"severity": "error", "summary": "it", "range": 4}}',
        '{"type": ["apply_start"]}',
        '{"type": "planned_change"}',
        '{"type": "planned_change", "change": {"action": "create", "resource": null}}',
        "[" * 100_000,
        '{"type": ' * 100_000,
    ],
)
def test_lines_that_somebody_else_wrote(line: str) -> None:
    message = messages.parse(line) or {}
    assert messages.event(message) is None
    assert messages.planned(message) == ""
