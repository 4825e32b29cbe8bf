"""The foot of a terminal: rows that change in place, while what is finished is written above them and scrolls away.

Each change is one write. The cursor is never hidden and no mode of the terminal is changed, so there is nothing to
restore, whatever ends this program, SIGKILL included.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from rich.console import Console
from rich.text import Text

_ERASE_BELOW = "\x1b[J"
_UP = "\x1b[{}A"


class Size(NamedTuple):
    """Of a terminal."""

    width: int
    height: int


class Foot:
    """Owns the last rows of a terminal. Used by one thread."""

    def __init__(self, console: Console, size: Callable[[], Size]) -> None:
        self._console = console
        self._size = size
        self._drawn: tuple[Text, ...] = ()

    def draw(self, above: Sequence[Text], foot: Sequence[Text]) -> None:
        """Write `above` over the foot, and the new foot under it."""
        now = tuple(foot)
        if not above and now == self._drawn:
            return
        text = self._erase() + self._rendered(above) + self._rendered(now).removesuffix("\n")
        self._drawn = now
        self._console.file.write(text)
        self._console.file.flush()

    def _erase(self) -> str:
        """To the start of the foot. A terminal that became narrower has wrapped its rows; then it has more of them."""
        if not self._drawn:
            return "\r" + _ERASE_BELOW
        width = max(1, self._size().width)
        up = sum(max(1, -(-row.cell_len // width)) for row in self._drawn) - 1
        return "\r" + (_UP.format(up) if up else "") + _ERASE_BELOW

    def _rendered(self, rows: Sequence[Text]) -> str:
        with self._console.capture() as captured:
            for row in rows:
                self._console.print(row, soft_wrap=True)
        return captured.get()
