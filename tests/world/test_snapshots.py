"""A world saved while it runs, and another one that begins where it was."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from eks_local.world import World, WorldError
from tests.world.grades import commands
from tests.world.lab import Lab, eventually
from tests.worlds import started

pytestmark = pytest.mark.world

NAMES = "kubectl get nodes -o jsonpath='{.items[*].metadata.name}'"


@dataclass(frozen=True)
class Before:
    """What the saved world was like."""

    snapshot: Path
    kubeconfig: Path
    endpoint: str
    instances: list[str]
    nodes: str
    pods: list[str]


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Before]:
    folder = tmp_path_factory.mktemp("saved")
    with started(folder / "world", binaries=Lab.binaries()) as world:
        lab = Lab(world)
        lab.make()
        lab.sh("kubectl create deployment early --image=registry.k8s.io/pause:3.10 --replicas=2")
        eventually(lambda: lab.running("-l app=early") == 2, "Pods", lambda: lab.sh("kubectl get pods"))
        world.move_laptop("203.0.113.77")
        world.save(folder / "snapshot")
        # What comes later is not in the snapshot, and the saved world takes it as ever.
        assert lab.run("kubectl create deployment late --image=registry.k8s.io/pause:3.10").code == 0
        lab.ec2.create_vpc(CidrBlock="10.99.0.0/16")
        eventually(lambda: lab.running("-l app=late") == 1, "a Pod", lambda: lab.sh("kubectl get pods"))
        yield Before(
            folder / "snapshot",
            lab.kubeconfig,
            lab.described("demo")["endpoint"],
            [instance["InstanceId"] for instance in lab.instances()],
            lab.sh(NAMES),
            sorted(pod["metadata"]["name"] for pod in lab.pods("-l app=early")),
        )


def test_a_restored_world_is_the_saved_one(before: Before, tmp_path: Path) -> None:
    with started(tmp_path / "world", binaries=Lab.binaries(), snapshot=before.snapshot) as world:
        world.await_ready(60)
        lab = Lab(world)
        lab.kubeconfig = before.kubeconfig  # nothing in it has changed
        assert lab.described("demo")["endpoint"] == before.endpoint
        assert [instance["InstanceId"] for instance in lab.instances()] == before.instances
        assert lab.sh(NAMES) == before.nodes
        assert world.laptop_address() == "203.0.113.77"
        eventually(lambda: lab.running("-l app=early") == 2, "the Pods", lambda: lab.sh("kubectl get pods -A"))
        assert sorted(pod["metadata"]["name"] for pod in lab.pods("-l app=early")) == before.pods
        assert "NotFound" in lab.sh("kubectl get deployment late")
        assert "10.99.0.0/16" not in {vpc["CidrBlock"] for vpc in lab.ec2.describe_vpcs()["Vpcs"]}
        # The Pods are new ones' processes, not only records of the old ones': commands run in them.
        eventually(lambda: lab.running("-A") == 6, "all Pods", lambda: lab.sh("kubectl get pods -A"))
        assert lab.run("kubectl scale deployment early --replicas=3").code == 0
        eventually(lambda: lab.running("-l app=early") == 3, "a third Pod", lambda: lab.sh("kubectl get pods"))


def test_control_planes_that_begin_otherwise_than_they_should_are_put_right(before: Before, tmp_path: Path) -> None:
    """They begin before the AWS API, by a note: it may be of an API server of another kind, or of no cluster at all."""
    snapshot = shutil.copytree(before.snapshot, tmp_path / "snapshot")
    clusters = snapshot / "clusters"
    note = json.loads((clusters / "demo" / "start.json").read_text())
    gone = f"{tmp_path / 'world'}/clusters/gone/"
    shutil.copytree(clusters / "demo", clusters / "gone")
    note["settings"]["issuer"] = "https://oidc.eks.us-east-1.amazonaws.com/id/OTHER"
    (clusters / "demo" / "start.json").write_text(json.dumps(note))
    with started(tmp_path / "world", binaries=Lab.binaries(), snapshot=snapshot) as world:
        world.await_ready(60)
        lab = Lab(world)
        lab.kubeconfig = before.kubeconfig
        issuer = lab.described("demo")["identity"]["oidc"]["issuer"]
        assert json.loads(lab.sh("kubectl get --raw /.well-known/openid-configuration"))["issuer"] == issuer
        assert "FLAG" in (tmp_path / "world/clusters/gone/logs/kube-apiserver.log").read_text()
        eventually(lambda: commands((), gone) == [], "the end of what no cluster has", lambda: str(commands((), gone)))
        places = "ls /run/netns"
        eventually(lambda: "eks-gone" not in lab.sh(places), "the end of its place", lambda: lab.sh(places))
        assert "eks-demo" in lab.sh(places)


def test_a_folder_that_is_no_snapshot_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(WorldError, match="no snapshot of a world"):
        World.start(tmp_path / "world", snapshot=tmp_path / "empty", binaries=tmp_path)
