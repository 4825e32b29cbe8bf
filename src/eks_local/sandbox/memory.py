"""How much memory the box's processes take."""

import contextlib
from pathlib import Path


def proportional_set_size() -> int:
    """Bytes of all processes that /proc shows: memory of their own, and their share of what they have in common."""
    total = 0
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            # A process may end meanwhile, and one in a user namespace of its own may not be read.
            with contextlib.suppress(OSError):
                total += _kilobytes((process / "smaps_rollup").read_text())
    return total * 1024


def _kilobytes(rollup: str) -> int:
    for line in rollup.splitlines():
        name, _, value = line.partition(":")
        if name == "Pss":
            return int(value.split()[0])
    return 0
