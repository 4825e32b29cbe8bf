"""Terraform's machine-readable output (`-json`), line by line, as events."""

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from eks_labs.events import Diagnostic, Event, ResourceChanged

_STATES = {
    "apply_start": "started",
    "apply_progress": "running",
    "apply_complete": "done",
    "apply_errored": "failed",
}


def parse(line: str) -> Mapping[str, Any] | None:
    """One line as Terraform wrote it; None when it is not JSON (a crash, a wrapper's chatter)."""
    try:
        message = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return message if isinstance(message, dict) else None


_NOT_TERRAFORMS = (KeyError, TypeError, AttributeError, ValueError, OverflowError)
"""What a message leads to that somebody else wrote: a command that Terraform runs can write to where Terraform does."""


def event(message: Mapping[str, Any]) -> Event | None:
    """The event that a message stands for, None when nobody needs to know, or it is not Terraform's."""
    with suppress(*_NOT_TERRAFORMS):
        return _event(message)
    return None


def _event(message: Mapping[str, Any]) -> Event | None:
    kind = message.get("type", "")
    if kind in _STATES:
        hook = message["hook"]
        return ResourceChanged(
            address=str(hook["resource"]["addr"]),
            action=str(hook["action"]),
            state=_STATES[kind],
            seconds=float(hook.get("elapsed_seconds", 0)),
        )
    if kind == "diagnostic":
        return _diagnostic(message["diagnostic"])
    return None


def planned(message: Mapping[str, Any]) -> str:
    """What a plan's message says will be done: "update ADDRESS". Empty for others, and for data that is read."""
    if message.get("type") != "planned_change":
        return ""
    with suppress(*_NOT_TERRAFORMS):
        change = message["change"]
        return "" if change["action"] in ("noop", "read") else f"{change['action']} {change['resource']['addr']}"
    return ""


def _diagnostic(found: Mapping[str, Any]) -> Diagnostic:
    place = ""
    if "range" in found:
        place = f"{found['range']['filename']} line {found['range']['start']['line']}"
    return Diagnostic(
        severity=str(found["severity"]),
        summary=str(found["summary"]),
        detail=str(found.get("detail", "")),
        address=str(found.get("address", "")),
        place=place,
    )
