"""`labs reset`."""

import click

from eks_labs.cli import arguments


@click.command()
@arguments.workspace_argument()
@click.pass_context
def reset(ctx: click.Context, which: str | None) -> int:
    """Back to the starting point: your files as the lab has them, and a world as at the start.

    Your own files are put aside in the workspace, not removed.
    """
    from eks_labs.cli import starting as saying
    from eks_labs.cli.running import display
    from eks_labs.events import Bus
    from eks_labs.learn import desk, starting

    course = arguments.course_of(ctx)
    bus = Bus()
    with display(bus, plain=True, as_json=False):
        started, aside = starting.reset(course, desk.find(course, which), bus, saying.tell)
    if started.desk is not None:
        saying.say_where(started, started.desk)
    click.echo(f"your files {aside}")
    return int(started.exit)
