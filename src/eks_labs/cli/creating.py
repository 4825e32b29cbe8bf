"""`labs new`."""

from pathlib import Path

import click

from eks_labs.cli import arguments
from eks_labs.scaffold import create


@click.command()
@click.argument("name", metavar="LAB")
@click.option("--title", help="The lab's heading; by default its name.")
@click.pass_context
def new(ctx: click.Context, name: str, title: str | None) -> int:
    """Write the files of a new lab: they run, and ask to be replaced."""
    course = arguments.course_of(ctx)
    # A heading with quotes or backslashes would end the strings it is put into.
    heading = (title or name).replace("\\", "").replace('"', "'").replace("\n", " ")
    for file in create(course, name, heading):
        click.echo(file.relative_to(Path.cwd()) if file.is_relative_to(Path.cwd()) else file)
    click.echo(f"It passes `labs lint {name}` as it is. Run it with: labs run {name}")
    return 0
