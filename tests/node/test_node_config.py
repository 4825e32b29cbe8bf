from typing import Any

import pytest

from eks_local.node.node_config import InvalidNodeConfig, NodeConfig, Taint, of_documents

CLUSTER = {"name": "demo", "apiServerEndpoint": "https://x", "certificateAuthority": "Q0E=", "cidr": "172.20.0.0/16"}


def config(*kubelets: dict[str, Any], cluster: dict[str, Any] = CLUSTER) -> NodeConfig:
    first, *others = kubelets or ({},)
    documents = [{"spec": {"cluster": cluster, "kubelet": first}}]
    return of_documents([*documents, *({"spec": {"kubelet": kubelet}} for kubelet in others)])


def test_defaults() -> None:
    got = config()
    assert (got.max_pods, got.cluster_dns, got.cluster_domain) == (None, ("172.20.0.10",), "cluster.local")
    assert (got.labels, got.taints, got.kube_reserved) == ({}, (), {})


@pytest.mark.parametrize(
    ("missing", "message"),
    [
        ("name", "Name is missing"),
        ("apiServerEndpoint", "Apiserver endpoint is missing"),
        ("certificateAuthority", "Certificate authority is missing"),
        ("cidr", "CIDR is missing"),
    ],
)
def test_what_nodeadm_requires(missing: str, message: str) -> None:
    with pytest.raises(InvalidNodeConfig, match=message):
        config(cluster={key: value for key, value in CLUSTER.items() if key != missing})


def test_no_spec_at_all() -> None:
    with pytest.raises(InvalidNodeConfig):
        of_documents([{"kind": "NodeConfig"}])


def test_later_documents_win_field_by_field() -> None:
    got = config({"config": {"maxPods": 5, "clusterDNS": ["10.0.0.1"]}}, {"config": {"maxPods": 30}})
    assert (got.max_pods, got.cluster_dns) == (30, ("10.0.0.1",))


def test_flags_add_up_and_the_last_wins() -> None:
    got = config(
        {"flags": ["--node-labels=a=1,b=2", "--max-pods=20"]},
        {"flags": ["--node-labels=b=3,eks.amazonaws.com/nodegroup=ng", "--max-pods=25"]},
    )
    assert got.labels == {"a": "1", "b": "3", "eks.amazonaws.com/nodegroup": "ng"}
    assert got.max_pods == 25


def test_a_flag_beats_the_file_as_in_the_kubelet() -> None:
    assert config({"config": {"maxPods": 5}, "flags": ["--max-pods=6"]}).max_pods == 6


def test_taints() -> None:
    got = config(
        {
            "config": {"registerWithTaints": [{"key": "a", "value": "1", "effect": "NoSchedule"}]},
            "flags": ["--register-with-taints=b=2:NoExecute,c:PreferNoSchedule"],
        }
    )
    assert got.taints == (
        Taint("a", "1", "NoSchedule"),
        Taint("b", "2", "NoExecute"),
        Taint("c", "", "PreferNoSchedule"),
    )


@pytest.mark.parametrize("text", ["nonsense", "a=b", "a=b:Sometimes", ":NoSchedule"])
def test_invalid_taint(text: str) -> None:
    with pytest.raises(InvalidNodeConfig, match="invalid taint"):
        config({"flags": [f"--register-with-taints={text}"]})


@pytest.mark.parametrize("value", ["many", -1, [5], "5.5"])
def test_invalid_max_pods(value: Any) -> None:
    with pytest.raises(InvalidNodeConfig, match="maxPods"):
        config({"config": {"maxPods": value}})


def test_reserved_quantities_are_text() -> None:
    got = config({"config": {"kubeReserved": {"cpu": 1}, "systemReserved": {"memory": "1Gi"}}})
    assert (got.kube_reserved, got.system_reserved) == ({"cpu": "1"}, {"memory": "1Gi"})


def test_documents_are_not_changed_by_merging() -> None:
    first = {"spec": {"cluster": CLUSTER, "kubelet": {"flags": ["--max-pods=1"]}}}
    of_documents([first, {"spec": {"kubelet": {"flags": ["--max-pods=2"]}}}])
    assert first["spec"]["kubelet"]["flags"] == ["--max-pods=1"]
