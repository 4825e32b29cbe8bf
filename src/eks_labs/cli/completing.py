"""`labs completion`."""

import os

import click


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]), required=False)
def completion(shell: str | None) -> None:
    """Print what your shell needs to complete commands, labs and scenarios.

    For bash: eval "$(labs completion bash)"
    """
    from click.shell_completion import get_completion_class

    from eks_labs.cli import labs

    chosen = shell or os.environ.get("SHELL", "bash").rsplit("/", 1)[-1]
    made = get_completion_class(chosen)
    if made is None:
        raise click.UsageError(f"There is no completion for {chosen!r}: bash, zsh or fish.")
    click.echo(made(labs, {}, "labs", "_LABS_COMPLETE").source())
