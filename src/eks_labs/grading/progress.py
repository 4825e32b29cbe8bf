"""How far a batch is: a table in a terminal, a line a row elsewhere."""

from collections.abc import Callable

import click
from rich.live import Live
from rich.table import Table as RichTable
from rich.text import Text

from eks_labs.grading.rows import Row, Status

Show = Callable[[Row], None]

_COLOURS = {Status.GRADED: "green", Status.REJECTED: "yellow", Status.ERROR: "bold red"}
_LATEST = 15
"""Rows that the table shows: a batch may have more than a screen has lines."""


class Table:
    """A live table. A context manager."""

    def __init__(self, order: list[str]) -> None:
        self._count = len(order)
        self._rows: list[Row] = []
        self._live = Live(self._draw(), auto_refresh=False)

    def show(self, row: Row) -> None:
        """Add a row."""
        self._rows.append(row)
        self._live.update(self._draw(), refresh=True)

    def __enter__(self) -> "Table":
        self._live.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.__exit__(None, None, None)

    def _draw(self) -> RichTable:
        table = RichTable(title=f"{len(self._rows)} of {self._count} submissions", title_justify="left")
        for name, justify in (("Submission", "left"), ("Result", "left"), ("Points", "right"), ("Seconds", "right")):
            table.add_column(name, justify="right" if justify == "right" else "left")
        table.add_column("Reason", overflow="fold")
        for row in self._rows[-_LATEST:]:
            colour = _COLOURS[row.status]
            # Text, not markup: a submission's name or reason may hold brackets.
            status = Text(row.status.value, style=colour)
            table.add_row(Text(row.name), status, _points(row), f"{row.seconds:.0f}", Text(row.reason))
        return table


def lines(count: int) -> Show:
    """Shows a row as a line."""
    shown = iter(range(1, count + 1))

    def show(row: Row) -> None:
        start = (
            f"{next(shown):>4}/{count}  {row.status.value:<8}  {_points(row):>10}  {row.seconds:>5.0f} s  {row.name}"
        )
        click.echo(f"{start}  {row.reason}".rstrip().replace("\n", " "))

    return show


def _points(row: Row) -> str:
    return "–" if row.score is None else f"{row.score} of {row.of}"
