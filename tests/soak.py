"""Twenty runs, and twenty runs killed at random moments: `python -m tests.soak [--runs N] [--kills N] [LAB …]`.

The moments are within the time that the runs took; `--within SECONDS` when none are made, or to have them earlier.

Prints a line for each, and what is left of it on the machine, which must be nothing. Exit code 1 when anything failed
or was left. Not part of the suite: it takes an hour.
"""

import argparse
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.runs import Cli


def main() -> int:
    """Run it all; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("labs", nargs="*", default=["chapter07", "chapter07-prefix"])
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--within", type=float, default=0.0, metavar="SECONDS")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}", flush=True)
    bad = 0
    with tempfile.TemporaryDirectory(prefix="eks-labs-soak-") as home:
        cli = Cli(Path(home))
        for lab in arguments.labs:
            longest = 0.0
            for number in range(arguments.runs):
                seconds, problems = _run(cli, lab)
                longest = max(longest, seconds)
                bad += _say(f"{lab} run {number + 1} ({seconds:.0f} s)", problems)
            chance = random.Random(arguments.seed)
            for number in range(arguments.kills):
                after = chance.uniform(0.2, arguments.within or longest or 120.0)
                bad += _say(f"{lab} kill {number + 1} after {after:.1f} s", list(_kill(cli, lab, after)))
    print(f"{bad} bad", flush=True)
    return 1 if bad else 0


def _run(cli: Cli, lab: str) -> tuple[float, list[str]]:
    started = time.monotonic()
    ran = cli("run", lab, "--plain")
    problems = [] if ran.code == 0 else [str(ran)]
    return time.monotonic() - started, problems + cli.left(lab)


def _kill(cli: Cli, lab: str, after: float) -> Iterator[str]:
    with cli.start("run", lab, "--plain") as child:
        try:
            child.communicate(timeout=after)
        except subprocess.TimeoutExpired:
            child.kill()
    destroyed = cli("destroy", lab)
    if destroyed.code:
        yield str(destroyed)
    yield from cli.left(lab)
    if cli.folder(lab).exists():
        yield f"file {cli.folder(lab)}"


def _say(what: str, problems: list[str]) -> int:
    print(f"{'ok  ' if not problems else 'BAD '} {what}", *problems, sep="\n      ", flush=True)
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
