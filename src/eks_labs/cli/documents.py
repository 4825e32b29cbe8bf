"""`labs docs`."""

from pathlib import Path

import click

from eks_labs.cli import arguments


@click.group()
def docs() -> None:
    """Build the course's website, or serve it."""


@docs.command()
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("site/build"),
    show_default=True,
    help="Folder to build into; a site that is there is replaced.",
)
@click.option("--strict/--no-strict", default=True, show_default=True, help="Whether warnings are errors.")
@click.pass_context
def build(ctx: click.Context, out: Path, strict: bool) -> None:
    """Build the website."""
    from eks_labs import docs as site

    site.build(arguments.course_of(ctx).root, out.absolute(), strict)
    click.echo(f"{out}/index.html")


@docs.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, help="Port to listen on; 0 takes a free one.")
@click.pass_context
def serve(ctx: click.Context, host: str, port: int) -> None:
    """Build the website and serve it, until Ctrl-C."""
    from eks_labs import docs as site

    site.serve(arguments.course_of(ctx).root, host, port, click.echo)
