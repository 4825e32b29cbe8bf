"""`labs check`."""

import json
from typing import TYPE_CHECKING

import click

from eks_labs.cli import arguments
from eks_labs.errors import Exit

if TYPE_CHECKING:
    from eks_labs.learn.checking import Checked, ExerciseResult

_MARKS = {"passed": "✓", "failed": "✗", "blocked": "–", "skipped": "–"}


@click.command()
@arguments.workspace_argument()
@arguments.wait_option()
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_context
def check(ctx: click.Context, which: str | None, wait: bool, as_json: bool) -> int:
    """Verify the exercises now: the workspace's files, then what the running world shows, however it came about.

    What is still on its way is "not yet": ask again, or --wait for it. labs score deploys your files from nothing, and
    has the last word. Exit code 0 when all points were got, 1 when not, 2 when the files have problems.
    """
    from eks_labs.learn import checking, desk

    course = arguments.course_of(ctx)
    checked = checking.check(course, desk.find(course, which), wait=wait)
    if as_json:
        click.echo(json.dumps(checking.to_json(checked), indent=2, ensure_ascii=False))
    else:
        say(checked, waited=wait)
    if checked.problems:
        return int(Exit.LAB_ERROR)
    return int(Exit.PASSED if checked.points == checked.of else Exit.CHECK_FAILED)


def say(checked: "Checked", *, waited: bool = False) -> None:
    """What a check found, for a person; `waited` for all that takes time."""
    from eks_labs.cli.linting import shown

    for problem in checked.problems:
        click.echo(f"✗ {shown(problem.path)}:{problem.line}: {problem.message}")
    if checked.problems:
        click.echo(f"{checked.lab}: the files come first; the world was not looked at ({checked.seconds:.1f} s)")
        return
    for exercise in checked.exercises:
        _exercise(exercise)
    spoiled = "" if checked.counts else " that do not count: the solution was seen"
    click.echo(f"{checked.lab}: {checked.points} of {checked.of} points{spoiled} ({checked.seconds:.1f} s)")
    failed = next((exercise for exercise in checked.exercises if exercise.outcome == "failed"), None)
    if failed is not None:
        patient = "" if waited else f"; for what takes time: labs check --wait {checked.lab}"
        click.echo(f"next: labs hint {failed.number} -w {checked.lab}{patient}")


def _exercise(exercise: "ExerciseResult") -> None:
    click.echo(f"{_MARKS[exercise.outcome]} {exercise.number}. {exercise.name}: {exercise.points} of {exercise.of}")
    if exercise.outcome == "passed":
        return
    for step in exercise.steps:
        click.echo(f"    {_MARKS[step.outcome]} {step.text}")
        if step.outcome == "failed":
            for label, text in (("expected", step.expected), ("seen", step.seen), ("look", step.hint)):
                click.echo(f"        {label:<9} {text}" if text else "", nl=bool(text))
