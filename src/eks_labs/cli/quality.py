"""`labs qa`."""

import click

from eks_labs import scratch
from eks_labs.cli import arguments
from eks_labs.cli.starting import tell
from eks_labs.errors import Exit


@click.command()
@arguments.lab_argument()
@click.option("--mutants/--no-mutants", default=True, help="Whether wrong answers are tried, for five minutes.")
@click.pass_context
def qa(ctx: click.Context, lab: str, mutants: bool) -> int:
    """Find out whether a lab's scores are true: the untouched workspace gets nothing, the solution everything.

    Both are deployed from nothing, one after the other was destroyed; the solution is applied twice, and the second
    time must change nothing. So are the lab's other right answers. At last the solution gets one mistake at a time, as
    by labs mutate: then it must not get all points. Exit code 0 when all holds, 1 when not.
    """
    from eks_labs.quality import examine

    scratch.end_in_order_on_sigterm()
    good = True
    for found in examine(arguments.course_of(ctx), lab, tell, mutate=mutants):
        good &= found.holds
        click.echo(f"{'✓' if found.holds else '✗'} {found.what}: {found.seen}")
    return int(Exit.PASSED if good else Exit.CHECK_FAILED)
