"""`labs run` and `labs score`."""

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import click

from eks_labs.cli import arguments
from eks_labs.errors import Exit, LabsError
from eks_labs.events import Bus
from eks_labs.run.plan import Options, Plan, plan
from eks_labs.run_folder import folder_of


@click.command()
@arguments.lab_argument()
@click.option("--keep", is_flag=True, help="Leave the lab up at the end, for labs shell. labs destroy ends it.")
@arguments.scenario_option()
@arguments.target_option()
@click.option("--variant", metavar="NAME", help="Another way to deploy the lab, of those in its lab.toml.")
@click.option("--plain", is_flag=True, help="Plain lines; the default when the output is not a terminal.")
@click.option("--json", "as_json", is_flag=True, help="One event a line, as JSON.")
@click.option("--yes", is_flag=True, help="Do not ask about the cost of --target aws.")
@click.option("--junit", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Also write JUnit XML.")
@click.option("--record", is_flag=True, help="Keep commands and outputs as the lab's verified run, for its page.")
@click.pass_context
def run(
    ctx: click.Context,
    lab: str,
    keep: bool,
    scenario: str | None,
    target: str,
    variant: str | None,
    plain: bool,
    as_json: bool,
    yes: bool,
    junit: Path | None,
    record: bool,
) -> int:
    """Deploy a lab, run its scenarios, destroy it.

    Everything happens on this machine unless --target aws. Ctrl-C destroys what was made; twice ends at once.
    """
    options = Options(lab, target, scenario, variant, keep=keep, record=record)
    planned = plan(arguments.course_of(ctx), options)
    if not yes:
        _ask(planned)
    return _go(planned, plain, as_json, junit)


@click.command()
@arguments.lab_argument()
@arguments.folder_option("--workspace", "Your workspace: a folder with terraform/ and manifests/.")
@click.option("--solution", is_flag=True, help="Grade the reference solution.")
@click.option("--untouched", is_flag=True, help="Grade the lab as it is.")
@arguments.patience_option("How long each condition may take to come true; by default as the step says.")
@arguments.seed_option("Draw the lab's values from this text; by default the workspace's seed, if it has one.")
@click.option("--twice", is_flag=True, help="Apply twice: the second time must find nothing to change.")
@arguments.target_option()
@click.option("--keep", is_flag=True, help="Leave the lab up at the end.")
@click.option("--plain", is_flag=True, help="Plain lines; the default when the output is not a terminal.")
@click.option("--json", "as_json", is_flag=True, help="One event a line, as JSON.")
@click.option("--yes", is_flag=True, help="Do not ask about the cost of --target aws.")
@click.option("--junit", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Also write JUnit XML.")
@click.pass_context
def score(
    ctx: click.Context,
    lab: str,
    workspace: Path | None,
    solution: bool,
    untouched: bool,
    patience: float | None,
    seed: str | None,
    twice: bool,
    target: str,
    keep: bool,
    plain: bool,
    as_json: bool,
    yes: bool,
    junit: Path | None,
) -> int:
    """Deploy a workspace from nothing and grade its exercises.

    A workspace is graded with its own values, where a lab has some that differ from learner to learner. Exit code 0
    when all points were got, 1 when not.
    """
    if [workspace is not None, solution, untouched].count(True) != 1:
        raise click.UsageError("Say what to grade: --workspace DIR, --solution or --untouched.", ctx)
    course = arguments.course_of(ctx)
    overlay = course.lab(lab).solution if solution else workspace
    options = Options(lab, target, exercises=True, overlay=overlay, keep=keep, patience=patience, twice=twice)
    planned = plan(course, replace(options, seed=_own_seed(workspace) if seed is None else seed))
    if not planned.scenarios:
        raise LabsError(f"{lab} has no exercises", "Its walkthrough: labs run " + lab)
    if planned.lab.seed is not None and planned.lab.drawn:
        click.echo(f"values: {planned.lab.drawn}", err=True)
    if not yes:
        _ask(planned)
    return _go(planned, plain, as_json, junit)


def _own_seed(workspace: Path | None) -> str | None:
    """The seed of the workspace's note, or of what was packed with it."""
    from eks_labs.grading import evidence
    from eks_labs.grading.archives import Unusable

    if workspace is None:
        return None
    try:
        return evidence.read(workspace).seed
    except Unusable as error:
        raise LabsError(f"{workspace}: {error}", "Mend or remove the file, or say the seed with --seed.") from error


def _ask(planned: Plan) -> None:
    """Nobody pays without having been asked."""
    if planned.options.target != "aws":
        return
    cost = planned.cost_per_hour
    price = (
        f"about {cost:.2f} USD an hour" if cost is not None else "an unknown sum (its lab.toml names no cost_per_hour)"
    )
    text = f"{planned.lab.name} on AWS costs {price}, until it is destroyed at the end."
    if not sys.stdin.isatty():
        raise LabsError(text, "Nobody can be asked here. Agree with --yes.")
    click.confirm(f"{text} Go on?", abort=True, err=True)


def _go(planned: Plan, plain: bool, as_json: bool, junit: Path | None) -> int:
    from eks_labs.run.workflow import run as run_lab

    folder = folder_of(planned.lab.name)
    bus = Bus()
    recorder = None
    with _junit(bus, planned, junit), display(bus, plain, as_json):
        if planned.options.record:
            from eks_labs.cli.recording import recorder_of

            recorder = recorder_of(planned, folder)
            bus.subscribe(recorder)
        code: Exit = run_lab(planned, folder, bus)
    if recorder is not None:
        click.echo(recorder.conclusion(), err=True)
    return int(code)


@contextmanager
def _junit(bus: Bus, planned: Plan, file: Path | None) -> Iterator[None]:
    if file is None:
        yield
        return
    from eks_labs.display.junit import JUnit

    with JUnit(file, planned.lab.name) as junit:
        bus.subscribe(junit)
        yield


@contextmanager
def display(bus: Bus, plain: bool, as_json: bool) -> Iterator[None]:
    """Standard output, as it was asked for and as it can be."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A terminal that knows no ✓ gets a ?, and not the end of the run.
        sys.stdout.reconfigure(errors="replace")
    if as_json:
        from eks_labs.display.json_lines import JsonLines

        bus.subscribe(JsonLines(sys.stdout))
        yield
    elif plain or not sys.stdout.isatty() or os.environ.get("TERM", "") in ("", "dumb", "unknown"):
        from eks_labs.display.plain import Plain

        bus.subscribe(Plain(sys.stdout))
        yield
    else:
        from eks_labs.display.live import Live

        with Live(sys.stdout) as live:
            bus.subscribe(live)
            yield
