"""What the network interfaces of the nodes hold, as EC2 tells it."""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

PREFIX_SIZE = 16
"""Addresses in the /28 that EC2 delegates to an interface."""


@dataclass(frozen=True)
class NodeAddresses:
    """The addresses of one node's interfaces, and which of them its Pods use."""

    node: str
    interfaces: int
    primary: tuple[str, ...]
    """The first address of each interface, which no Pod gets."""
    secondary: tuple[str, ...]
    prefixes: tuple[str, ...]
    used: tuple[str, ...]
    """Addresses of the node's Pods that are not in the host's network."""

    @property
    def held(self) -> int:
        """Addresses that the subnet cannot give to anybody else."""
        return len(self.primary) + len(self.secondary) + PREFIX_SIZE * len(self.prefixes)

    @property
    def spare(self) -> int:
        """Addresses that a Pod could have and none has."""
        return self.held - len(self.primary) - len(self.used)

    def offers(self, address: str) -> bool:
        """Whether `address` is one that these interfaces hold for Pods."""
        if address in self.secondary:
            return True
        return any(ipaddress.ip_address(address) in ipaddress.ip_network(prefix) for prefix in self.prefixes)

    def __str__(self) -> str:
        prefixes = f" and {len(self.prefixes)} prefixes" if self.prefixes else ""
        return (
            f"{self.node} has {self.interfaces} interfaces with {len(self.primary) + len(self.secondary)} addresses"
            f"{prefixes}, {len(self.used)} used by Pods, {self.spare} spare"
        )


def instance_id(node: Any) -> str:
    """The EC2 instance of a Kubernetes Node: the end of `aws:///us-east-1a/i-0123456789abcdef0`."""
    return str(node.spec.provider_id).rsplit("/", 1)[-1]


def node_addresses(nodes: Sequence[Any], pods: Sequence[Any], ec2: Any) -> tuple[NodeAddresses, ...]:
    """Ask EC2 for the interfaces of `nodes`, in the order of their names.

    `pods` are the Pods of all namespaces; `ec2` is a boto3 client.
    """
    instances = [instance_id(node) for node in nodes]
    if not instances:
        return ()
    asked = ec2.get_paginator("describe_network_interfaces").paginate(
        Filters=[{"Name": "attachment.instance-id", "Values": instances}]
    )
    interfaces = [interface for page in asked for interface in page["NetworkInterfaces"]]
    return tuple(_of_node(node, pods, interfaces) for node in sorted(nodes, key=lambda node: str(node.metadata.name)))


def _of_node(node: Any, pods: Sequence[Any], of_all: Sequence[Any]) -> NodeAddresses:
    interfaces = [each for each in of_all if each["Attachment"]["InstanceId"] == instance_id(node)]
    addresses = [address for interface in interfaces for address in interface["PrivateIpAddresses"]]
    return NodeAddresses(
        node=node.metadata.name,
        interfaces=len(interfaces),
        primary=tuple(sorted(a["PrivateIpAddress"] for a in addresses if a["Primary"])),
        secondary=tuple(sorted(a["PrivateIpAddress"] for a in addresses if not a["Primary"])),
        prefixes=tuple(sorted(p["Ipv4Prefix"] for i in interfaces for p in i.get("Ipv4Prefixes", []))),
        used=tuple(sorted(_pod_addresses(node, pods))),
    )


def _pod_addresses(node: Any, pods: Sequence[Any]) -> list[str]:
    return [
        pod.status.pod_ip
        for pod in pods
        if pod.spec.node_name == node.metadata.name
        and not pod.spec.host_network
        and pod.status.pod_ip
        and pod.status.phase in ("Pending", "Running")
    ]
