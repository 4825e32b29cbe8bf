"""The kubelet's spec: nodeadm's decisions for one instance, in the form our kubelet reads."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from eks_local.node.instance_types import DEFAULT_MAX_PODS, InstanceType
from eks_local.node.node_config import NodeConfig

_GIB = 1 << 30
# Kubelets on EKS images evict below 100 MiB of free memory and 10 % of free disk, and keep that out of allocatable.
_EVICTION_MEMORY_MIB = 100
_EVICTION_DISK = 0.1


@dataclass(frozen=True)
class Place:
    """What EC2 says of the instance a node runs on."""

    instance_id: str
    name: str  # private DNS name: also the Node's name
    address: str
    zone: str
    region: str
    disk_gib: int = 20
    managed: bool = False  # by a managed node group, which limits Pods


@dataclass(frozen=True)
class Layout:
    """Paths inside the instance, those of an EKS image where it has them."""

    kubeconfig: str = "/var/lib/kubelet/kubeconfig"
    client_ca: str = "/etc/kubernetes/pki/ca.crt"
    root: str = "/var/lib/kubelet"
    serving_certificate: str = "/var/lib/kubelet/pki/kubelet.crt"
    serving_key: str = "/var/lib/kubelet/pki/kubelet.key"
    spec: str = "/etc/kubernetes/kubelet/spec.json"
    binaries: str = "/opt/eks/bin"
    catalogue: str = "/opt/eks/catalogue/catalogue.json"
    cni_configuration: str = "/etc/cni/net.d"
    cni_binaries: str = "/opt/cni/bin"
    runtime: str = "/run/eks-runtime"
    logs: str = "/var/log"


LAYOUT = Layout()


def kubelet_spec(
    place: Place, config: NodeConfig, kind: InstanceType | None, container_env: Mapping[str, str]
) -> dict[str, Any]:
    """The spec of the kubelet on `place`. `kind` is None for a type that EC2 does not list.

    `container_env` is added to every container: how Pods find the AWS API.
    """
    vcpus = kind.vcpus if kind else 2
    memory = kind.memory_bytes if kind else 4 * _GIB
    disk = place.disk_gib * _GIB
    return {
        "name": place.name,
        "address": place.address,
        "kubeconfig": LAYOUT.kubeconfig,
        "client_ca_file": LAYOUT.client_ca,
        "root_dir": LAYOUT.root,
        "max_pods": max_pods(config, kind, managed=place.managed),
        "cpus": vcpus,
        "memory_bytes": memory,
        "ephemeral_storage_bytes": disk,
        "provider_id": f"aws:///{place.zone}/{place.instance_id}",
        "labels": {**config.labels, **_cloud_labels(place, kind)},
        "taints": [{"key": taint.key, "value": taint.value, "effect": taint.effect} for taint in config.taints],
        "cluster_dns": list(config.cluster_dns),
        "cluster_domain": config.cluster_domain,
        "kube_reserved": {**(kind.kube_reserved() if kind else {}), **config.kube_reserved},
        "system_reserved": {
            "memory": f"{_EVICTION_MEMORY_MIB}Mi",
            "ephemeral-storage": str(int(disk * _EVICTION_DISK)),
            **config.system_reserved,
        },
        "catalogue": LAYOUT.catalogue,
        "cni_conf_dir": LAYOUT.cni_configuration,
        "cni_bin_dir": LAYOUT.cni_binaries,
        "container_env": dict(container_env),
        "runtime_dir": LAYOUT.runtime,
        "log_dir": LAYOUT.logs,
    }


def max_pods(config: NodeConfig, kind: InstanceType | None, *, managed: bool) -> int:
    """What NodeConfig says, else what the type's interfaces allow; a managed node group has a limit on top."""
    wanted = config.max_pods
    if wanted is None:
        wanted = kind.max_pods if kind else DEFAULT_MAX_PODS
    return min(wanted, kind.managed_limit) if managed and kind else wanted


def _cloud_labels(place: Place, kind: InstanceType | None) -> dict[str, str]:
    """What the AWS cloud provider puts on a Node, with the older names that it still sets."""
    labels = {
        "topology.kubernetes.io/region": place.region,
        "topology.kubernetes.io/zone": place.zone,
        "failure-domain.beta.kubernetes.io/region": place.region,
        "failure-domain.beta.kubernetes.io/zone": place.zone,
    }
    if kind:
        labels["node.kubernetes.io/instance-type"] = kind.name
        labels["beta.kubernetes.io/instance-type"] = kind.name
    return labels
