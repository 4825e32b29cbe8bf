"""`labs grade`."""

import os
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from eks_labs import scratch, whole_file
from eks_labs.cli import arguments, linting
from eks_labs.course import Course
from eks_labs.errors import Exit, LabsError
from eks_labs.grading import batch, reports, submissions, superuser
from eks_labs.grading.progress import Show, Table, lines
from eks_labs.grading.rows import Row, Status
from eks_labs.grading.supervision import Limits
from eks_labs.lint.course import check_private

_TOLD = 3
"""Problems of hidden checks that a refusal names."""


@click.command()
@click.argument("what", nargs=-1, required=True, metavar="SUBMISSION...", type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path, file_okay=False), help="Folder for the reports.")
@arguments.checks_option("Your own checks beside the lab's: LAB.feature and LAB.toml. Learners never see them.")
@arguments.jobs_option("Submissions")
@click.option(
    "--scheduler", metavar="URL", help="A dask scheduler, such as tcp://grader:8786, instead of this process."
)
@click.option(
    "--show-hidden",
    type=click.Choice(reports.VISIBILITIES),
    default="hidden",
    help="When learners see the hidden checks (Gradescope's visibility).",
)
@click.option("--time-limit", type=click.IntRange(30), default=600, help="Seconds for a submission's Terraform.")
@click.option("--memory", type=float, default=4.0, metavar="GiB", help="… and its memory, with that of its world.")
@click.option("--disk", type=float, default=2.0, metavar="GiB", help="… and what it writes.")
@arguments.patience_option("… and a condition of its checks.")
@click.option("--as-root", is_flag=True, help="Grade also as the machine's root: on a machine that does nothing else.")
@click.option("--again", is_flag=True, help="Grade anew what has been graded already.")
@click.pass_context
def grade(
    ctx: click.Context,
    what: tuple[Path, ...],
    out: Path,
    checks: Path | None,
    jobs: int | None,
    scheduler: str | None,
    show_hidden: str,
    time_limit: int,
    memory: float,
    disk: float,
    patience: float | None,
    as_root: bool,
    again: bool,
) -> int:
    """Grade submissions: folders, zips, tarballs, or folders of them.

    Each gets a row, whatever it is: in results.csv, junit.xml and report.html, and in NAME/results.json as Gradescope
    takes it. An interrupted batch goes on where it was; what has not changed is not graded again. Exit code 0 when
    every submission has a score, 2 when there are problems in your own checks, 3 when the grader failed on one.
    """
    scratch.end_in_order_on_sigterm()
    if scheduler is None:  # whose workers ask for themselves
        superuser.refuse(allowed=as_root)
    course = arguments.course_of(ctx)
    if checks is not None:
        _require_sound(course, checks)
    found = submissions.find(what)
    if not found:
        raise LabsError(f"no submissions in {', '.join(map(str, what))}", "Name folders, zips or tarballs.")
    rows: dict[str, Row] = {}
    tasks: list[batch.Task] = []
    for prepared in batch.prepare(found, course, checks):
        known = None if again or isinstance(prepared, Row) else _known(out, prepared)
        if isinstance(prepared, Row):
            rows[prepared.name] = prepared
        elif known is not None:
            rows[known.name] = known
        else:
            tasks.append(prepared)
    out.mkdir(parents=True, exist_ok=True)
    order = [submission.name for submission in found]
    interrupted = False
    with _display(order) as show:
        for row in rows.values():
            _save(out, row)
            show(row)
        if tasks:
            limits = Limits(
                time_limit,
                2 * time_limit + 600,
                memory=int(memory * 2**30),
                disk=int(disk * 2**30),
                patience=patience,
                as_root=as_root,
            )
            try:
                for row in batch.grade(tasks, jobs or batch.default_jobs(), limits, scheduler):
                    rows[row.name] = row
                    _save(out, row)
                    show(row)
            except KeyboardInterrupt:
                interrupted = True
    done = [rows[name] for name in order if name in rows]
    reports.write(done, out, show_hidden)
    if interrupted:
        click.echo(f"interrupted: {len(done)} of {len(order)} have a row. The same command goes on with the others.")
        return int(Exit.INTERRUPTED)
    failed = [row for row in done if row.status is Status.ERROR]
    click.echo(
        f"{len(done)} of {len(order)} have a row; {len(failed)} of them failed by our fault. {out / 'report.html'}"
    )
    return int(Exit.TARGET_FAILED if failed else Exit.PASSED)


def _require_sound(course: Course, checks: Path) -> None:
    """Refuse hidden checks with problems: what is wrong with one check is wrong in every row."""
    problems = check_private(course, checks).problems
    if problems:
        told = "\n".join(map(linting.text, problems[:_TOLD]))
        count = f"{len(problems)} problem{'s' if len(problems) > 1 else ''} in the hidden checks"
        command = f"labs lint --checks {shlex.quote(linting.shown(checks))}"
        raise LabsError(f"nothing is graded: {count}\n{told}", f"All of them: {command}")


def _known(out: Path, task: batch.Task) -> Row | None:
    """The row of an earlier batch, if it is of the same submission and has a score."""
    try:
        row = Row.from_json((out / task.name / "row.json").read_text())
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return row if row.digest == task.digest and row.status is not Status.ERROR else None


def _save(out: Path, row: Row) -> None:
    folder = out / row.name
    folder.mkdir(parents=True, exist_ok=True)
    whole_file.write(folder / "row.json", row.to_json())


@contextmanager
def _display(order: list[str]) -> Iterator[Show]:
    if sys.stdout.isatty() and os.environ.get("TERM", "") not in ("", "dumb", "unknown"):
        with Table(order) as table:
            yield table.show
    else:
        yield lines(len(order))
