"""Control planes in a real world: from CreateCluster to nothing left, each version, two side by side."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import botocore.exceptions
import pytest

from eks_local.paths import WorldPaths
from tests.world.lab import Lab, eventually
from tests.worlds import inside, started

pytestmark = [pytest.mark.world, pytest.mark.xdist_group("cluster")]

PROGRAMS = {"etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"}


class Plain(Lab):
    """A world whose clusters have no nodes."""

    def __init__(self, world: Any) -> None:
        super().__init__(world)
        self.subnets = self.network()
        self.cluster_role = self.role("cluster", "eks")

    def create(self, name: str, **options: Any) -> dict[str, Any]:
        """CreateCluster's answer."""
        config = {"subnetIds": self.subnets}
        return dict(
            self.eks.create_cluster(name=name, roleArn=self.cluster_role, resourcesVpcConfig=config, **options)[
                "cluster"
            ]
        )

    def delete(self, name: str) -> None:
        """DeleteCluster, until it is gone."""
        self.eks.delete_cluster(name=name)
        eventually(lambda: name not in self.eks.list_clusters()["clusters"], f"{name} gone", self.world.status)

    def programs(self, name: str) -> set[str]:
        """The upstream programs that run for a cluster."""
        found = self.in_box("ps", "-ww", "-eo", "args")
        folder = str(WorldPaths(self.world.state).cluster(name))
        return {line.split()[1] for line in found.splitlines() if "/eks-node " in line and folder in line}

    def pids(self, name: str) -> set[str]:
        """Process ids of a cluster's programs, in the box."""
        found = self.in_box("ps", "-ww", "-eo", "pid,args")
        folder = str(WorldPaths(self.world.state).cluster(name))
        return {line.split()[0] for line in found.splitlines() if "/eks-node " in line and folder in line}

    def namespaces(self) -> set[str]:
        """Names of the network namespaces."""
        return set(self.in_box("ls", "/run/netns").split())

    def in_box(self, *argv: str) -> str:
        """What a command in the world's box writes."""
        return self.output(inside(self.world, argv))

    def ask(self, cluster: dict[str, Any], path: str, authority: dict[str, Any] | None = None) -> str:
        """An anonymous request to a cluster's API server that trusts its own CA, or another cluster's."""
        trusted = base64.b64decode((authority or cluster)["certificateAuthority"]["data"]).decode()
        return self.run(f"curl -sS -m 20 --cacert /dev/stdin {cluster['endpoint']}{path}", stdin=trusted).said


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plain]:
    with started(tmp_path_factory.mktemp("cluster") / "w", binaries=Lab.binaries()) as world:
        yield Plain(world)


@pytest.fixture(scope="module")
def demo(lab: Plain) -> dict[str, Any]:
    """A cluster with nothing said but what must be."""
    lab.create("demo")
    return lab.active("demo")


def test_a_cluster_is_creating_until_it_serves(lab: Plain) -> None:
    created = lab.create("early")
    assert created["status"] == "CREATING"
    assert "endpoint" not in created
    with pytest.raises(botocore.exceptions.ClientError, match="ResourceInUseException"):
        lab.eks.delete_cluster(name="early")
    active = lab.active("early")
    assert lab.ask(active, "/readyz") == "ok"
    assert active["endpoint"].endswith(".gr7.us-east-1.eks.amazonaws.com")
    lab.delete("early")


def test_the_world_says_where_a_cluster_answers_as_describe_cluster_does(lab: Plain, demo: dict[str, Any]) -> None:
    found = lab.world.cluster("demo")
    assert found is not None
    assert (found.name, found.arn, found.url) == (demo["name"], demo["arn"], demo["endpoint"])
    assert found.certificate_authority == demo["certificateAuthority"]["data"]
    assert lab.world.cluster("none") is None


def test_all_components_are_healthy(lab: Plain, demo: dict[str, Any]) -> None:
    lab.configure("demo")

    def healthy() -> dict[str, str]:
        said = json.loads(lab.run("kubectl get componentstatuses -o json").out or "{}")
        return {item["metadata"]["name"]: item["conditions"][0]["status"] for item in said.get("items", ())}

    wanted = dict.fromkeys(("controller-manager", "scheduler", "etcd-0"), "True")
    eventually(lambda: healthy() == wanted, "healthy components", lambda: lab.sh("kubectl get componentstatuses"))


def test_the_issuer_is_that_of_the_description_and_its_keys_are_served(lab: Plain, demo: dict[str, Any]) -> None:
    lab.configure("demo")
    found = json.loads(lab.run("kubectl get --raw /.well-known/openid-configuration").out)
    assert found["issuer"] == demo["identity"]["oidc"]["issuer"]
    assert found["issuer"].startswith("https://oidc.eks.us-east-1.amazonaws.com/id/")
    assert json.loads(lab.run("kubectl get --raw /openid/v1/jwks").out)["keys"]


def test_the_cluster_has_a_security_group_and_interfaces_of_its_own(lab: Plain, demo: dict[str, Any]) -> None:
    config = demo["resourcesVpcConfig"]
    group = lab.ec2.describe_security_groups(GroupIds=[config["clusterSecurityGroupId"]])["SecurityGroups"][0]
    assert group["GroupName"].startswith("eks-cluster-sg-demo-")
    assert group["VpcId"] == config["vpcId"]
    filters = [{"Name": "description", "Values": ["Amazon EKS demo"]}]
    found = lab.ec2.describe_network_interfaces(Filters=filters)["NetworkInterfaces"]
    assert {interface["SubnetId"] for interface in found} == set(lab.subnets)
    assert all([g["GroupId"] for g in interface["Groups"]] == [group["GroupId"]] for interface in found)


@pytest.mark.parametrize("version", ["1.33", "1.34", "1.35"])
def test_every_offered_version_runs_and_says_which_it_is(lab: Plain, version: str) -> None:
    offered = lab.eks.describe_cluster_versions()["clusterVersions"]
    assert version in {entry["clusterVersion"] for entry in offered}
    name = f"v{version.replace('.', '-')}"
    lab.create(name, version=version)
    cluster = lab.active(name)
    assert cluster["version"] == version
    assert lab.ask(cluster, "/livez") == "ok"
    assert json.loads(lab.ask(cluster, "/version"))["code"] == 401
    lab.configure(name)
    said = json.loads(lab.run("kubectl version -o json").out)["serverVersion"]
    assert f"{said['major']}.{said['minor']}" == version
    assert said["gitVersion"].startswith(f"v{version}."), said
    assert lab.run("kubectl create configmap one && kubectl delete configmap one").code == 0
    lab.delete(name)


def test_the_versions_tested_are_those_offered(lab: Plain) -> None:
    offered = lab.eks.describe_cluster_versions()["clusterVersions"]
    assert {entry["clusterVersion"] for entry in offered} == {"1.33", "1.34", "1.35"}


@pytest.mark.parametrize("version", ["1.12", "1.99", "2.0", "latest"])
def test_another_version_is_refused_in_ekss_words(lab: Plain, version: str) -> None:
    with pytest.raises(botocore.exceptions.ClientError) as refused:
        lab.create("never", version=version)
    assert refused.value.response["Error"]["Code"] == "InvalidParameterException"
    assert refused.value.response["Error"]["Message"] == f"unsupported Kubernetes version {version}"
    assert "never" not in lab.eks.list_clusters()["clusters"]


def test_deleting_a_cluster_leaves_nothing_of_it(lab: Plain) -> None:
    before = lab.namespaces()
    lab.create("gone")
    cluster = lab.active("gone")
    group = cluster["resourcesVpcConfig"]["clusterSecurityGroupId"]
    eventually(lambda: lab.programs("gone") == PROGRAMS, "all programs", lambda: lab.programs("gone"))
    assert lab.namespaces() - before == {"eks-gone"}
    lab.delete("gone")
    assert lab.programs("gone") == set()
    eventually(lambda: lab.namespaces() == before, "the namespace's end", lab.namespaces)
    assert not WorldPaths(lab.world.state).cluster("gone").exists()
    assert "Could not resolve host" in lab.ask(cluster, "/readyz")
    with pytest.raises(botocore.exceptions.ClientError, match=r"InvalidGroup\.NotFound"):
        lab.ec2.describe_security_groups(GroupIds=[group])
    filters = [{"Name": "description", "Values": ["Amazon EKS gone"]}]
    assert lab.ec2.describe_network_interfaces(Filters=filters)["NetworkInterfaces"] == []
    with pytest.raises(botocore.exceptions.ClientError, match="ResourceNotFoundException"):
        lab.described("gone")


def test_two_clusters_side_by_side_share_nothing(lab: Plain, demo: dict[str, Any]) -> None:
    lab.create("second")
    second = lab.active("second")
    for field in (["endpoint"], ["certificateAuthority", "data"], ["identity", "oidc", "issuer"]):
        assert _at(demo, field) != _at(second, field)
    assert "certificate" in lab.ask(second, "/readyz", authority=demo)
    for name in ("demo", "second"):
        lab.configure(name)
        assert lab.run(f"kubectl create configmap of-{name}").code == 0
    seen = lab.get("configmaps")["items"]
    assert {item["metadata"]["name"] for item in seen} == {"of-second", "kube-root-ca.crt"}
    lab.delete("second")
    assert lab.ask(demo, "/readyz") == "ok"
    assert lab.programs("demo") == PROGRAMS


def test_a_program_that_is_killed_comes_back(lab: Plain, demo: dict[str, Any]) -> None:
    folder = str(WorldPaths(lab.world.state).cluster("demo"))
    lab.in_box("pkill", "-KILL", "-f", f"eks-node (etcd|kube-apiserver) .*{folder}")
    eventually(
        lambda: lab.ask(demo, "/readyz") == "ok" and lab.programs("demo") == PROGRAMS,
        "the control plane",
        lambda: lab.programs("demo"),
    )
    lab.configure("demo")
    assert lab.run("kubectl get namespace default").code == 0


def _at(record: dict[str, Any], path: list[str]) -> Any:
    found: Any = record
    for name in path:
        found = found[name]
    return found
