"""`labs submit`."""

from pathlib import Path

import click

from eks_labs.cli import arguments
from eks_labs.errors import LabsError


@click.command()
@arguments.workspace_argument()
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="By default LAB.zip, here."
)
@arguments.wait_option()
@click.pass_context
def submit(ctx: click.Context, which: str | None, out: Path | None, wait: bool) -> int:
    """Pack your work into one file to hand in: Terraform and manifests, with what a check says of them now.

    What you changed with kubectl alone is not in your files: labs score deploys them from nothing, as a grader does.
    """
    from eks_labs.learn import checking, desk, submitting

    course = arguments.course_of(ctx)
    found = desk.find(course, which)
    try:
        checked = checking.check(course, found, wait=wait)
    except LabsError as error:
        checked = None
        click.echo(f"not checked: {error.what}")
    made = submitting.pack(found, checked, (out or Path(f"{found.lab.name}.zip")).absolute())
    if checked is not None and checked.problems:
        first = checked.problems[0]
        click.echo(f"it has problems and gets 0 points as it is: {first.path.name}:{first.line}: {first.message}")
    elif checked is not None:
        points = f"{checked.points} of {checked.of} points now, by what the world shows"
        patient = "" if wait or checked.points == checked.of else " at once (--wait gives it time)"
        click.echo(f"{points}{patient}; a grader deploys the files anew")
    if found.note.solved:
        click.echo("it says that you have seen the reference solution")
    click.echo(made)
    return 0
