"""One way to print what was measured: name, value, limit, and whether the value is within it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One measurement. `limit` is what the project aims at; None where it only informs."""

    name: str
    value: float
    unit: str
    limit: float | None = None

    def __str__(self) -> str:
        aim = "" if self.limit is None else f"{self.limit:>8g}  {'ok' if self.value <= self.limit else 'OVER'}"
        return f"{self.name:<58} {self.value:>9.2f} {self.unit:<3} {aim}"


def print_table(rows: list[Row]) -> None:
    """Print the rows under a head line."""
    print(f"{'measurement':<58} {'value':>9} {'':<3} {'limit':>8}")
    for row in rows:
        print(row)
