"""`labs explain`."""

import json
import os
from pathlib import Path

import click

from eks_labs.cli import arguments, up
from eks_labs.errors import Exit, LabsError, TargetError
from eks_labs.run.record_file import Running
from eks_labs.terraform.origin import Origin, Origins
from eks_local.world import Explanation, Hop, UnknownPlace, World, WorldError


@click.command()
@click.option("--lab", shell_complete=arguments.complete_lab, help="The lab, when several are up.")
@click.option("--protocol", default="tcp", show_default=True, help="tcp, udp, icmp or a protocol's number.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.argument("source", metavar="FROM")
@click.argument("to", metavar="TO:PORT")
def explain(lab: str | None, protocol: str, as_json: bool, source: str, to: str) -> int:
    """Why one place in a lab reaches another, or does not, and the Terraform that made it so.

    FROM: laptop, an instance (id, Name tag, node name), a Pod's address, a cluster's name for its control plane.
    TO: these (a cluster's name means its endpoint), any address or DNS name. Exit code 0 when it reaches, 1 when not.
    """
    from eks_labs.run import workspace
    from eks_labs.run_folder import folder_of
    from eks_local.explanation import REACHES, lines, target

    try:
        name, port = target(to, protocol)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    running = up.choose(lab, "labs explain --lab LAB FROM TO:PORT")
    found = _ask(running, source, name, port, protocol)
    files = workspace.of_running(running, folder_of(running.lab))
    origins = Origins(files.root, files.terraform.relative_to(files.root).as_posix())
    made = [_origin(origins, hop) for hop in found.hops]
    if as_json:
        click.echo(json.dumps(_json(found, made), indent=2, ensure_ascii=False))
    else:
        click.echo("\n".join(lines(found, [_note(origin) for origin in made])))
    return int(Exit.PASSED if found.verdict == REACHES else Exit.CHECK_FAILED)


def _ask(running: Running, source: str, to: str, port: int | None, protocol: str) -> Explanation:
    from eks_labs.run_folder import folder_of

    if running.target != "local":
        raise LabsError(
            f"{running.lab} is on {running.target}, whose network this program cannot see",
            "Ask the VPC Reachability Analyzer: aws ec2 create-network-insights-path help",
        )
    try:
        world = World.attach(folder_of(running.lab).world)
        if world is None:
            raise TargetError(f"the world of {running.lab} is not running (any more)")
        return world.explain(source, to, port, protocol=protocol)
    except UnknownPlace as error:
        raise LabsError(error.what, error.remedy) from error
    except WorldError as error:
        raise TargetError(error.what, error.remedy) from error


def _origin(origins: Origins, hop: Hop) -> Origin | None:
    """What made the rule; of a hop without a rule, or one that AWS made, the resource that could have one."""
    resources = (hop.resource, *(hop.also if not hop.passed else ()))
    return next(filter(None, (origins.of(each, hop.rule, hop.way) for each in resources if each)), None)


def _json(found: Explanation, made: list[Origin | None]) -> dict[str, object]:
    fields = found.to_json()
    for hop, origin in zip(fields["hops"], made, strict=True):
        hop["terraform"] = origin and {
            "address": origin.address,
            "path": str(origin.path) if origin.path else None,
            "line": origin.line or None,
        }
    return fields


def _note(origin: Origin | None) -> str:
    if origin is None:
        return ""
    return f"{origin.address}  {_shown(origin.path)}:{origin.line}" if origin.path else origin.address


def _shown(path: Path) -> str:
    """As seen from where the command was given, when that is shorter."""
    return min(str(path), os.path.relpath(path), key=len)
