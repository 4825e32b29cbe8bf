"""`labs laptop`."""

import click

from eks_labs.cli import arguments, up
from eks_labs.errors import LabsError


@click.command()
@arguments.lab_argument(required=False)
@click.option("--ip", metavar="ADDRESS", help="Give the laptop this public address; its connections end.")
def laptop(lab: str | None, ip: str | None) -> None:
    """Show or change the public address of a lab's laptop: who a rule with a CIDR takes you for."""
    from eks_labs.run_folder import folder_of
    from eks_labs.targets.local import LocalTarget

    running = up.choose(lab, "labs laptop LAB")
    if running.target != "local":
        raise LabsError(
            f"{running.lab} is up on {running.target}, where the laptop is this machine",
            "Its public address: curl https://checkip.amazonaws.com",
        )
    click.echo(LocalTarget.attach(folder_of(running.lab)).laptop_address(ip))
