"""`labs solve`."""

import click

from eks_labs.cli import arguments
from eks_labs.errors import LabsError


@click.command()
@arguments.workspace_argument()
@click.option("--step", is_flag=True, help="Only the next file.")
@click.option("--apply", "applied", is_flag=True, help="Change your files, and deploy them.")
@click.option("--yes", is_flag=True, help="Do not ask whether points may go.")
@click.pass_context
def solve(ctx: click.Context, which: str | None, step: bool, applied: bool, yes: bool) -> int:
    """Show the reference solution as changes of your files, or apply it. After that, points no longer count."""
    from eks_labs.learn import desk, solving

    found = desk.find(arguments.course_of(ctx), which)
    wanted = solving.changes(found)
    if not wanted:
        click.echo(f"{found.lab.name}: your files are the solution's")
        return 0
    if not found.note.solved:
        _agree(yes)
        found = found.noted(solved=True)
    chosen = wanted[:1] if step else wanted
    for change in chosen:
        click.echo(change.diff())
    if applied:
        from eks_labs.cli.running import display
        from eks_labs.events import Bus

        bus = Bus()
        with display(bus, plain=True, as_json=False):
            solving.apply(found, chosen, bus)
    left = len(wanted) - len(chosen)
    click.echo("The score no longer counts: the solution was seen." + (f" {left} more to come." if left else ""))
    click.echo(f"next: labs {'check' if applied else 'solve --apply'} {found.lab.name}")
    return 0


def _agree(yes: bool) -> None:
    import sys

    text = "Once you see the solution, points no longer count."
    if yes:
        return
    if not sys.stdin.isatty():
        raise LabsError(text, "Nobody can be asked here. Agree with --yes.")
    click.confirm(f"{text} Show it?", abort=True, err=True)
