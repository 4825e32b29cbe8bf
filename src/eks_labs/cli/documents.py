"""`labs docs`."""

from pathlib import Path

import click

from eks_labs.cli import arguments
from eks_labs.errors import LabsError


@click.group()
def docs() -> None:
    """Build the course's website, or serve it."""


@docs.command()
@click.option("--out", type=click.Path(path_type=Path), default=Path("site-build"), help="Folder to build into.")
@click.option("--strict/--no-strict", default=True, help="Whether warnings are errors.")
@click.pass_context
def build(ctx: click.Context, out: Path, strict: bool) -> None:
    """Build the website."""
    from eks_labs import docs as site

    try:
        site.build(arguments.course_of(ctx).root, out.absolute(), strict)
    except site.DocsError as error:
        raise LabsError(str(error)) from error
    click.echo(f"{out}/index.html")


@docs.command()
@click.option("--host", default="127.0.0.1")
@click.option("--port", default=8000)
@click.pass_context
def serve(ctx: click.Context, host: str, port: int) -> None:
    """Serve the website, built anew when a source changes."""
    from eks_labs import docs as site

    try:
        site.serve(arguments.course_of(ctx).root, host, port)
    except site.DocsError as error:
        raise LabsError(str(error)) from error
