"""Conditions on the fields of a JSON event: `$.verb = "delete" && $.objectRef.name != kube-*`.

A comparison with a field that an event does not have is false, whatever the comparison; `NOT EXISTS` is the way to ask.
"""

import re
from collections.abc import Callable
from typing import Any

Holds = Callable[[Any], bool]
"""Whether an event, parsed, fulfils a condition."""

_TOKEN = re.compile(
    r"""\s*(?:
    (?P<selector>\$(?:\.[\w\-/@]+|\.\*|\[\d+\]|\[\*\]|\["[^"]*"\]|\['[^']*'\])*)
    |(?P<operator>&&|\|\||!=|<=|>=|=|<|>|\(|\))
    |"(?P<text>(?:[^"\\]|\\.)*)"
    |%(?P<regex>[^%]*)%
    |(?P<word>[^\s()&|=<>!"]+)
    )""",
    re.VERBOSE,
)
_STEP = re.compile(r"""\.([\w\-/@]+|\*)|\[(\d+|\*)\]|\["([^"]*)"\]|\['([^']*)'\]""")
_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?$")


class Malformed(ValueError):
    """The text is no pattern; says where."""


def condition(text: str) -> Holds:
    """Parse what stands between the braces. Raises Malformed."""
    parser = _Parser(text)
    holds = parser.either()
    if parser.kind:
        raise Malformed(f"unexpected {parser.value!r}")
    return holds


class _Parser:
    """Recursive descent over the tokens; `kind` and `value` are those of the next one."""

    def __init__(self, text: str) -> None:
        self._text = text.rstrip()
        self._place = 0
        self.kind = ""
        self.value = ""
        self._advance()

    def either(self) -> Holds:
        """Alternatives, of which one must hold."""
        parts = [self._both()]
        while self._taken("||"):
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else lambda event: any(holds(event) for holds in parts)

    def _both(self) -> Holds:
        parts = [self._single()]
        while self._taken("&&"):
            parts.append(self._single())
        return parts[0] if len(parts) == 1 else lambda event: all(holds(event) for holds in parts)

    def _single(self) -> Holds:
        if self._taken("("):
            inner = self.either()
            if not self._taken(")"):
                raise Malformed("a ) is missing")
            return inner
        if self.kind != "selector":
            raise Malformed(f"a condition begins with a selector such as $.verb, not with {self.value!r}")
        selector = self._advance()
        if self.kind == "word":
            return self._state(selector)
        operator = self._advance() if self.kind == "operator" else ""
        if operator not in _COMPARISONS or self.kind not in ("text", "regex", "word"):
            raise Malformed(f"{selector} needs a comparison and a value")
        accepts = _accepts(operator, self.kind, self._advance())
        return lambda event: any(accepts(value) for value in _select(event, selector))

    def _state(self, selector: str) -> Holds:
        words = (self._advance().upper(), self._advance().upper())
        if words == ("NOT", "EXISTS"):
            return lambda event: not _select(event, selector)
        if words[0] != "IS" or words[1] not in _STATES:
            raise Malformed(f"{selector} {' '.join(words)} is no condition")
        wanted = _STATES[words[1]]
        return lambda event: any(value is wanted for value in _select(event, selector))

    def _taken(self, operator: str) -> bool:
        if self.kind == "operator" and self.value == operator:
            self._advance()
            return True
        return False

    def _advance(self) -> str:
        """Take the next token; returns the value of the one before."""
        before = self.value
        if self._place >= len(self._text):
            self.kind = self.value = ""
            return before
        found = _TOKEN.match(self._text, self._place)
        if not found or not found.lastgroup:
            raise Malformed(f"cannot read {self._text[self._place :]!r}")
        self.kind, self.value, self._place = found.lastgroup, found[found.lastgroup], found.end()
        return before


_STATES: dict[str, bool | None] = {"NULL": None, "TRUE": True, "FALSE": False}
_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "=": lambda one, other: one == other,
    "!=": lambda one, other: one != other,
    "<": lambda one, other: one < other,
    ">": lambda one, other: one > other,
    "<=": lambda one, other: one <= other,
    ">=": lambda one, other: one >= other,
}


def _accepts(operator: str, kind: str, wanted: str) -> Holds:
    """Whether a field's value compares so. Numbers as numbers, everything else as text with `*` for anything."""
    if kind == "word" and _NUMBER.match(wanted):
        number, compare = float(wanted), _COMPARISONS[operator]
        return lambda value: (
            isinstance(value, int | float) and not isinstance(value, bool) and compare(float(value), number)
        )
    if operator not in ("=", "!="):
        raise Malformed(f"{operator} compares numbers, not {wanted!r}")
    if kind == "regex":
        expression = re.compile(wanted)
        return lambda value: _is_text(value) and (expression.search(_text(value)) is not None) == (operator == "=")
    plain = re.sub(r"\\(.)", r"\1", wanted) if kind == "text" else wanted
    glob = re.compile(".*".join(map(re.escape, plain.split("*"))), re.DOTALL)
    return lambda value: _is_text(value) and (glob.fullmatch(_text(value)) is not None) == (operator == "=")


def _is_text(value: Any) -> bool:
    return isinstance(value, str | int | float | bool)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _select(event: Any, selector: str) -> list[Any]:
    """The values at a selector: none when there is no such field, several when it has a `*`."""
    found = [event]
    for step in _STEP.finditer(selector):
        name = next(part for part in step.groups() if part is not None)
        if step[2] is not None and name != "*":
            found = [value[int(name)] for value in found if isinstance(value, list) and int(name) < len(value)]
        elif name == "*":
            found = [child for value in found for child in _children(value)]
        else:
            found = [value[name] for value in found if isinstance(value, dict) and name in value]
    return found


def _children(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
