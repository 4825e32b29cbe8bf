"""How long a learner waits, as commands: `python -m benchmarks.learning [LAB]`.

`labs start` from a snapshot, which is made first when there is none; `labs check` of an untouched workspace, where each
exercise fails and is looked at for as long as patience lasts; the same with a fault in the files.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from benchmarks.table import Row, print_table
from benchmarks.world import timed

TIMES = 3


def measure(lab: str, folder: Path) -> list[Row]:
    """Start, check, destroy; the slowest of some times counts."""
    environment = {**os.environ, "XDG_STATE_HOME": str(folder / "state")}
    starts = []
    desk = folder / "desk"
    try:
        for _ in range(TIMES + 1):
            _labs(environment, 0, "destroy", lab)
            shutil.rmtree(desk, ignore_errors=True)
            starts.append(timed(lambda: _labs(environment, 0, "start", lab, "--into", str(desk))))
        checks = [timed(lambda: _labs(environment, 1, "check", str(desk))) for _ in range(TIMES)]
        root = desk / "terraform" / lab / "main.tf"
        root.write_text(root.read_text().replace("module.", "module.no_such_", 1))
        fault = timed(lambda: _labs(environment, 2, "check", str(desk)))
    finally:
        _labs(environment, 0, "destroy", lab)
    return [
        Row(f"labs start, from the snapshot (slowest of {TIMES})", max(starts[1:]), "s", 5),
        Row(f"labs check (slowest of {TIMES})", max(checks), "s", 10),
        Row("labs check, a fault in the files", fault, "s", 1),
    ]


def _labs(environment: Mapping[str, str], code: int, *arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "eks_labs", *arguments], env=environment, capture_output=True, text=True
    )
    if done.returncode != code:
        raise RuntimeError(f"labs {' '.join(arguments)}: exit code {done.returncode}\n{done.stdout}{done.stderr}")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="eks-labs-bench-") as folder:
        print_table(measure(sys.argv[1] if len(sys.argv) > 1 else "chapter07", Path(folder)))
