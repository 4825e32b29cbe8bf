"""`labs qa`."""

import click

from eks_labs.cli import arguments
from eks_labs.errors import Exit


@click.command()
@arguments.lab_argument()
@click.pass_context
def qa(ctx: click.Context, lab: str) -> int:
    """Find out whether a lab's scores are true: the untouched workspace gets nothing, the solution everything.

    Both are deployed from nothing; the solution is applied twice, and the second time must change nothing. Exit code 0
    when all holds, 1 when not.
    """
    from eks_labs.quality import examine

    good = True
    for found in examine(arguments.course_of(ctx), lab):
        good &= found.holds
        click.echo(f"{'✓' if found.holds else '✗'} {found.what}: {found.seen}")
    return int(Exit.PASSED if good else Exit.CHECK_FAILED)
