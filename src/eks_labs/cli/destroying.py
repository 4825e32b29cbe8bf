"""`labs destroy`."""

import click

from eks_labs.cli import arguments
from eks_labs.errors import LabsError, closest


@click.command()
@arguments.lab_argument(required=False)
@click.option("--all", "everything", is_flag=True, help="Every lab that is up.")
@click.pass_context
def destroy(ctx: click.Context, lab: str | None, everything: bool) -> int:
    """End a lab and remove everything it made: processes, namespaces, files, and what it has on AWS."""
    from eks_labs.destroy import destroy_lab, destroyable

    if (lab is None) != everything:
        raise click.UsageError("Name a lab, or say --all.", ctx)
    known = destroyable()
    if lab is not None and lab not in known and lab not in arguments.course_of(ctx).names():
        raise LabsError(f"there is no lab called {lab!r}", closest(lab, arguments.course_of(ctx).names()))
    for name in known if everything else [lab]:
        ended = destroy_lab(str(name), lambda text: click.echo(text, err=True))
        click.echo(f"{name}: {', '.join(ended) if ended else 'nothing was up'}")
    return 0
