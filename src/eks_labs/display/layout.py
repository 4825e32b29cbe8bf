"""Rows of a terminal: a mark, words, and what stands at the right edge. None is wider than the terminal."""

from rich.console import Console
from rich.text import Text

WIDEST = 84
"""Columns that are used of a wide terminal: further to the right, nobody sees which row a time belongs to."""


_LEAST = 9
"""Columns that words get at least: on a terminal that is as narrow, what stands beside them gives way."""


def columns(width: int) -> int:
    """Columns to use of a terminal: the last one stays free, for a cursor there wraps on some."""
    return max(10, min(width - 1, WIDEST))


def rows(console: Console, width: int, lead: Text, body: Text, right: Text | None = None) -> list[Text]:
    """`lead`, then `body` on as many rows as it needs, each beginning where the first does; `right` on the first."""
    if width - lead.cell_len < _LEAST:
        lead.truncate(max(0, width - _LEAST))
    if right and width - lead.cell_len - right.cell_len - 2 < _LEAST:
        right = None
    room = width - lead.cell_len - (right.cell_len + 2 if right else 0)
    body.rstrip()
    found: list[Text] = []
    for number, line in enumerate(body.wrap(console, room, overflow="fold") or [Text()]):
        line.rstrip()
        row = lead.copy() if number == 0 else Text(" " * lead.cell_len)
        row.append_text(line)
        found.append(row)
    if right:
        found[0] = _flush_right(found[0], right, width)
    return found


def row(width: int, lead: Text, body: Text, right: Text | None = None) -> Text:
    """As `rows`, but on one row: what does not fit is cut."""
    room = max(1, width - lead.cell_len - (right.cell_len + 2 if right else 0))
    whole = lead.copy()
    body = body.copy()
    body.truncate(room, overflow="ellipsis")
    whole.append_text(body)
    if right:
        whole = _flush_right(whole, right, width)
    whole.truncate(width)
    return whole


def limited(console: Console, width: int, lead: Text, body: Text, most: int) -> list[Text]:
    """As `rows`, but on `most` rows at most: then the last ends in …"""
    found = rows(console, width, lead, body.copy())
    if len(found) <= most:
        return found
    found = found[:most]
    found[-1].truncate(width - 1)
    found[-1].append("…")
    return found


def ending(text: str, width: int) -> str:
    """`text`, or the end of it: of a resource's address that is what tells."""
    return text if len(text) <= width else "…" + text[len(text) - max(1, width - 1) :]


def _flush_right(left: Text, right: Text, width: int) -> Text:
    left.append(" " * max(2, width - left.cell_len - right.cell_len))
    left.append_text(right)
    return left
