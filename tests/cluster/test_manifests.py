import re
from typing import Any

import pytest

from eks_local.cluster import manifests
from eks_local.cluster.addon_health import satisfied
from eks_local.cluster.manifests import Configuration, InvalidConfiguration, Values

VALUES = Values("demo", "https://host", "us-east-1", "vpc-1", "172.20.0.0/16", "172.20.0.10", "1.35")
SHIPPED = sorted((path.parent.name, path.stem) for path in manifests.FOLDER.glob("*/*.yaml"))


def load(name: str, text: str | None = None, role: str | None = None) -> list[dict[str, Any]]:
    version = next(version for shipped, version in SHIPPED if shipped == name)
    return manifests.load(name, version, VALUES, Configuration.parse(text, role))


def of_kind(objects: list[dict[str, Any]], kind: str) -> dict[str, Any]:
    return next(item for item in objects if item["kind"] == kind)


@pytest.mark.parametrize(("name", "version"), SHIPPED)
def test_every_manifest_shipped_is_complete(name: str, version: str) -> None:
    objects = manifests.load(name, version, VALUES, Configuration({}))
    assert list(manifests.workloads(objects))
    for item in objects:
        assert item["apiVersion"]
        assert item["metadata"]["name"]
    assert not re.search(r"\$\{[A-Z_]+\}", str(objects))


def test_the_default_ones_are_shipped() -> None:
    assert set(manifests.DEFAULT) <= {name for name, _ in SHIPPED}


def test_cluster_dns_is_the_tenth_address() -> None:
    services = [item for item in load("coredns") if item["kind"] == "Service"]
    assert services[0]["spec"]["clusterIP"] == "172.20.0.10"


class TestConfiguration:
    def test_environment_of_the_vpc_cni(self) -> None:
        objects = load("vpc-cni", '{"env": {"ENABLE_PREFIX_DELEGATION": "true", "WARM_IP_TARGET": 3, "NEW": true}}')
        container = of_kind(objects, "DaemonSet")["spec"]["template"]["spec"]["containers"][0]
        env = {entry["name"]: entry.get("value") for entry in container["env"]}
        assert (env["ENABLE_PREFIX_DELEGATION"], env["WARM_IP_TARGET"], env["NEW"]) == ("true", "3", "true")
        assert len(env) == len(container["env"])

    def test_replicas_and_resources_of_coredns(self) -> None:
        objects = load("coredns", "replicaCount: 3\nresources: {limits: {memory: 100Mi}}\n")
        deployment = of_kind(objects, "Deployment")["spec"]
        assert deployment["replicas"] == 3
        assert deployment["template"]["spec"]["containers"][0]["resources"] == {"limits": {"memory": "100Mi"}}

    def test_corefile(self) -> None:
        config = of_kind(load("coredns", '{"corefile": ".:53 { errors }"}'), "ConfigMap")
        assert config["data"]["Corefile"] == ".:53 { errors }"

    def test_tolerations_and_labels(self) -> None:
        objects = load("coredns", '{"tolerations": [{"operator": "Exists"}], "podLabels": {"a": "b"}}')
        template = of_kind(objects, "Deployment")["spec"]["template"]
        assert template["spec"]["tolerations"] == [{"operator": "Exists"}]
        assert template["metadata"]["labels"]["a"] == "b"

    def test_role_goes_on_the_service_account(self) -> None:
        account = of_kind(load("vpc-cni", role="arn:aws:iam::1:role/cni"), "ServiceAccount")
        assert account["metadata"]["annotations"]["eks.amazonaws.com/role-arn"] == "arn:aws:iam::1:role/cni"

    def test_what_is_not_known_is_refused(self) -> None:
        with pytest.raises(InvalidConfiguration, match="not supported: replicas"):
            load("coredns", '{"replicas": 3}')

    @pytest.mark.parametrize("text", ["[1]", "just text", "{"])
    def test_what_is_no_object_is_refused(self, text: str) -> None:
        with pytest.raises(InvalidConfiguration):
            Configuration.parse(text, None)

    @pytest.mark.parametrize("text", [None, "", "{}"])
    def test_nothing(self, text: str | None) -> None:
        assert Configuration.parse(text, None) == Configuration({})


def workload(kind: str, replicas: int = 2, generation: int = 1, **status: int) -> dict[str, Any]:
    return {
        "kind": kind,
        "metadata": {"generation": generation},
        "spec": {"replicas": replicas},
        "status": {"observedGeneration": 1, **status},
    }


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (workload("Deployment", availableReplicas=2, updatedReplicas=2), True),
        (workload("Deployment", availableReplicas=1, updatedReplicas=2), False),
        (workload("Deployment", availableReplicas=2, updatedReplicas=1), False),
        (workload("Deployment", generation=2, availableReplicas=2, updatedReplicas=2), False),
        (workload("Deployment"), False),
        (workload("DaemonSet", desiredNumberScheduled=0), True),
        (workload("DaemonSet", desiredNumberScheduled=2, numberReady=2, updatedNumberScheduled=2), True),
        (workload("DaemonSet", desiredNumberScheduled=2, numberReady=1, updatedNumberScheduled=2), False),
        (workload("DaemonSet", desiredNumberScheduled=2, numberReady=2, updatedNumberScheduled=1), False),
    ],
)
def test_satisfied(item: dict[str, Any], expected: bool) -> None:
    assert satisfied(item) is expected
