"""A picture of a run, as its terminal showed it: `labs run LAB --json | python -m eks_labs.docs.picture > run.svg`."""

import re
import sys
from collections.abc import Iterable
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.text import Text

from eks_labs.display.scroll import Scroll
from eks_labs.events import Event, Progress, ResourceChanged, WaitsMeasured, from_json

WIDTH = 104
"""Columns: a step of the longest kind, and a picture that can be read in a README."""

_SHOWN = 44
"""Rows, so that the picture fits a screen. What is left out of the middle is said."""


def picture(lines: Iterable[str], title: str) -> str:
    """SVG of the run whose events are `lines` (JSON, one a line). Nothing in it is fetched from elsewhere."""
    console = Console(record=True, width=WIDTH, file=StringIO(), force_terminal=True, color_system="truecolor")
    scroll = Scroll(console, Path.home())
    events = [from_json(line) for line in lines]
    rows = [row for event in events for row in _kept(event, scroll.rows(event, WIDTH))]
    for row in _shortened(rows):
        console.print(row, no_wrap=True, overflow="ellipsis")
    svg = console.export_svg(title=title)
    # Rich's template asks a server for its font; every system has a monospaced one.
    return re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL).replace("Fira Code", "ui-monospace")


def _kept(event: Event, rows: list[Text]) -> list[Text]:
    """Resources are left out: their stage ends with their number. The first of a stage brings its heading."""
    match event:
        case ResourceChanged() | Progress():
            return rows[:-1]
        case WaitsMeasured():
            return []
        case _:
            return rows


def _shortened(rows: list[Text]) -> list[Text]:
    if len(rows) <= _SHOWN:
        return rows
    head = 2 * _SHOWN // 3
    tail = _SHOWN - head - 1
    return [*rows[:head], Text(f"  … {len(rows) - head - tail} more lines", style="dim"), *rows[-tail:]]


if __name__ == "__main__":
    sys.stdout.write(picture(sys.stdin, "bin/labs run chapter07"))
