"""What an instance does at its first boot: an EKS image reads its user data and makes a kubelet's files of it."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from eks_local.aws.views import Instance
from eks_local.node import node_config, serving_certificate, user_data
from eks_local.node.instance_types import instance_type
from eks_local.node.node_config import InvalidNodeConfig, NodeConfig
from eks_local.node.spec import LAYOUT, Place, kubelet_spec

_HOLD = (f"{LAYOUT.binaries}/eks-instance", "hold")
_KUBELET = (f"{LAYOUT.binaries}/eks-node", "kubelet", "--spec", LAYOUT.spec)


@dataclass(frozen=True)
class Machine:
    """How an instance comes up: its files by path inside it, and the program that is its process 1."""

    command: tuple[str, ...]
    files: Mapping[str, str]

    @property
    def is_node(self) -> bool:
        """Whether it runs a kubelet."""
        return self.command == _KUBELET


def machine_of(
    instance: Instance, *, region: str, eks_image: bool, disk_gib: int, container_env: Mapping[str, str]
) -> Machine:
    """What `instance` becomes. Raises `InvalidNodeConfig` when its user data is none an EKS image can use."""
    config = config_of(instance.user_data) if eks_image else None
    if config is None:
        return Machine(_HOLD, {})
    place = Place(
        instance.id,
        instance.private_dns_name,
        instance.private_ip,
        instance.zone,
        region,
        disk_gib,
        managed="eks:nodegroup-name" in instance.tags,
    )
    spec = kubelet_spec(place, config, instance_type(instance.type), container_env)
    certificate, key = serving_certificate.make(instance.private_dns_name)
    files = {
        LAYOUT.serving_certificate: certificate,
        LAYOUT.serving_key: key,
        LAYOUT.client_ca: base64.b64decode(config.certificate_authority).decode(),
        LAYOUT.kubeconfig: yaml.safe_dump(_kubeconfig(config, region)),
        LAYOUT.spec: json.dumps(spec, indent=2),
    }
    return Machine(_KUBELET, files)


def config_of(data: bytes) -> NodeConfig | None:
    """The node's configuration in user data; None when there is none. Raises `InvalidNodeConfig`."""
    try:
        documents = user_data.node_configs(data)
    except ValueError as error:
        raise InvalidNodeConfig(str(error)) from error
    return node_config.of_documents(documents) if documents else None


def write(root: Path, machine: Machine) -> None:
    """Put the machine's files below `root`, and the folders that an EKS image has."""
    for folder in (LAYOUT.cni_configuration, LAYOUT.cni_binaries) if machine.is_node else ():
        (root / folder.lstrip("/")).mkdir(parents=True, exist_ok=True)
    for name, content in machine.files.items():
        path = root / name.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(content)


def _kubeconfig(config: NodeConfig, region: str) -> dict[str, Any]:
    """As nodeadm writes it: the node is whom its instance role's session says it is."""
    command = {
        "apiVersion": "client.authentication.k8s.io/v1beta1",
        "command": f"{LAYOUT.binaries}/aws-iam-authenticator",
        "args": ["token", "-i", config.cluster],
        "env": [{"name": "AWS_REGION", "value": region}, {"name": "AWS_STS_REGIONAL_ENDPOINTS", "value": "regional"}],
        "interactiveMode": "Never",
    }
    cluster = {"certificate-authority": LAYOUT.client_ca, "server": config.endpoint}
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "kubernetes", "cluster": cluster}],
        "current-context": "kubelet",
        "contexts": [{"name": "kubelet", "context": {"cluster": "kubernetes", "user": "kubelet"}}],
        "users": [{"name": "kubelet", "user": {"exec": command}}],
    }
