"""`labs watch`."""

import signal
import time

import click

from eks_labs.cli import arguments
from eks_labs.errors import Exit


@click.command()
@arguments.workspace_argument()
@click.pass_context
def watch(ctx: click.Context, which: str | None) -> int:
    """Check again each time that your files or the cluster change, until all points are got or you press Ctrl-C.

    Exit code 0 when all points were got, 1 when not.
    """
    from eks_labs.cli.checking import say
    from eks_labs.learn import desk, watching

    course = arguments.course_of(ctx)
    found = desk.find(course, which)
    # A script's background job begins with interrupts ignored, and this has no other end.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        said: object = None
        for checked in watching.watch(course, found):
            what = (checked.problems, checked.exercises)
            if what != said:
                click.echo(f"── {time.strftime('%H:%M:%S')}")
                say(checked)
            said = what
            if not checked.problems and checked.points == checked.of:
                return int(Exit.PASSED)
    except KeyboardInterrupt:
        click.echo("no longer watched", err=True)
    return int(Exit.CHECK_FAILED)
