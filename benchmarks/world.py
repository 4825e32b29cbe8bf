"""How fast and how large a world is: `python -m benchmarks.world`.

AWS API up; cluster ACTIVE after CreateCluster; node Ready after its instance; ten Pods Running after a scale; memory
(PSS, which counts shared pages once) of the idle world with one node and of each further node.
"""

import json
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.ec2 import session, surroundings
from benchmarks.table import Row, print_table
from eks_local.waiting import wait_for
from eks_local.world import World, destroy

VERSION = "1.35"


def timed(action: Callable[[], object]) -> float:
    """Seconds that `action` takes."""
    started = time.monotonic()
    action()
    return time.monotonic() - started


def kubectl(world: World, *arguments: str) -> dict[str, Any]:
    """Run kubectl at the laptop and return its JSON."""
    found: dict[str, Any] = json.loads(_at_laptop(world, "kubectl", *arguments, "-o", "json"))
    return found


def _at_laptop(world: World, *argv: str) -> str:
    """What a command says. Its kubeconfig is beside the worlds of a benchmark: that of whoever measures is theirs."""
    line, env = world.command("laptop", argv, env={"KUBECONFIG": str(world.state.with_name("kubeconfig"))})
    done = subprocess.run(line, env=env, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr.strip())
    return done.stdout


def nodes_ready(world: World) -> int:
    """How many nodes are Ready."""
    return sum(
        condition["type"] == "Ready" and condition["status"] == "True"
        for node in kubectl(world, "get", "nodes")["items"]
        for condition in node["status"]["conditions"]
    )


def pods_running(world: World) -> int:
    """How many Pods of the benchmark are Running."""
    return sum(p["status"]["phase"] == "Running" for p in kubectl(world, "get", "pods", "-l", "app=web")["items"])


def measure(state: Path) -> list[Row]:
    """Start a world, measure it, end it."""
    started = time.monotonic()
    world = World.start(state)
    try:
        session(world).client("sts", endpoint_url=world.endpoint_url).get_caller_identity()
        rows = [Row("AWS API up", time.monotonic() - started, "s", 2)]
        rows += _cluster(world)
        return rows
    finally:
        world.stop()
        destroy(state)


def _cluster(world: World) -> list[Row]:
    eks = session(world).client("eks", endpoint_url=world.endpoint_url)
    active, ready = make_cluster(world)
    rows = [
        Row("cluster ACTIVE after CreateCluster", active, "s", 5),
        Row("node Ready after its instance", ready, "s", 5),
    ]
    rows.append(Row("ten Pods Running after the scale", _scale(world), "s", 3))
    return rows + _memory(world, eks)


def make_cluster(world: World) -> tuple[float, float]:
    """The cluster `bench` with a node; seconds until it was ACTIVE, and until the node was Ready."""
    around = surroundings(world)
    eks = session(world).client("eks", endpoint_url=world.endpoint_url)
    eks.create_cluster(
        name="bench", version=VERSION, roleArn=around.cluster_role, resourcesVpcConfig={"subnetIds": around.subnets}
    )
    active = timed(
        lambda: wait_for(
            lambda: eks.describe_cluster(name="bench")["cluster"]["status"] == "ACTIVE", what="cluster", seconds=120
        )
    )
    _at_laptop(world, "aws", "eks", "update-kubeconfig", "--name", "bench")
    return active, _group(world, around.node_role, around.subnets)


def await_system(world: World) -> None:
    """Wait for the system Pods to run, and a Deployment `web` without replicas."""
    wait_for(lambda: _system_running(world), what="system Pods", seconds=120)
    wait_for(lambda: _interfaces(world) == 2, what="the warm pool's interface", seconds=30)
    kubectl(world, "create", "deployment", "web", "--image=registry.k8s.io/pause:3.10", "--replicas=0")


def _group(world: World, role: str, subnets: tuple[str, ...]) -> float:
    eks = session(world).client("eks", endpoint_url=world.endpoint_url)
    ec2 = session(world).client("ec2", endpoint_url=world.endpoint_url)
    eks.create_nodegroup(
        clusterName="bench",
        nodegroupName="bench",
        nodeRole=role,
        subnets=list(subnets),
        instanceTypes=["m5.large"],  # its warm pool holds ten addresses and more
        scalingConfig={"minSize": 1, "maxSize": 4, "desiredSize": 1},
    )
    wait_for(lambda: ec2.describe_instances()["Reservations"], what="an instance", seconds=60)
    return timed(lambda: wait_for(lambda: nodes_ready(world) >= 1, what="a node to be Ready", seconds=120))


def _scale(world: World) -> float:
    await_system(world)
    kubectl(world, "scale", "deployment", "web", "--replicas=10")
    return timed(lambda: wait_for(lambda: pods_running(world) == 10, what="ten Pods", seconds=180))


def _interfaces(world: World) -> int:
    ec2 = session(world).client("ec2", endpoint_url=world.endpoint_url)
    instances = [i for r in ec2.describe_instances()["Reservations"] for i in r["Instances"]]
    return sum(len(instance["NetworkInterfaces"]) for instance in instances)


def _system_running(world: World) -> bool:
    pods = kubectl(world, "get", "pods", "-n", "kube-system")["items"]
    return len(pods) >= 4 and all(p["status"]["phase"] == "Running" for p in pods)


def _memory(world: World, eks: Any) -> list[Row]:
    kubectl(world, "scale", "deployment", "web", "--replicas=0")
    wait_for(lambda: pods_running(world) == 0, what="Pods to be gone", seconds=60)
    one = world.status().memory / 2**20
    eks.update_nodegroup_config(clusterName="bench", nodegroupName="bench", scalingConfig={"desiredSize": 3})
    wait_for(lambda: nodes_ready(world) == 3, what="three nodes", seconds=120)
    three = world.status().memory / 2**20
    return [
        Row("memory of the idle world, one cluster, one node (PSS)", one, "MB", 1200),
        Row("memory of each further node (PSS)", (three - one) / 2, "MB", 120),
    ]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="eks-labs-bench-") as folder:
        print_table(measure(Path(folder) / "world"))
