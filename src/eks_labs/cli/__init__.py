"""The command line. One module a command, imported only when it is used: `labs --help` must not wait for boto3.

Commands read arguments, call the runner, print. They decide nothing that another program could want to know.
"""

import sys
from pathlib import Path

import click

from eks_labs.errors import Exit, LabsError

_COMMANDS = {
    "list": ("eks_labs.cli.browse", "listing", "The labs of the course."),
    "run": ("eks_labs.cli.running", "run", "Deploy a lab, run its scenarios, destroy it."),
    "start": ("eks_labs.cli.starting", "start", "Begin a lab: a workspace of your own, and its world."),
    "check": ("eks_labs.cli.checking", "check", "Verify the exercises now, in the running world."),
    "watch": ("eks_labs.cli.watching", "watch", "Check again whenever something changes."),
    "hint": ("eks_labs.cli.hinting", "hint", "A hint for an exercise; again for a stronger one."),
    "solve": ("eks_labs.cli.solving", "solve", "Show or apply the reference solution."),
    "reset": ("eks_labs.cli.resetting", "reset", "Back to the lab's starting point."),
    "stop": ("eks_labs.cli.stopping", "stop", "End a started lab's world, to be resumed."),
    "resume": ("eks_labs.cli.resuming", "resume", "Go on where labs stop ended."),
    "submit": ("eks_labs.cli.submitting", "submit", "Pack your work into one file to hand in."),
    "status": ("eks_labs.cli.browse", "status", "Which labs are up, and how they are."),
    "shell": ("eks_labs.cli.shell", "shell", "A shell on the laptop of a lab that is up."),
    "ssh": ("eks_labs.cli.ssh", "ssh", "A shell on an instance of a lab that is up."),
    "laptop": ("eks_labs.cli.laptop", "laptop", "The public address of a lab's laptop; --ip changes it."),
    "explain": ("eks_labs.cli.explaining", "explain", "Why one place in a lab reaches another, or does not."),
    "destroy": ("eks_labs.cli.destroying", "destroy", "End a lab and remove everything it made."),
    "score": ("eks_labs.cli.running", "score", "Deploy a workspace and grade its exercises."),
    "grade": ("eks_labs.cli.grading", "grade", "Grade submissions, each in a world of its own."),
    "new": ("eks_labs.cli.creating", "new", "Write the files of a new lab."),
    "lint": ("eks_labs.cli.linting", "lint", "Check labs without deploying them."),
    "qa": ("eks_labs.cli.quality", "qa", "Whether a lab's scores are true: untouched 0, solved 100."),
    "mutate": ("eks_labs.cli.mutating", "mutate", "Whether the checks of a lab see mistakes."),
    "doctor": ("eks_labs.cli.doctoring", "doctor", "Can this machine run labs? What to do if not."),
    "docs": ("eks_labs.cli.documents", "docs", "Build the course's website, or serve it."),
    "completion": ("eks_labs.cli.completing", "completion", "Print what your shell needs to complete commands."),
}


class _Lazy(click.Group):
    """A group whose commands are imported when called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's shape
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        import importlib

        module, name, _ = _COMMANDS[cmd_name]
        command: click.Command = getattr(importlib.import_module(module), name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in _COMMANDS and not args[0].startswith("-"):
            from eks_labs.errors import closest

            raise click.UsageError(f"There is no command {args[0]!r}. {closest(args[0], list(_COMMANDS))}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, _, text) in _COMMANDS.items()])


def _show_version(ctx: click.Context, param: click.Parameter, wanted: bool) -> None:  # noqa: ARG001 - click's shape
    if not wanted:
        return
    from importlib import metadata

    try:
        version = metadata.version("eks-labs")
    except metadata.PackageNotFoundError:
        # Run from a checkout, nothing is installed.
        import tomllib

        project = Path(__file__).resolve().parents[3] / "pyproject.toml"
        version = f"{tomllib.loads(project.read_text())['project']['version']} (checkout)"
    click.echo(f"labs {version}")
    ctx.exit()


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--course",
    type=click.Path(path_type=Path),
    envvar="EKS_LABS_COURSE",
    help="Folder of the course, when not the one this program came with.",
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_version,
    help="Show the version and exit.",
)
@click.pass_context
def labs(ctx: click.Context, course: Path | None) -> None:
    """A hands-on Amazon EKS course that runs: real Kubernetes, real Terraform, no AWS account.

    Start with: labs run chapter07
    """
    ctx.obj = course


def main() -> None:
    """Run the command line, and exit with one of the codes in `eks_labs.errors.Exit`."""
    try:
        code = labs.main(standalone_mode=False, prog_name="labs")
        sys.exit(code if isinstance(code, int) else 0)
    except LabsError as error:
        _say(error.what, error.remedy)
        sys.exit(int(error.exit))
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except Exception:
        import traceback

        traceback.print_exc()
        _say("this is a defect of labs, not of your work", "Please report it with the lines above.")
        sys.exit(int(Exit.TARGET_FAILED))


def _say(what: str, remedy: str) -> None:
    click.echo(click.style("error: ", fg="red", bold=True) + what, err=True)
    for line in remedy.splitlines():
        click.echo(f"  {line}", err=True)
