"""The reference of the command line, from the commands themselves."""

from collections.abc import Iterator
from dataclasses import dataclass

import click


@dataclass(frozen=True)
class Option:
    """One option or argument. `default` is empty when it has none worth saying."""

    usage: str
    meaning: str
    default: str


@dataclass(frozen=True)
class Command:
    """One command. `usage` is its line with all that it takes; `text` its paragraphs."""

    name: str
    usage: str
    text: str
    options: tuple[Option, ...]


def read_commands() -> tuple[Command, ...]:
    """`labs` itself, then its commands, those of a group after it."""
    from eks_labs.cli import labs

    return tuple(_walk(labs, click.Context(labs, info_name="labs")))


def _walk(command: click.Command, context: click.Context) -> Iterator[Command]:
    yield _read(command, context)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            if found is not None and not found.hidden:
                yield from _walk(found, click.Context(found, parent=context, info_name=name))


def _read(command: click.Command, context: click.Context) -> Command:
    options = tuple(_option(parameter, context) for parameter in command.params if isinstance(parameter, click.Option))
    text = "\n\n".join(" ".join(part.split()) for part in (command.help or "").split("\n\n"))
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    return Command(context.command_path, usage, text, options)


def _option(option: click.Option, context: click.Context) -> Option:
    names = ", ".join([*option.opts, *option.secondary_opts])
    value = "" if option.is_flag or option.count else f" {option.make_metavar(context)}"
    default = option.default if option.show_default or isinstance(option.default, str) else ""
    return Option(names + value, (option.help or "").strip(), "" if option.is_flag else str(default))
