"""`labs list` and `labs status`."""

import json
import time

import click

from eks_labs.cli import arguments
from eks_labs.display.words import duration
from eks_labs.status import Up, all_up


@click.command("list")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.pass_context
def listing(ctx: click.Context, as_json: bool) -> None:
    """The labs of the course, in its order."""
    labs = arguments.course_of(ctx).labs()
    if as_json:
        rows = [
            {"name": lab.name, "title": lab.title, "summary": lab.summary, "minutes": lab.minutes, "needs": lab.needs}
            for lab in labs
        ]
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    width = max((len(lab.name) for lab in labs), default=0)
    for lab in labs:
        click.echo(f"{lab.name:{width}}  {lab.minutes:3d} min  {lab.title}")
        click.echo(f"{'':{width}}           {lab.summary}")
    click.echo("\nRun one with: labs run NAME")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def status(as_json: bool) -> None:
    """Which labs are up, and how they are."""
    found = all_up()
    if as_json:
        from dataclasses import asdict

        click.echo(json.dumps([asdict(up) for up in found], indent=2))
        return
    if not found:
        click.echo("No lab is up.")
    for up in found:
        _show(up)


def _show(up: Up) -> None:
    how = "being run" if up.pid else ("stopped" if up.stopped else "up" if up.kept else "left behind")
    by = f" by process {up.pid}" if up.pid else ""
    click.echo(f"{up.lab}: {how}{by} on {up.target} for {duration(time.time() - up.started)}")
    for line in up.lines:
        click.echo(f"  {line}")
    if up.workspace:
        click.echo(f"  workspace {up.workspace}")
    if up.stopped:
        click.echo(f"  Go on with: labs resume {up.lab}")
    if not up.pid:
        click.echo(f"  End it with: labs destroy {up.lab}")
