"""What a state knows of, and what is deleted because it does not."""

import json
from pathlib import Path
from typing import Any

import pytest

from eks_labs.events import Event
from eks_labs.run.orphans import Known, known_in, remove


class Eks:
    """EKS with clusters by name: (VPC, node groups)."""

    def __init__(self, clusters: dict[str, tuple[str, list[str]]]) -> None:
        self.clusters = clusters
        self.deleted: list[str] = []
        self.meta = type("Meta", (), {"endpoint_url": "http://127.0.0.1:1"})()

    def list_clusters(self) -> dict[str, Any]:
        return {"clusters": list(self.clusters)}

    def describe_cluster(self, name: str) -> dict[str, Any]:
        return {"cluster": {"resourcesVpcConfig": {"vpcId": self.clusters[name][0]}}}

    def list_nodegroups(self, clusterName: str) -> dict[str, Any]:
        return {"nodegroups": self.clusters[clusterName][1]}

    def delete_nodegroup(self, clusterName: str, nodegroupName: str) -> None:
        self.deleted.append(f"{clusterName}:{nodegroupName}")

    def delete_cluster(self, name: str) -> None:
        self.deleted.append(name)

    def get_waiter(self, name: str) -> Any:
        return type("Waiter", (), {"wait": lambda self, **_: None})()


class Reach:
    region, proxy = "us-east-1", None

    def __init__(self, eks: Eks) -> None:
        self.eks = eks

    def client(self, service: str) -> Eks:
        assert service == "eks"
        return self.eks

    def command(self, *_: Any) -> Any:
        raise AssertionError("no command is needed")


@pytest.mark.parametrize(
    ("vpcs", "clusters", "groups", "deleted"),
    [
        (["vpc-1"], ["a", "b"], ["a:g"], []),
        (["vpc-1"], ["a"], ["a:g"], ["b"]),
        (["vpc-1"], ["a", "b"], [], ["a:g"]),
        (["vpc-1"], [], [], ["a:g", "a", "b"]),
        (["vpc-2"], [], [], ["c:x", "c:y", "c"]),
        ([], [], [], []),
        (["vpc-9"], [], [], []),
    ],
)
def test_what_is_in_the_states_vpcs_and_not_in_the_state_is_deleted(
    vpcs: list[str], clusters: list[str], groups: list[str], deleted: list[str]
) -> None:
    eks = Eks({"a": ("vpc-1", ["g"]), "b": ("vpc-1", []), "c": ("vpc-2", ["x", "y"])})
    told: list[Event] = []
    remove(Reach(eks), Known(frozenset(vpcs), frozenset(clusters), frozenset(groups)), told.append)  # type: ignore[arg-type]
    assert eks.deleted == deleted
    assert len(told) == len(deleted)


def resource(kind: str, *ids: str | None, mode: str = "managed") -> dict[str, Any]:
    return {"type": kind, "mode": mode, "instances": [{"attributes": {"id": identifier}} for identifier in ids]}


def test_a_state_is_read_by_its_ids(tmp_path: Path) -> None:
    resources = [
        resource("aws_vpc", "vpc-1"),
        resource("aws_vpc", "vpc-2", mode="data"),
        resource("aws_eks_cluster", "lab", None),
        resource("aws_eks_node_group", "lab:one", "lab:two"),
        {"type": "aws_eks_cluster", "mode": "managed", "instances": [{"attributes": None}, {}]},
    ]
    (tmp_path / "s").write_text(json.dumps({"resources": resources}))
    assert known_in(tmp_path / "s") == Known(
        frozenset({"vpc-1"}), frozenset({"lab"}), frozenset({"lab:one", "lab:two"})
    )


@pytest.mark.parametrize("text", ["", "{", "{}", None])
def test_half_a_state_names_nothing(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "s").write_text(text)
    assert known_in(tmp_path / "s") == Known(frozenset(), frozenset(), frozenset())
