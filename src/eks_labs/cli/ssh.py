"""`labs ssh`."""

import subprocess
from collections.abc import Sequence

import click
from click.shell_completion import CompletionItem

from eks_labs.cli import up
from eks_labs.errors import LabsError

_USAGE = "labs ssh LAB NAME"


class _BeforeDashes(click.Command):
    """Keeps what stands behind `--` apart. click drops the dashes, and a command could look like a name."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        at = args.index("--") if "--" in args else len(args)
        ctx.meta[__name__] = tuple(args[at + 1 :])
        return super().parse_args(ctx, args[:at])


def _complete(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG001
    from eks_labs.status import all_up

    labs = [found.lab for found in all_up()]
    given = [word for word in ctx.params.get("place") or () if word != incomplete]
    if given:
        names = [(name, "") for name in _instances(given[0])]
    else:
        names = [(lab, "a lab that is up") for lab in labs] + [
            (name, f"of {lab}") for lab in labs if len(labs) == 1 for name in _instances(lab)
        ]
    return [CompletionItem(name, help=text) for name, text in names if name.startswith(incomplete)]


@click.command(cls=_BeforeDashes, options_metavar="[OPTIONS]")
@click.argument("place", nargs=-1, required=True, metavar="[LAB] NAME [-- COMMAND...]", shell_complete=_complete)
@click.pass_context
def ssh(ctx: click.Context, place: tuple[str, ...]) -> int:
    """A shell on an instance of a lab that is up: in its network, on its files, with its role.

    NAME is the instance's Name tag, its id, or its private DNS name. With a COMMAND behind `--`, run that instead.
    `labs shell` is the laptop.
    """
    from eks_labs.checks.commands import UnknownVantage
    from eks_labs.run_folder import folder_of
    from eks_labs.targets import open_target

    if len(place) > 2:
        raise click.UsageError(f"Put the command behind two dashes: labs ssh {place[0]} -- {' '.join(place[1:])}")
    *lab, name = place
    running = up.choose(lab[0] if lab else None, _USAGE)
    target = open_target(running.target, folder_of(running.lab), running.region)
    command: Sequence[str] = ctx.meta[__name__] or ("/bin/bash",)
    try:
        argv, environment = target.command(f"instance {name}", command, {}, None)
    except UnknownVantage as error:
        raise LabsError(str(error)) from error
    return subprocess.run(argv, env=environment).returncode


def _instances(lab: str) -> list[str]:
    """The running instances of a lab's world."""
    from eks_labs.errors import TargetError
    from eks_labs.run_folder import folder_of
    from eks_labs.targets.local import LocalTarget

    try:
        return LocalTarget.attach(folder_of(lab)).instances()
    except TargetError:
        return []
