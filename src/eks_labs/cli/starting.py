"""`labs start`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from eks_labs.cli import arguments

if TYPE_CHECKING:
    from eks_labs.learn.desk import Desk
    from eks_labs.learn.starting import Started


@click.command()
@arguments.lab_argument()
@arguments.folder_option("--into", "Where the workspace is made; by default ./eks-labs/LAB.")
@arguments.seed_option("Draw your values of the lab from this text: the same text draws the same. By default random.")
@click.option("--plain", is_flag=True, help="Plain lines; the default when the output is not a terminal.")
@click.pass_context
def start(ctx: click.Context, lab: str, into: Path | None, seed: str | None, plain: bool) -> int:
    """Begin a lab: a workspace of your own with its Terraform and manifests, and its world at the starting point.

    The first time a lab is deployed for it, which takes a minute or two. After that a snapshot is used, in seconds.

    In some labs names, addresses or counts differ from learner to learner. Yours are drawn from a seed, which the
    workspace keeps. With --seed they can be drawn again: a course may have everybody use their own number.
    """
    from eks_labs.cli.running import display
    from eks_labs.events import Bus
    from eks_labs.learn import starting

    bus = Bus()
    with display(bus, plain, as_json=False):
        started = starting.start(arguments.course_of(ctx), lab, into, bus, tell, seed)
    if started.desk is not None:
        click.echo(f"{started.desk.lab.name}: {started.desk.lab.title}")
        say_where(started, started.desk)
        click.echo()
        say_task(started.desk)
    return int(started.exit)


def tell(text: str) -> None:
    """What happens meanwhile."""
    click.echo(f"… {text}", err=True)


def say_where(started: "Started", desk: "Desk") -> None:
    """Where the workspace is, how the world came up, and what the learner's own values are."""
    how = "restored" if started.restored else "deployed, and kept as a snapshot"
    click.echo(f"workspace  {desk.folder}")
    click.echo(f"world      up in {started.seconds:.1f} s ({how})")
    if desk.lab.drawn:
        click.echo(f"values     {desk.lab.drawn}")


def say_task(desk: "Desk") -> None:
    """The first open task, and what to type."""
    from eks_labs.learn import tasks

    name = desk.lab.name
    if desk.lab.exercises:
        first = next((e for e in desk.lab.exercises if e.name in desk.note.open), desk.lab.exercises[0])
        number = desk.lab.exercises.index(first) + 1
        click.echo(f"Exercise {number} of {len(desk.lab.exercises)}, {first.points} points: {first.name}\n")
        click.echo(tasks.text(desk.lab, first.name) + "\n")
    for command, text in (
        (f"labs shell {name}", "your laptop in that world: kubectl, aws and terraform work"),
        (f"labs check {name}", "points, and what is still missing"),
        (f"labs hint -w {name}", "when you are stuck"),
        (f"labs stop {name}", "for today; labs resume goes on"),
    ):
        click.echo(f"  {command:<28} {text}")
