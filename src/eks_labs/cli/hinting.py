"""`labs hint`."""

import click

from eks_labs.cli import arguments
from eks_labs.errors import LabsError


@click.command()
@click.argument("number", metavar="[N]", type=int, required=False)
@click.option(
    "-w", "--workspace", "which", metavar="LAB|DIR", shell_complete=arguments.complete_lab, help="Which workspace."
)
@click.pass_context
def hint(ctx: click.Context, number: int | None, which: str | None) -> None:
    """A hint for exercise N, by default the first that is not solved. Each time one more: they get stronger."""
    from eks_labs.learn import desk

    found = desk.find(arguments.course_of(ctx), which)
    exercises, note = found.lab.exercises, found.note
    if not exercises:
        raise LabsError(f"{found.lab.name} has no exercises", f"Its walkthrough: labs run {found.lab.name}")
    names = [exercise.name for exercise in exercises]
    chosen = number or next((names.index(name) + 1 for name in note.open if name in names), 1)
    if not 1 <= chosen <= len(exercises):
        raise LabsError(f"{found.lab.name} has no exercise {chosen}", f"They are numbered from 1 to {len(exercises)}.")
    exercise = exercises[chosen - 1]
    if not exercise.hints:
        raise LabsError(f"exercise {chosen} has no hints", f"Its text: {found.lab.tasks}")
    seen = note.hints.get(exercise.name, 0)
    count = min(seen + 1, len(exercise.hints))
    click.echo(f"{chosen}. {exercise.name}")
    for tier, text in enumerate(exercise.hints[:count], start=1):
        click.echo(f"\nHint {tier} of {len(exercise.hints)}: {text}")
    if seen >= len(exercise.hints):
        click.echo("\nThere are no more. labs solve shows the solution, after which points no longer count.")
    found.noted(hints={**note.hints, exercise.name: count})
