"""CloudWatch's filter patterns: terms, regular expressions, and conditions on the fields of JSON events.

Source: "Filter pattern syntax for metric filters, subscription filters, filter log events, and Live Tail" in the
CloudWatch Logs User Guide. Patterns for space-delimited events (`[ip, user, …]`) are not implemented, and say so.
"""

import json
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from moto.logs.exceptions import InvalidParameterException

from eks_local.aws.logs.conditions import Malformed, condition

Matches = Callable[[str], bool]
"""Whether an event's message matches."""

_TERM = re.compile(r'\s*(?P<sign>[-?]?)(?:"(?P<phrase>(?:[^"\\]|\\.)*)"|%(?P<regex>[^%]*)%|(?P<word>[^\s"%]+))')


class EventMessageFilter:
    """One filter pattern, in the shape of moto's class of that name."""

    def __init__(self, pattern: str | None) -> None:
        """Raises InvalidParameterException when `pattern` is none of CloudWatch's."""
        self.matches: Matches = matcher(pattern or "")


@lru_cache(maxsize=64)
def matcher(pattern: str) -> Matches:
    """What `pattern` matches: every message when it is empty. Raises InvalidParameterException, NotImplementedError."""
    text = pattern.strip()
    if not text:
        return lambda _message: True
    if text.startswith("["):
        raise NotImplementedError("filter patterns for space-delimited events")
    try:
        return _fields(text) if text.startswith("{") else _terms(text)
    except (Malformed, re.error) as error:
        raise InvalidParameterException(f"Invalid filter pattern: {error}") from error


def _fields(text: str) -> Matches:
    if not text.endswith("}"):
        raise Malformed("a JSON pattern ends with }")
    holds = condition(text[1:-1])

    def matches(message: str) -> bool:
        try:
            event: Any = json.loads(message)
        except ValueError:
            return False
        return holds(event)

    return matches


def _terms(text: str) -> Matches:
    """All plain terms and none with a minus; those with a question mark count when there are no others."""
    wanted: dict[str, list[Matches]] = {"": [], "-": [], "?": []}
    place = 0
    while place < len(text):
        found = _TERM.match(text, place)
        if not found:
            raise Malformed(f"cannot read {text[place:]!r}")
        wanted[found["sign"]].append(_term(found))
        place = found.end()
    every, never, some = wanted[""], wanted["-"], wanted["?"]

    def matches(message: str) -> bool:
        if any(term(message) for term in never):
            return False
        if every or never:
            return all(term(message) for term in every)
        return any(term(message) for term in some)

    return matches


def _term(found: re.Match[str]) -> Matches:
    if found["regex"] is not None:
        expression = re.compile(found["regex"])
        return lambda message: expression.search(message) is not None
    text = re.sub(r"\\(.)", r"\1", found["phrase"]) if found["phrase"] is not None else found["word"]
    return lambda message: text in message
