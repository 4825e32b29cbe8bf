"""How fast a world with a cluster and a node is saved and restored: `python -m benchmarks.snapshots`.

Saved: how long it takes while the world runs, and how long changes have to wait. Restored in the place of another
world: until the AWS API answers, until the cluster's API answers and its node has said anew that it is Ready, and
until all Pods are ready again, which is as long as they take after a reboot.
"""

import tempfile
import time
from pathlib import Path

from benchmarks.table import Row, print_table
from benchmarks.world import await_system, kubectl, make_cluster, pods_running, timed
from eks_local.waiting import wait_for
from eks_local.world import World, destroy

TIMES = 3


def measure(folder: Path) -> list[Row]:
    """Make a world, save and restore it some times; the slowest of each counts."""
    snapshot = folder / "snapshot"
    rows = _save(folder / "first", snapshot)
    tries = [_restore(folder / f"restored-{number}", snapshot) for number in range(TIMES)]
    worst = [max(times) for times in zip(*tries, strict=True)]
    return [
        *rows,
        Row(f"restore: AWS API answers (slowest of {TIMES})", worst[0], "s", 2),
        Row(f"restore: API server answers, node Ready (slowest of {TIMES})", worst[1], "s", 5),
        Row(f"restore: all Pods ready (slowest of {TIMES})", worst[2], "s"),
    ]


def _save(state: Path, snapshot: Path) -> list[Row]:
    world = World.start(state)
    try:
        make_cluster(world)
        await_system(world)
        kubectl(world, "scale", "deployment", "web", "--replicas=3")
        wait_for(lambda: pods_running(world) == 3, what="three Pods", seconds=60)
        saves = []
        for number in range(TIMES):
            into = snapshot if number == 0 else snapshot.with_name(f"snapshot-{number}")
            started = time.monotonic()
            held = world.save(into)
            saves.append((time.monotonic() - started, held))
    finally:
        world.stop()
        destroy(state, remove=True)
    blocks = sum(file.stat().st_blocks * 512 for file in snapshot.rglob("*") if file.is_file())
    return [
        Row(f"save (slowest of {TIMES})", max(took for took, _ in saves), "s", 1),
        Row("save: changes had to wait", max(held for _, held in saves), "s", 0.5),
        Row("size of the snapshot on disk", blocks / 2**20, "MB"),
    ]


def _restore(state: Path, snapshot: Path) -> tuple[float, float, float]:
    started = time.monotonic()
    world = World.start(state, snapshot=snapshot)
    try:
        answers = time.monotonic() - started
        world.await_ready(60)
        ready = time.monotonic() - started
        return answers, ready, ready + timed(lambda: wait_for(lambda: _all_ready(world), what="Pods", seconds=120))
    finally:
        world.stop()
        destroy(state, remove=True)


def _all_ready(world: World) -> bool:
    pods = kubectl(world, "get", "pods", "-A")["items"]
    return all(
        condition["status"] == "True"
        for pod in pods
        for condition in pod["status"]["conditions"]
        if condition["type"] == "Ready"
    ) and bool(pods)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="eks-labs-bench-") as folder:
        print_table(measure(Path(folder)))
