"""`labs mutate`."""

from collections.abc import Mapping
from contextlib import closing

import click

from eks_labs import scratch
from eks_labs.cli import arguments
from eks_labs.cli.starting import tell
from eks_labs.errors import Exit, LabsError
from eks_labs.grading.batch import default_jobs
from eks_labs.grading.grader import Grader
from eks_labs.mutation import mutants
from eks_labs.mutation.trial import LEAST, WITHIN, Outcome, Result, trial
from eks_labs.mutation.verdict import Verdict

_MARKS = {Outcome.KILLED: "✓", Outcome.SURVIVED: "✗", Outcome.REFUSED: "–", Outcome.ERROR: "!"}


@click.command()
@arguments.lab_argument()
@click.option("--list", "only_list", is_flag=True, help="Name the mutants and try none.")
@click.option(
    "--within",
    type=click.FloatRange(1),
    default=WITHIN,
    show_default=True,
    metavar="SECONDS",
    help="Try as many, drawn at random, as can be tried in this time.",
)
@click.option("--limit", type=click.IntRange(1), help="Try so many, drawn at random, however long it takes.")
@click.option("--all", "everything", is_flag=True, help="Try every mutant, however long it takes.")
@click.option("--only", metavar="TEXT", default="", help="Choose from those that have this in their line alone.")
@click.option("--seed", type=int, default=1, show_default=True, help="What the draw begins with.")
@arguments.jobs_option("Mutants")
@arguments.patience_option(
    "How long a condition may take; by default twice what the solution's longest step takes, at least 20."
)
@click.option(
    "--least",
    type=click.IntRange(0, 100),
    default=LEAST,
    show_default=True,
    metavar="PERCENT",
    help="Exit code 1 when fewer of the mutants are killed.",
)
@click.pass_context
def mutate(
    ctx: click.Context,
    lab: str,
    only_list: bool,
    within: float,
    limit: int | None,
    everything: bool,
    only: str,
    seed: int,
    jobs: int | None,
    patience: float | None,
    least: int,
) -> int:
    """Whether a lab's checks see mistakes: the solution with one thing wrong must not get all points.

    Mutants differ from the solution in one place that is the solution's own. What Terraform, AWS or Kubernetes refuse
    is not counted; what is listed in the lab's equivalent.toml is no mistake, and not tried.
    """
    course = arguments.course_of(ctx)
    found = course.lab(lab)
    if not found.exercises:
        raise LabsError(f"{lab} has no exercises: there is nothing to mutate", "labs list shows which labs have.")
    every = mutants.of(found)
    equal = mutants.equivalent(found, every)
    named = [mutant for mutant in every if only in str(mutant)]
    wrong = [mutant for mutant in named if mutant.name not in equal]
    if only_list:
        for mutant in named:
            reason = equal.get(mutant.name)
            click.echo(f"{mutant}{f'  (as good: {reason})' if reason else ''}")
        return int(Exit.PASSED)
    if not wrong:
        raise LabsError(f"{lab} has no mutant with {only!r} in its line", f"labs mutate {lab} --list names them.")
    scratch.end_in_order_on_sigterm()
    chosen = wrong if everything else mutants.shuffled(wrong, seed)[:limit]
    results: list[Result] = []
    time = None if everything or limit else within
    interrupted = False
    with closing(Grader()) as grader:
        try:
            for result in trial(grader, course, found, chosen, jobs or default_jobs(), patience, time, tell):
                results.append(result)
                _show(result, f"{len(results):>3}/{len(chosen)}")
        except KeyboardInterrupt:
            interrupted = True
    if len(results) < len(chosen):
        until = "when you interrupted it" if interrupted else "in the time there was"
        tell(f"{len(results)} of {len(chosen)} tried {until}; all of them with: labs mutate {lab} --all")
    conclusion = _conclude(found.name, Verdict.of(results), equal, least) if results else Exit.PASSED
    return int(Exit.INTERRUPTED if interrupted else conclusion)


def _show(result: Result, count: str) -> None:
    why = f"  [{' '.join(result.why.split())[:150]}]" if result.why else ""
    click.echo(f"{_MARKS[result.outcome]} {count}  {result.outcome:<8} {result.seconds:>4.0f} s  {result.mutant}{why}")


def _conclude(lab: str, verdict: Verdict, equal: Mapping[tuple[str, str], str], least: int) -> int:
    click.echo(f"\n{lab}: {verdict}")
    for result in verdict.survived:
        click.echo(f"  survived  {result.mutant}")
    for (file, what), reason in equal.items():
        click.echo(f"  as good   {file}: {what}: {reason}")
    if verdict.errors:
        return int(Exit.TARGET_FAILED)
    return int(Exit.PASSED if verdict.rate >= least else Exit.CHECK_FAILED)
