"""On which line of a TOML file a key stands: `tomllib` does not tell.

Paths are written as `eks_labs.course.schema` writes them in its messages: `exercise number 2: points`.
"""

import re

_TABLE = re.compile(r"(?P<open>\[\[?)(?P<name>[^\[\]]+)\]\]?\s*(?:#.*)?")
_KEY = re.compile(r"""(?P<name>[A-Za-z0-9_-]+|"[^"]*"|'[^']*')\s*(?:=|\.)""")


def lines_of_keys(text: str) -> dict[str, int]:
    """Path → line, counted from 1. What a table does not spell out (dotted keys, inline tables) has its first line."""
    found: dict[str, int] = {}
    counts: dict[str, int] = {}
    table = ""
    for number, line in enumerate(map(str.strip, text.split("\n")), start=1):
        if header := _TABLE.fullmatch(line):
            table = _path(header["name"])
            if header["open"] == "[[":
                counts[table] = counts.get(table, 0) + 1
                found.setdefault(table, number)
                table = f"{table} number {counts[table]}"
            found.setdefault(table, number)
        elif key := _KEY.match(line):
            name = key["name"].strip("\"'")
            found.setdefault(f"{table}: {name}" if table else name, number)
    return found


def _path(dotted: str) -> str:
    return ": ".join(part.strip().strip("\"'") for part in dotted.split("."))
