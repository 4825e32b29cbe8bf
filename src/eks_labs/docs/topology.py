"""What a lab's Terraform root says about network and nodes, as far as it can be drawn."""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_network

from eks_labs.docs import hcl

INTERFACES = {
    "t3.micro": (2, 2),
    "t3.small": (3, 4),
    "t3.medium": (3, 6),
    "t3.large": (3, 12),
    "m5.large": (3, 10),
}
"""Instance type → (network interfaces, IPv4 addresses of each). Source: EC2's DescribeInstanceTypes."""


@dataclass(frozen=True)
class Node:
    """One node of a group. `interfaces` × `slots` is what its network interfaces have room for; 0 when not known."""

    group: str
    instance_type: str
    max_pods: int | None
    interfaces: int
    slots: int


@dataclass(frozen=True)
class Zone:
    """An availability zone with its public subnet, and the nodes that are likely to be there."""

    name: str
    subnet: str
    nodes: tuple[Node, ...]


@dataclass(frozen=True)
class Topology:
    """A VPC, a cluster, and nodes in zones."""

    cluster: str
    kubernetes_version: str
    region: str
    cidr: str
    zones: tuple[Zone, ...]
    addons: tuple[str, ...]
    prefixes: bool


def read_topology(terraform: Mapping[str, str], modules: Mapping[str, Mapping[str, str]]) -> Topology | None:
    """The topology of a root that uses the shared modules, `None` when it has no network or cluster of theirs.

    `terraform` is the root's files; `modules` the shared modules' files, by module name.
    """
    variables = hcl.defaults(terraform)
    calls = [(block, hcl.literals(block, variables)) for text in terraform.values() for block in hcl.blocks(text)]

    def of(module: str) -> list[tuple[hcl.Block, dict[str, hcl.Literal]]]:
        own = hcl.defaults(modules.get(module, {}))
        return [(block, {**own, **given}) for block, given in calls if given.get("source") == f"../modules/{module}"]

    if not of("network") or not of("cluster"):
        return None
    (_, network), (cluster_block, cluster) = of("network")[0], of("cluster")[0]
    nodes = [node for _, group in of("node_group") for node in _nodes(group)]
    region = str(variables.get("region", "us-east-1"))
    return Topology(
        cluster=str(cluster.get("name", "")),
        kubernetes_version=str(cluster.get("kubernetes_version", "")),
        region=region,
        cidr=str(network["cidr"]),
        zones=_zones(region, str(network["cidr"]), int(network["zones"]), nodes),
        addons=tuple(addon for addon in ("vpc-cni", "kube-proxy", "coredns") if addon in cluster_block.text),
        prefixes='ENABLE_PREFIX_DELEGATION = "true"' in " ".join(cluster_block.text.split()),
    )


def _nodes(group: Mapping[str, hcl.Literal]) -> list[Node]:
    instance_type = str(group["instance_type"])
    interfaces, slots = INTERFACES.get(instance_type, (0, 0))
    by_interfaces = interfaces * (slots - 1) + 2 if interfaces else None
    max_pods = int(group["max_pods"]) if "max_pods" in group else by_interfaces
    return [Node(str(group["name"]), instance_type, max_pods, interfaces, slots)] * int(group["size"])


def _zones(region: str, cidr: str, count: int, nodes: list[Node]) -> tuple[Zone, ...]:
    subnets = list(ip_network(cidr).subnets(prefixlen_diff=8))
    if not 1 <= count <= 6:
        raise ValueError(f"{count} zones")
    return tuple(
        Zone(f"{region}{'abcdef'[index]}", str(subnets[index]), tuple(nodes[index::count])) for index in range(count)
    )
