"""What `labs grade` left behind: its rows, and processes."""

import csv
from collections.abc import Collection
from pathlib import Path

import psutil


def rows(out: Path) -> dict[str, dict[str, str]]:
    """The lines of `results.csv`, by submission."""
    return {row["submission"]: row for row in csv.DictReader((out / "results.csv").open())}


def commands(before: Collection[int], *marks: str) -> list[str]:
    """Command lines with one of the marks, of processes that were not there `before`."""
    lines = [" ".join(p.info["cmdline"] or ()) for p in psutil.process_iter(["cmdline"]) if p.pid not in before]
    return [line for line in lines if any(mark in line for mark in marks)]
