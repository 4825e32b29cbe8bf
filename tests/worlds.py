"""Worlds for tests: started on a folder of their own, ended whatever the test does, and shown to leave nothing."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from eks_local.paths import WorldPaths
from eks_local.sandbox import record
from eks_local.world import World, destroy
from tests.leaks import Footprint


@contextmanager
def started(state: Path, *, binaries: Path | None = None, snapshot: Path | None = None) -> Iterator[World]:
    """A world on `state`. Without `binaries` it can do all but run clusters and nodes."""
    empty = state.parent / "no-binaries"
    empty.mkdir(parents=True, exist_ok=True)
    world = World.start(state, binaries=binaries or empty, snapshot=snapshot)
    with Footprint.of(state) as footprint:
        try:
            yield world
        finally:
            world.stop()
            destroy(state)
        left = footprint.left()
    assert not left, f"left of {state}: {left}"


def inside(world: World, argv: Sequence[str], *, netns: str = "") -> list[str]:
    """A command in the box of `world`: in one of its network namespaces, or its own."""
    running = record.load(WorldPaths(world.state).record)
    assert running is not None
    box = ["nsenter", "--target", str(running.box.init.pid), "--user", "--mount", "--net", "--pid"]
    step = ["nsenter", f"--net=/run/netns/{netns}", "--"] if netns else []
    return [*box, "--preserve-credentials", "--", *step, *argv]
