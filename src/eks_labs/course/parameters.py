"""What differs from learner to learner: values of a lab, drawn from a seed.

A lab declares tables in `lab.toml`, as Gherkin's Examples are. The names of one table are drawn together, a row of it:

    [[parameter]]
    names = ["office", "outside"]
    rows = [["203.0.113.0/25", "203.0.113.128"], ["203.0.113.0/26", "203.0.113.64"]]

Its exercises' scenarios, tasks, hints and solutions refer to them as Gherkin does: `<office>`. The first row is what
holds without a seed. Nothing here keeps a secret: whoever has the seed and the lab has the values.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

NAME = "[a-z][a-z0-9_]*"
"""What a parameter may be called."""

LONGEST_SEED = 64

_PLACEHOLDER = re.compile(f"<({NAME})>")


@dataclass(frozen=True)
class Table:
    """Names that are drawn together, and the rows there are to draw."""

    names: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def tables(declared: Sequence[Mapping[str, Any]]) -> tuple[Table, ...]:
    """The tables as `lab.toml` declares them, which keeps its schema and has no `violations`."""
    return tuple(Table(tuple(t["names"]), tuple(tuple(map(str, row)) for row in t["rows"])) for t in declared)


def draw(among: Sequence[Table], seed: str | None, lab: str) -> dict[str, str]:
    """Name → value, a row of each table: the first without a seed, else always the same for the same seed and lab."""
    drawn: dict[str, str] = {}
    for table in among:
        drawn.update(zip(table.names, table.rows[_number(table, seed, lab)], strict=True))
    return drawn


def fill(text: str, values: Mapping[str, str]) -> str:
    """`text` with each `<name>` of a value replaced, once: everything else in angle brackets stays as it is."""
    if not values:
        return text
    return _PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), text)


def placeholders(text: str) -> list[tuple[int, str]]:
    """(line, name) of all that looks like a placeholder, be there a parameter of that name or not."""
    return [
        (number, found[1])
        for number, line in enumerate(text.split("\n"), start=1)
        for found in _PLACEHOLDER.finditer(line)
    ]


def shown(values: Mapping[str, str]) -> str:
    """The values on one line."""
    return ", ".join(f"{name} = {value}" for name, value in values.items())


def checked_seed(value: object) -> str:
    """`value`, if it can be a seed: short, and fit to be printed in a report. Raises `ValueError`."""
    if not isinstance(value, str):
        raise ValueError(f"a seed is text, and this is of type {type(value).__name__}")
    if not value.strip() or len(value) > LONGEST_SEED or not value.isprintable():
        raise ValueError(f"a seed has 1 to {LONGEST_SEED} characters, all of them printable")
    return value


def violations(declared: object) -> Iterator[str]:
    """What the schema cannot tell of the `[[parameter]]` tables; each begins with its key, as the schema's do."""
    taken: set[str] = set()
    for number, table in enumerate(declared if isinstance(declared, list) else [], start=1):
        names, rows = listed(table, "names"), listed(table, "rows")
        for name in names:
            if isinstance(name, str) and name in taken:
                yield f"parameter number {number}: names: {name} is there twice"
            elif isinstance(name, str):
                taken.add(name)
        yield from _rows(f"parameter number {number}: rows:", len(names), rows)


def _rows(where: str, width: int, rows: Sequence[Any]) -> Iterator[str]:
    first: dict[str, int] = {}
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, list):
            continue
        if len(row) != width:
            yield f"{where} row {number} has {len(row)} values, where there are {width} names"
        if not all(str(value).strip() and str(value).isprintable() for value in row):
            yield f"{where} row {number} has a value that is empty or not on one line"
        key = json.dumps(row, default=str)
        if key in first:
            yield f"{where} row {number} is row {first[key]} again"
        first.setdefault(key, number)


def listed(table: object, key: str) -> Sequence[Any]:
    """The list that a table has under a key; empty when it has none, or is none itself."""
    found = table.get(key) if isinstance(table, dict) else None
    return found if isinstance(found, list) else []


def _number(table: Table, seed: str | None, lab: str) -> int:
    """The number of the row. By a hash, since `random` may draw otherwise in another version of Python."""
    if seed is None:
        return 0
    digest = hashlib.sha256(json.dumps([seed, lab, *table.names]).encode()).digest()
    return int.from_bytes(digest, "big") % len(table.rows)
