"""`labs stop`."""

import click

from eks_labs.cli import arguments


@click.command()
@arguments.workspace_argument()
@click.pass_context
def stop(ctx: click.Context, which: str | None) -> None:
    """End the world of a started lab. Workspace and state stay; labs resume goes on with them."""
    from eks_labs.learn import desk, starting

    found = desk.find(arguments.course_of(ctx), which)
    starting.stop(found)
    click.echo(f"{found.lab.name} is stopped. Go on with: labs resume {found.lab.name}")
