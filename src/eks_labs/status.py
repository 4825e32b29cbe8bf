"""Which labs are up, from their run folders and their worlds."""

from dataclasses import dataclass
from pathlib import Path

from eks_labs.run.record_file import Running
from eks_labs.run_folder import RunFolder, state_home


@dataclass(frozen=True)
class Up:
    """A lab that is up."""

    lab: str
    target: str
    started: float
    """Seconds since the epoch."""
    kept: bool
    pid: int | None
    """The process that runs it now, None when nobody does."""
    lines: tuple[str, ...]
    """What its target says, for people."""
    workspace: str = ""
    """The learner's folder, when it was started for one."""
    stopped: bool = False
    """Its world was stopped, to be resumed."""


def all_up(home: Path | None = None) -> list[Up]:
    """Every lab that is up or was left behind, by name."""
    return [up for up in map(_look, _folders(home or state_home())) if up is not None]


def names_up(home: Path | None = None) -> list[str]:
    """Names of the labs that are up or were left behind, without asking their worlds how they are."""
    return [running.lab for running in map(Running.load, _folders(home or state_home())) if running is not None]


def _folders(home: Path) -> list[RunFolder]:
    return [RunFolder(path) for path in sorted(home.iterdir())] if home.is_dir() else []


def _look(folder: RunFolder) -> Up | None:
    running = Running.load(folder)
    if running is None:
        return None
    if running.stopped:
        lines: tuple[str, ...] = ()
    elif running.target == "local":
        lines = _world(folder)
    else:
        lines = (f"region {running.region}, cluster {running.cluster}",)
    return Up(
        lab=running.lab,
        target=running.target,
        started=running.started,
        kept=running.kept,
        pid=folder.holder(),
        lines=lines,
        workspace=running.workspace,
        stopped=running.stopped,
    )


def _world(folder: RunFolder) -> tuple[str, ...]:
    from eks_local.world import World, WorldError

    world = World.attach(folder.world)
    if world is None:
        return ("its world is not running",)
    try:
        said = world.status()
    except WorldError as error:
        return (f"its world does not answer: {error}",)
    lines = [f"world: process {said.pid}, {said.memory / 2**20:.0f} MB, AWS API at {world.endpoint_url}"]
    lines += [f"cluster {cluster.name}: {cluster.status}, Kubernetes {cluster.version}" for cluster in said.clusters]
    lines += [
        f"instance {instance.id}: {instance.type}, {instance.state}, {instance.private_ip}"
        + (f", node {instance.node_name}" if instance.node_name else "")
        for instance in said.instances
        if instance.state != "terminated"
    ]
    return (*lines, *(f"{name}: {error}" for name, error in said.errors.items()))
