"""NodeConfig: what a node is told of its cluster and its kubelet, as nodeadm reads it.

Several documents are merged in order, the later winning; kubelet flags add up (the kubelet takes the last).
Source: awslabs/amazon-eks-ami, nodeadm/api/v1alpha1 and nodeadm/internal/api.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from eks_local.kube import cluster_dns

_REQUIRED = {
    "name": "Name",
    "apiServerEndpoint": "Apiserver endpoint",
    "certificateAuthority": "Certificate authority",
    "cidr": "CIDR",
}


class InvalidNodeConfig(ValueError):
    """What nodeadm would refuse; the message says what is missing or wrong."""


@dataclass(frozen=True)
class Taint:
    """A taint with Kubernetes' spelling of its effect."""

    key: str
    value: str
    effect: str


@dataclass(frozen=True)
class NodeConfig:
    """What nodeadm needs of a NodeConfig."""

    cluster: str
    endpoint: str
    certificate_authority: str  # base64 PEM
    service_cidr: str
    cluster_dns: tuple[str, ...]
    max_pods: int | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    taints: tuple[Taint, ...] = ()
    kube_reserved: Mapping[str, str] = field(default_factory=dict)
    system_reserved: Mapping[str, str] = field(default_factory=dict)
    cluster_domain: str = "cluster.local"


def of_documents(documents: Iterable[Mapping[str, Any]]) -> NodeConfig:
    """Merge NodeConfig documents. Raises `InvalidNodeConfig`."""
    spec: dict[str, Any] = {}
    for document in documents:
        _merge(spec, document.get("spec") or {})
    cluster, kubelet = spec.get("cluster") or {}, spec.get("kubelet") or {}
    for key, spoken in _REQUIRED.items():
        if not cluster.get(key):
            raise InvalidNodeConfig(f"{spoken} is missing in cluster configuration")
    config = kubelet.get("config") or {}
    flags = _flags(kubelet.get("flags") or ())
    return NodeConfig(
        cluster=cluster["name"],
        endpoint=cluster["apiServerEndpoint"],
        certificate_authority=cluster["certificateAuthority"],
        service_cidr=cluster["cidr"],
        cluster_dns=tuple(config.get("clusterDNS") or [cluster_dns(cluster["cidr"])]),
        cluster_domain=config.get("clusterDomain", "cluster.local"),
        max_pods=_max_pods(flags.get("max-pods", [config.get("maxPods")])[-1]),
        labels=_labels(flags.get("node-labels", [])),
        taints=(*_taints(config.get("registerWithTaints") or ()), *_flag_taints(flags.get("register-with-taints", []))),
        kube_reserved=_quantities(config.get("kubeReserved")),
        system_reserved=_quantities(config.get("systemReserved")),
    )


def _merge(into: dict[str, Any], other: Mapping[str, Any]) -> None:
    for key, value in other.items():
        present = into.get(key)
        if isinstance(present, dict) and isinstance(value, Mapping):
            _merge(present, value)
        elif key == "flags" and isinstance(present, list) and isinstance(value, list):
            into[key] = [*present, *value]
        else:
            into[key] = json.loads(json.dumps(value))


def _flags(flags: Iterable[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for flag in flags:
        name, _, value = str(flag).lstrip("-").partition("=")
        found.setdefault(name, []).append(value)
    return found


def _labels(values: Iterable[str]) -> dict[str, str]:
    pairs = [pair.partition("=") for value in values for pair in value.split(",") if pair]
    return {name: text for name, _, text in pairs}


def _taints(taints: Iterable[Mapping[str, Any]]) -> tuple[Taint, ...]:
    return tuple(Taint(taint["key"], taint.get("value") or "", taint["effect"]) for taint in taints)


def _flag_taints(values: Iterable[str]) -> tuple[Taint, ...]:
    taints = []
    for text in [item for value in values for item in value.split(",") if item]:
        rest, _, effect = text.rpartition(":")
        key, _, value = rest.partition("=")
        if not key or effect not in ("NoSchedule", "PreferNoSchedule", "NoExecute"):
            raise InvalidNodeConfig(f"invalid taint: {text}")
        taints.append(Taint(key, value, effect))
    return tuple(taints)


def _quantities(reserved: Mapping[str, Any] | None) -> dict[str, str]:
    return {name: str(value) for name, value in (reserved or {}).items()}


def _max_pods(value: Any) -> int | None:
    if value is None:
        return None
    try:
        number = int(value)
    except (TypeError, ValueError):
        raise InvalidNodeConfig(f"maxPods is not a number: {value!r}") from None
    if number < 0:
        raise InvalidNodeConfig(f"maxPods is negative: {number}")
    return number
