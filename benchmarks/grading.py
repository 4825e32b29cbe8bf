"""A class hands in: `python -m benchmarks.grading [COUNT [JOBS]]`, 100 submissions of chapter07, a tenth hostile.

Prints how long the batch took, what one submission costs in time and in processor time, and what is left after it.
"""

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import psutil
from tests.runs import GRADE
from tests.world.grades import commands

from benchmarks.table import Row, print_table
from benchmarks.world import timed
from eks_labs.course import find_course
from eks_labs.run.workspace import hand_in

LAB = "chapter07"
MAIN, WEB = f"terraform/{LAB}/main.tf", f"manifests/{LAB}/web.yaml"

HONEST: tuple[tuple[tuple[str, str, str], ...], ...] = (
    (),
    ((MAIN, 'WARM_IP_TARGET = "1"', 'WARM_IP_TARGET = "2"'),),
    ((MAIN, "size               = 2", "size               = 1"),),
    ((WEB, "replicas: 10", "replicas: 8"),),
    ((MAIN, "size               = 2", "size               = 3"),),
    ((WEB, "nginx/nginx", "nginx/ngimx"),),
    ((MAIN, "public_subnet_ids\n", "public_subnet_idz\n"),),
    ((WEB, "spec:\n  replicas", "spec: [\n  replicas"),),
    (),
)
"""(file, old, new) of the solution: what learners do, most of it right."""
POINTS = (100, 100, 40, 40, 100, 40, 0, 0, 100)
"""What each of these deserves."""

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
        hand_in(lab, lab.solution, folder)
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


def measure(count: int, jobs: str, folder: Path) -> list[Row]:
    """Grade them all, `jobs` at a time; empty for as many as `labs grade` would."""
    sent, out = folder / "sent", folder / "out"
    write(count, sent)
    before = set(psutil.pids())
    environment = {**os.environ, "XDG_STATE_HOME": str(folder / "state")}
    options = ["--time-limit", "180", "--memory", "3", "--disk", "1", *(["--jobs", jobs] if jobs else [])]
    line = [sys.executable, "-m", "eks_labs", *GRADE, str(sent), "--out", str(out), *options]
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = timed(lambda: subprocess.run(line, env=environment, check=True))
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    rows = [json.loads(file.read_text()) for file in out.glob("*/row.json")]
    left = commands(before, "eks-labs-grade-")
    deserved = {row["name"]: POINTS[kind] for row in rows if (kind := int(row["name"][-1])) < len(POINTS)}
    given = {row["name"]: sum(check["points"] for check in row["checks"]) for row in rows}
    wronged = [
        f"{name}: {given[name]} points, not {points}" for name, points in deserved.items() if given[name] != points
    ]
    sys.stdout.writelines(f"{each}\n" for each in [*wronged, *left])
    errors = [row for row in rows if row["status"] == "error"]
    processor = used.ru_utime + used.ru_stime - spent.ru_utime - spent.ru_stime
    return [
        Row(f"{count} submissions, a tenth of them hostile", seconds / 60, "min", 30 * count / 100),
        Row("a submission, in its worker (median)", statistics.median(row["seconds"] for row in rows), "s"),
        Row("processor time of one, of those that are waited for", processor / count, "s"),
        Row("rows that are missing", count - len(rows), "", 0),
        Row("rows without a score by our fault", len(errors), "", 0),
        Row("rows with other points than they deserve", len(wronged), "", 0),
        Row("processes left", len(left), "", 0),
    ]


def main(count: str = "100", jobs: str = "") -> None:
    """Measure, with what the command line says."""
    with tempfile.TemporaryDirectory(prefix="eks-labs-bench-") as place:
        print_table(measure(int(count), jobs, Path(place)))


if __name__ == "__main__":
    main(*sys.argv[1:])
