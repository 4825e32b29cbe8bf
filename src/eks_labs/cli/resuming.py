"""`labs resume`."""

import click

from eks_labs.cli import arguments


@click.command()
@arguments.workspace_argument()
@click.pass_context
def resume(ctx: click.Context, which: str | None) -> int:
    """Go on with a workspace: its world as labs stop left it.

    A world that ended in another way, by a reboot perhaps, begins at the lab's starting point. Your files are yours in
    any case: terraform apply and kubectl apply bring the world to them.
    """
    from eks_labs.cli import starting as saying
    from eks_labs.cli.running import display
    from eks_labs.events import Bus
    from eks_labs.learn import desk, starting

    course = arguments.course_of(ctx)
    bus = Bus()
    with display(bus, plain=True, as_json=False):
        started, as_it_was = starting.resume(course, desk.find(course, which), bus, saying.tell)
    if started.desk is not None:
        saying.say_where(started, started.desk)
        if not as_it_was:
            click.echo("the world is at the lab's starting point; your files are as you left them")
        click.echo()
        saying.say_task(started.desk)
    return int(started.exit)
