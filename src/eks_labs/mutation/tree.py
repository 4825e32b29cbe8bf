"""A file as a tree of nodes, each with its place in the text: the same for YAML and HCL."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["mapping", "sequence", "scalar", "expression"]


@dataclass(frozen=True)
class Node:
    """A value. Places are offsets in characters into the file's text."""

    key: str
    """What it is called where it stands: an attribute's name, a block's header, an item's number."""
    kind: Kind
    """Scalars are numbers, booleans and plain strings; an expression is what only its language understands."""
    line: int
    start: int
    end: int
    value: str = ""
    """A scalar's value without quotes; an expression's text without its layout."""
    quoted: bool = False
    tag: str = ""
    """What kind of scalar it is, where the text of the value does not tell: "10" may be a number or a string."""
    children: tuple["Node", ...] = ()
    begin: int = 0
    """Where its name begins, or the dash before it: where it would have to be put back."""
    cut: tuple[int, int] | None = None
    """What goes when it is deleted; None when it cannot be alone."""

    @property
    def shape(self) -> object:
        """All that it means: two nodes of the same shape differ in layout and comments alone."""
        if self.kind == "mapping":
            return {child.key: child.shape for child in self.children}
        if self.kind == "sequence":
            return [child.shape for child in self.children]
        return (self.kind, self.value, self.tag)


@dataclass(frozen=True)
class Edit:
    """A replacement of a part of the text."""

    start: int
    end: int
    text: str = ""

    def made_in(self, text: str) -> str:
        """The text after it."""
        return text[: self.start] + self.text + text[self.end :]


def cuts(text: str, spans: list[tuple[int, int]], *, lines: bool) -> list[tuple[int, int] | None]:
    """What goes when one of the siblings at `spans` is deleted: itself and what separates it from another.

    `lines`: siblings may stand on lines of their own, so that the last one goes with the whole of its lines.
    """
    found: list[tuple[int, int] | None] = []
    for number, (start, end) in enumerate(spans):
        if number + 1 < len(spans):
            found.append((start, spans[number + 1][0]))
        elif number == 0:
            found.append(None)
        elif lines:
            found.append((line_start(text, start), line_end(text, end)))
        else:
            found.append((spans[number - 1][1], end))
    return found


def line_start(text: str, position: int) -> int:
    """Where the line of `position` begins."""
    return text.rfind("\n", 0, position) + 1


def line_end(text: str, position: int) -> int:
    """Where the line of `position` ends, its end included; `position` itself at the beginning of a line."""
    if position == 0 or text[position - 1] == "\n":
        return position
    found = text.find("\n", position)
    return len(text) if found < 0 else found + 1
