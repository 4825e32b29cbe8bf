"""`labs shell`."""

import os
import subprocess

import click

from eks_labs.cli import arguments, up


@click.command(context_settings={"ignore_unknown_options": True})
@arguments.lab_argument(required=False)
@click.argument("command", nargs=-1, type=click.UNPROCESSED)
def shell(lab: str | None, command: tuple[str, ...]) -> int:
    """A shell on the laptop of a lab that is up: kubectl, aws and terraform work with no flags.

    With a COMMAND after the lab's name, run that instead.
    """
    from eks_labs import laptop
    from eks_labs.run import workspace
    from eks_labs.run_folder import folder_of
    from eks_labs.targets import open_target

    running = up.choose(lab, "labs shell LAB")
    folder = folder_of(running.lab)
    target = open_target(running.target, folder, running.region)
    laptop.furnish(folder)
    if running.cluster is not None:
        laptop.write_kubeconfigs(folder, target, running.cluster)
    root = workspace.of_running(running, folder).root
    own = laptop.environment(folder, target)
    program = list(command) or [os.environ.get("SHELL", "/bin/bash")]
    argv, environment = target.command("laptop", program, own, root)
    if not command:
        click.echo(f"The laptop of {running.lab}. kubectl, aws and terraform work here; leave with: exit", err=True)
    return subprocess.run(argv, env=environment, cwd=root).returncode
