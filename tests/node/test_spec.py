import json
from datetime import UTC, datetime
from typing import Any

import pytest
import yaml

from eks_local.aws.views import Instance, MetadataOptions
from eks_local.node import boot
from eks_local.node.instance_types import instance_type
from eks_local.node.node_config import InvalidNodeConfig, NodeConfig, Taint
from eks_local.node.spec import Place, kubelet_spec, max_pods

PLACE = Place("i-0123", "ip-10-0-1-5.ec2.internal", "10.0.1.5", "us-east-1a", "us-east-1")


def config(**changes: Any) -> NodeConfig:
    fields: dict[str, Any] = {
        "cluster": "demo",
        "endpoint": "https://ABC.gr7.us-east-1.eks.amazonaws.com",
        "certificate_authority": "Q0E=",
        "service_cidr": "172.20.0.0/16",
        "cluster_dns": ("172.20.0.10",),
    }
    return NodeConfig(**{**fields, **changes})


@pytest.mark.parametrize(
    ("wanted", "kind", "managed", "expected"),
    [
        (None, "t3.small", True, 11),
        (None, "t3.small", False, 11),
        (98, "t3.small", True, 98),
        (200, "t3.small", True, 110),
        (200, "t3.small", False, 200),
        (None, "m5.24xlarge", True, 250),
        (None, "m5.24xlarge", False, 737),
        (None, "x99.huge", False, 110),
        (20, "x99.huge", True, 20),
    ],
)
def test_max_pods(wanted: int | None, kind: str, managed: bool, expected: int) -> None:
    assert max_pods(config(max_pods=wanted), instance_type(kind), managed=managed) == expected


def test_spec_of_a_small_node() -> None:
    taint = Taint("dedicated", "web", "NoSchedule")
    spec = kubelet_spec(PLACE, config(labels={"tier": "web"}, taints=(taint,)), instance_type("t3.small"), {"A": "1"})
    assert spec["provider_id"] == "aws:///us-east-1a/i-0123"
    assert (spec["name"], spec["address"], spec["max_pods"], spec["cpus"]) == (PLACE.name, "10.0.1.5", 11, 2)
    assert 1800 << 20 < spec["memory_bytes"] < 2048 << 20
    assert spec["kube_reserved"]["memory"] == "376Mi"
    assert spec["taints"] == [{"key": "dedicated", "value": "web", "effect": "NoSchedule"}]
    assert spec["cluster_dns"] == ["172.20.0.10"]
    assert spec["container_env"] == {"A": "1"}
    assert spec["labels"] == {
        "tier": "web",
        "topology.kubernetes.io/region": "us-east-1",
        "topology.kubernetes.io/zone": "us-east-1a",
        "failure-domain.beta.kubernetes.io/region": "us-east-1",
        "failure-domain.beta.kubernetes.io/zone": "us-east-1a",
        "node.kubernetes.io/instance-type": "t3.small",
        "beta.kubernetes.io/instance-type": "t3.small",
    }


def test_what_the_user_reserves_wins() -> None:
    spec = kubelet_spec(PLACE, config(kube_reserved={"memory": "1Gi"}), instance_type("t3.small"), {})
    assert spec["kube_reserved"] == {"cpu": "70m", "ephemeral-storage": "1Gi", "memory": "1Gi"}


def instance(user_data: str, **changes: Any) -> Instance:
    fields: dict[str, Any] = {
        "id": "i-0123",
        "state": "running",
        "type": "t3.small",
        "image_id": "ami-1",
        "vpc_id": "vpc-1",
        "subnet_id": "subnet-1",
        "zone": "us-east-1a",
        "private_ip": "10.0.1.5",
        "private_dns_name": "ip-10-0-1-5.ec2.internal",
        "public_ip": None,
        "public_dns_name": None,
        "network_interface_ids": (),
        "security_group_ids": (),
        "user_data": user_data.encode(),
        "instance_profile_arn": None,
        "key_name": None,
        "launch_time": datetime(2026, 11, 23, tzinfo=UTC),
        "reservation_id": None,
        "metadata": MetadataOptions(True, 2, True, False),
        "is_spot": False,
        "auto_scaling_group": None,
        "tags": {},
    }
    return Instance(**{**fields, **changes})


USER_DATA = yaml.safe_dump(
    {
        "apiVersion": "node.eks.aws/v1alpha1",
        "kind": "NodeConfig",
        "spec": {
            "cluster": {
                "name": "demo",
                "apiServerEndpoint": "https://x",
                "certificateAuthority": "Q0E=",
                "cidr": "172.20.0.0/16",
            },
            "kubelet": {"config": {"maxPods": 200}},
        },
    }
)


def machine(user_data: str, *, eks_image: bool = True, **changes: Any) -> boot.Machine:
    return boot.machine_of(
        instance(user_data, **changes), region="us-east-1", eks_image=eks_image, disk_gib=20, container_env={}
    )


class TestBoot:
    def test_node(self) -> None:
        made = machine(USER_DATA)
        assert made.is_node
        spec = json.loads(made.files["/etc/kubernetes/kubelet/spec.json"])
        assert (spec["name"], spec["max_pods"]) == ("ip-10-0-1-5.ec2.internal", 200)
        assert made.files["/etc/kubernetes/pki/ca.crt"] == "CA"

    def test_managed_group_limits_pods(self) -> None:
        spec = machine(USER_DATA, tags={"eks:nodegroup-name": "ng"}).files["/etc/kubernetes/kubelet/spec.json"]
        assert json.loads(spec)["max_pods"] == 110

    def test_the_kubelet_is_whom_its_role_says(self) -> None:
        kubeconfig = yaml.safe_load(machine(USER_DATA).files["/var/lib/kubelet/kubeconfig"])
        command = kubeconfig["users"][0]["user"]["exec"]
        assert command["args"] == ["token", "-i", "demo"]
        assert kubeconfig["clusters"][0]["cluster"]["server"] == "https://x"

    def test_another_image_does_not_read_node_configs(self) -> None:
        assert not machine(USER_DATA, eks_image=False).is_node

    def test_an_eks_image_without_configuration_is_no_node(self) -> None:
        assert not machine("#!/bin/bash\ntrue\n").is_node

    @pytest.mark.parametrize("broken", [USER_DATA.replace("name: demo", ""), USER_DATA + "\n  bad: ["])
    def test_what_nodeadm_refuses(self, broken: str) -> None:
        with pytest.raises(InvalidNodeConfig):
            machine(broken)

    def test_files_are_written_below_the_root(self, tmp_path: Any) -> None:
        boot.write(tmp_path, machine(USER_DATA))
        assert (tmp_path / "etc/kubernetes/kubelet/spec.json").is_file()
        assert (tmp_path / "opt/cni/bin").is_dir()
