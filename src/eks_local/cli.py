"""`eks-local`: a local EKS for those who want no labs.

    eks-local up        start a world that outlives the command
    eks-local env       what makes aws, terraform and boto3 use it:  eval "$(eks-local env)"
    eks-local shell     a shell at the laptop of the world (or another vantage point)
    eks-local ssh NAME  a shell on an instance
    eks-local laptop    the laptop's public address
    eks-local explain FROM TO:PORT    why one place reaches another, or does not
    eks-local status
    eks-local down

Imports what a command needs when it runs: `--help` and completion must not wait for it.
"""

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

if TYPE_CHECKING:
    from eks_local.status import WorldStatus
    from eks_local.world import World

_WORLD = 3
"""Exit code when the world is not there, or fails."""


def default_state() -> Path:
    """The state folder of a world that was not given one."""
    home = os.environ.get("XDG_STATE_HOME")
    return (Path(home) if home else Path.home() / ".local" / "state") / "eks-local" / "default"


_state = click.option(
    "--state",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="EKS_LOCAL_STATE",
    default=default_state,
    show_default="~/.local/state/eks-local/default",
    help="The world's folder; several worlds have several.",
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """A local Amazon EKS: real Kubernetes behind the AWS API, without an AWS account, Docker or root."""


@main.command()
@_state
@click.option("--region", default="us-east-1", show_default=True, help="AWS region that the world plays.")
@click.option("--api-port", default=0, type=click.IntRange(0, 65535), help="Port of the AWS API; 0: a free one.")
@click.option("--proxy-port", default=0, type=click.IntRange(0, 65535), help="Port of the proxy; 0: a free one.")
def up(state: Path, region: str, api_port: int, proxy_port: int) -> None:
    """Start a world. It runs until `eks-local down`."""
    from eks_local.world import World

    with _told():
        running = World.attach(state)
        if running is not None:
            click.echo(f"A world runs already on {state}.", err=True)
        else:
            running = World.start(state, region=region, api_port=api_port, proxy_port=proxy_port, on_progress=_progress)
            running.detach()
        click.echo(f"AWS API  {running.endpoint_url}")
        click.echo(f"proxy    {running.proxy_url}  (kubectl: proxy-url; the cluster's endpoint is behind it)")
        click.echo('next     eval "$(eks-local env)", or eks-local shell')


@main.command()
@_state
@click.option("--remove", is_flag=True, help="Remove the state folder too.")
def down(state: Path, remove: bool) -> None:
    """End a world, and whatever is left of one. Its state stays, unless --remove."""
    from eks_local.world import World, destroy

    with _told():
        running = World.attach(state)
        if running is not None:
            running.stop()
            click.echo(f"ended    the world on {state}")
        for what in destroy(state, remove=remove):
            click.echo(f"ended    {what}")


@main.command()
@_state
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def status(state: Path, as_json: bool) -> None:
    """What a world holds. Exit code 3 when none runs."""
    with _told():
        world = _running(state)
        found = world.status()
    if as_json:
        click.echo(json.dumps(asdict(found), indent=2))
        return
    for line in _lines(world, found):
        click.echo(line)


@main.command()
@_state
def env(state: Path) -> None:
    """Print what makes AWS clients on this machine use the world, for `eval`."""
    with _told():
        world = _running(state)
    for name, value in world.environment().items():
        click.echo(f"export {name}={shlex.quote(value)}")
    click.echo(f"# kubectl config set-cluster NAME --proxy-url {world.proxy_url}")


@main.command(context_settings={"ignore_unknown_options": True})
@_state
@click.option(
    "--at",
    "where",
    default="laptop",
    show_default=True,
    help='Vantage point: "laptop", "bastion", "instance NAME", "node NAME" or "pod NAMESPACE/NAME[:CONTAINER]".',
)
@click.argument("command", nargs=-1, type=click.UNPROCESSED)
def shell(state: Path, where: str, command: tuple[str, ...]) -> None:
    """A shell, or COMMAND, at a vantage point of the world."""
    own = os.environ.get("SHELL", "/bin/sh") if where == "laptop" else "/bin/sh"
    _enter(state, where, command or (own,), cwd=Path.cwd() if where == "laptop" else None)


def _complete_instance(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:  # noqa: ARG001
    from eks_local.world import World, WorldError

    try:
        world = World.attach(ctx.params.get("state") or default_state())
        names = [instance.called for instance in world.status().instances if instance.runs] if world else []
    except WorldError:
        return []
    return [name for name in names if name.startswith(incomplete)]


@main.command(context_settings={"ignore_unknown_options": True})
@_state
@click.argument("name", shell_complete=_complete_instance)
@click.argument("command", nargs=-1, type=click.UNPROCESSED)
def ssh(state: Path, name: str, command: tuple[str, ...]) -> None:
    """A shell, or COMMAND, on the instance NAME: its Name tag, its id, or its private DNS name.

    It needs no key pair and no open port: it is the console, not the network.
    """
    _enter(state, f"instance {name}", command or ("/bin/bash",))


@main.command()
@_state
@click.option("--ip", metavar="ADDRESS", help="Give the laptop this public address; its connections end.")
def laptop(state: Path, ip: str | None) -> None:
    """Show or change the public address of the world's laptop: who a CIDR rule takes you for."""
    with _told():
        world = _running(state)
        click.echo(world.laptop_address() if ip is None else world.move_laptop(ip))


def _enter(state: Path, where: str, command: Sequence[str], cwd: Path | None = None) -> NoReturn:
    """Run a command at a vantage point, in the place of this one."""
    with _told():
        argv, environment = _running(state).command(where, command, cwd=cwd)
    sys.exit(subprocess.run(argv, env=environment).returncode)


@main.command()
@_state
@click.option("--protocol", default="tcp", show_default=True, help="tcp, udp, icmp or a protocol's number.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.argument("source", metavar="FROM")
@click.argument("to", metavar="TO:PORT")
def explain(state: Path, protocol: str, as_json: bool, source: str, to: str) -> None:
    """Why FROM reaches TO, or does not: routes, security groups, network ACLs, gateways, endpoints.

    FROM: laptop, an instance (id, Name tag, node name), a Pod's address, a cluster's name for its control plane.
    TO: these (a cluster's name means its endpoint), any address or DNS name. Exit code 0 when it reaches, 1 when not.
    """
    from eks_local.explanation import REACHES, UnknownPlace, lines, target

    try:
        name, port = target(to, protocol)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    with _told():
        try:
            found = _running(state).explain(source, name, port, protocol=protocol)
        except UnknownPlace as error:
            raise click.UsageError(str(error)) from error
    click.echo(json.dumps(found.to_json(), indent=2, ensure_ascii=False) if as_json else "\n".join(lines(found)))
    sys.exit(0 if found.verdict == REACHES else 1)


def _running(state: Path) -> "World":
    from eks_local.world import World, WorldError

    world = World.attach(state)
    if world is None:
        raise WorldError(f"no world runs on {state}", "Start one with: eks-local up")
    return world


def _lines(world: "World", found: "WorldStatus") -> Iterator[str]:
    yield f"AWS API    {world.endpoint_url}   region {world.region}"
    yield f"proxy      {world.proxy_url}"
    yield f"process    {found.pid}, {found.memory // 2**20} MB, up for {found.uptime:.0f} s"
    for cluster in found.clusters:
        yield f"cluster    {cluster.name}   {cluster.status}   {cluster.version}"
    for instance in found.instances:
        name = instance.node_name or instance.name
        yield f"instance   {instance.id}   {instance.type}   {instance.state}   {instance.private_ip}   {name}".rstrip()
    for part, error in found.errors.items():
        yield f"error      {part}: {error}"


def _progress(what: str) -> None:
    click.echo(f"… {what}", err=True)


@contextmanager
def _told() -> Iterator[None]:
    """A refusal as a person reads it, and its exit code."""
    from eks_local.world import WorldError

    try:
        yield
    except WorldError as error:
        click.echo(f"eks-local: {error}", err=True)
        sys.exit(_WORLD)
    except KeyboardInterrupt:
        sys.exit(130)
