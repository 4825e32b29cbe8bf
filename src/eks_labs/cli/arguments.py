"""Arguments that several commands share, and what completes them."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from eks_labs.errors import LabsError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from eks_labs.course import Course, Lab


def course_of(ctx: click.Context) -> "Course":
    """The course that the command line names."""
    # Not every command that takes a lab's name reads the course.
    from eks_labs.course import find_course

    return find_course(ctx.find_root().obj)


def lab_argument(*, required: bool = True) -> Callable[[Any], Any]:
    """An argument LAB that completes to the course's labs."""
    return click.argument("lab", required=required, shell_complete=complete_lab)


def scenario_option() -> Callable[[Any], Any]:
    """An option --scenario that completes to the lab's."""
    return click.option(
        "--scenario", metavar="NAME", shell_complete=_complete_scenario, help="Run this scenario alone, by its name."
    )


def target_option() -> Callable[[Any], Any]:
    """An option --target."""
    return click.option(
        "--target", default="local", metavar="local|aws", shell_complete=_complete_target, help="Where: local or aws."
    )


def folder_option(name: str, text: str) -> Callable[[Any], Any]:
    """An option that takes a folder."""
    return click.option(name, type=click.Path(path_type=Path), metavar="DIR", help=text)


def checks_option(text: str) -> Callable[[Any], Any]:
    """An option --checks, of a private folder with hidden checks."""
    return click.option("--checks", type=click.Path(path_type=Path), metavar="DIR", callback=_checks, help=text)


def seed_option(text: str) -> Callable[[Any], Any]:
    """An option --seed, of what a lab's values are drawn from."""
    return click.option("--seed", metavar="TEXT", callback=_seed, help=text)


def jobs_option(what: str) -> Callable[[Any], Any]:
    """An option --jobs, of how many of `what` are graded at a time."""
    text = f"{what} at a time; four for each processor, or what there is memory for."
    return click.option("--jobs", type=click.IntRange(1, 64), help=text)


def patience_option(text: str) -> Callable[[Any], Any]:
    """An option --patience, in seconds."""
    return click.option("--patience", type=click.FloatRange(1, 600), metavar="SECONDS", help=text)


def wait_option() -> Callable[[Any], Any]:
    """A flag --wait, of a check that takes its time."""
    return click.option("--wait", is_flag=True, help="Give each condition the time that labs score gives it.")


def workspace_argument() -> Callable[[Any], Any]:
    """An argument for a workspace: a lab's name, a folder, or nothing for the one we are in."""
    return click.argument("which", metavar="[LAB|DIR]", required=False, shell_complete=complete_lab)


def _checks(ctx: click.Context, param: click.Parameter, value: Path | None) -> Path | None:
    if value is not None and not value.is_dir():
        said = f"{value}: no such folder. Hidden checks are a folder with LAB.feature and LAB.toml."
        raise click.BadParameter(said, ctx, param)
    return value


def _seed(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    from eks_labs.course.parameters import checked_seed

    try:
        return None if value is None else checked_seed(value)
    except ValueError as error:
        raise click.BadParameter(str(error), ctx, param) from error


def complete_lab(ctx: click.Context, param: click.Parameter, incomplete: str) -> "list[CompletionItem]":  # noqa: ARG001
    """The labs whose names begin so."""
    from click.shell_completion import CompletionItem

    try:
        labs = course_of(ctx).labs()
    except LabsError:
        return []
    return [CompletionItem(lab.name, help=lab.title) for lab in labs if lab.name.startswith(incomplete)]


def _complete_scenario(ctx: click.Context, param: click.Parameter, incomplete: str) -> "list[CompletionItem]":  # noqa: ARG001
    from click.shell_completion import CompletionItem

    try:
        # While an option waits for its value, click leaves the arguments where they were.
        lab: Lab = course_of(ctx).lab(ctx.params.get("lab") or next(iter(ctx.args), ""))
        names = [scenario.name for scenario in lab.scenarios()]
    except LabsError:
        return []
    return [CompletionItem(name) for name in names if name.casefold().startswith(incomplete.casefold())]


def _complete_target(ctx: click.Context, param: click.Parameter, incomplete: str) -> "list[CompletionItem]":  # noqa: ARG001
    from click.shell_completion import CompletionItem

    return [CompletionItem(name) for name in ("local", "aws") if name.startswith(incomplete)]
