"""A class hands in: `python -m benchmarks.grading [COUNT]`, 100 submissions of chapter07 by default, a tenth hostile.

Prints how long the batch took, what one submission costs in time and in processor time, and what is left after it.
"""

import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import psutil

from benchmarks.table import Row, print_table
from benchmarks.world import timed
from eks_labs.course import find_course
from eks_labs.run.workspace import prepare

LAB = "chapter07"
MAIN, WEB = f"terraform/{LAB}/main.tf", f"manifests/{LAB}/web.yaml"

HONEST: tuple[tuple[tuple[str, str, str], ...], ...] = (
    (),
    ((MAIN, 'WARM_IP_TARGET = "1"', 'WARM_IP_TARGET = "2"'),),
    ((MAIN, "size               = 2", "size               = 1"),),
    ((WEB, "replicas: 10", "replicas: 8"),),
    ((MAIN, "size               = 2", "size               = 3"),),
    ((WEB, "nginx:1.29", "nginx:0.0.0"),),
    ((MAIN, "public_subnet_ids\n", "public_subnet_idz\n"),),
    ((WEB, "spec:\n  replicas", "spec: [\n  replicas"),),
    (),
)
"""(file, old, new) of the solution: what learners do, most of it right."""

HOSTILE = (
    "b() { b | b & }; b; sleep 60",
    "sleep 100000",
    "yes aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "cat /etc/shadow",
    "python3 -c 'x = b\"x\" * (8 << 30); input()'",
    "(setsid sleep 100000 > /dev/null 2>&1 &)",
    "kill -9 -1",
    "for i in 1 2 3 4 5 6 7 8 9; do head -c 400000000 /dev/zero > /tmp/$i; done; sleep 60",
)


def write(count: int, sent: Path) -> None:
    """So many submissions, each tenth of them hostile, no two alike."""
    lab = find_course().lab(LAB)
    for number in range(count):
        folder = sent / f"learner-{number:03}"
        prepare(lab, folder, lab.solution)
        shutil.rmtree(folder / "terraform" / "modules")
        with (folder / MAIN).open("a") as file:
            file.write(f"# by learner {number}\n")
        if number % 10 == 9:
            command = json.dumps(HOSTILE[number // 10 % len(HOSTILE)])
            (folder / "terraform" / LAB / "evil.tf").write_text(
                f'resource "terraform_data" "it" {{\n  provisioner "local-exec" {{\n    command = {command}\n  }}\n}}\n'
            )
        for file, old, new in HONEST[number % 10] if number % 10 < len(HONEST) else ():
            text = (folder / file).read_text()
            (folder / file).write_text(text.replace(old, new))


def measure(count: int, folder: Path) -> list[Row]:
    """Grade them all."""
    sent, out = folder / "sent", folder / "out"
    write(count, sent)
    before = set(psutil.pids())
    environment = {**os.environ, "XDG_STATE_HOME": str(folder / "state")}
    line = [sys.executable, "-m", "eks_labs", "grade"]
    # The snapshot of the lab is made once, and not for each batch.
    first = [*line, str(sent / "learner-000"), "--out", str(folder / "first")]
    subprocess.run(first, env=environment, check=True, stdout=subprocess.DEVNULL)
    options = ["--patience", "45", "--time-limit", "60", "--memory", "3", "--disk", "1"]
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = timed(
        lambda: subprocess.run([*line, str(sent), "--out", str(out), *options], env=environment, check=True)
    )
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    rows = [json.loads(file.read_text()) for file in out.glob("*/row.json")]
    left = [p for p in psutil.process_iter() if p.pid not in before and "eks-labs-grade-" in " ".join(p.cmdline())]
    errors = [row for row in rows if row["status"] == "error"]
    processor = used.ru_utime + used.ru_stime - spent.ru_utime - spent.ru_stime
    return [
        Row(f"{count} submissions, a tenth of them hostile", seconds / 60, "min", 30 * count / 100),
        Row("a submission, in its worker (median)", statistics.median(row["seconds"] for row in rows), "s"),
        Row("processor time of one, of those that are waited for", processor / count, "s"),
        Row("rows that are missing", count - len(rows), "", 0),
        Row("rows without a score by our fault", len(errors), "", 0),
        Row("processes left", len(left), "", 0),
    ]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="eks-labs-bench-") as place:
        print_table(measure(int(sys.argv[1]) if len(sys.argv) > 1 else 100, Path(place)))
