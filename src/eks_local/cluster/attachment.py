"""The control plane's own network interfaces in the customer's VPC ("cross-account ENIs")."""

from typing import Any

from moto.backends import get_backend

from eks_local.aws.ec2.models import Service
from eks_local.aws.eks.models import Cluster

#: EKS places two to four interfaces; two, in different zones, is what a new cluster shows.
_INTERFACES = 2
# Who DescribeNetworkInterfaces says asked for them, and the account whose instances they are attached to: AWS's own.
_EKS = Service(requester="amazon-eks", owner="amazon-eks")


def description(cluster: Cluster) -> str:
    """How EKS describes a cluster's interfaces; they are found again by it."""
    return f"Amazon EKS {cluster.name}"


def ensure(cluster: Cluster) -> bool:
    """Make the interfaces that are missing in the cluster's subnets; whether there were any."""
    ec2, groups = _ec2(cluster), _groups(cluster)
    present = _settled(ec2, cluster)
    missing = _subnets(ec2, cluster, {eni.subnet.id for eni in present})[: max(0, _INTERFACES - len(present))]
    for subnet in missing:
        ec2.create_service_interface(_EKS, subnet, groups, description(cluster))
    return bool(missing)


def addresses(cluster: Cluster) -> frozenset[str]:
    """The private addresses of the interfaces in the cluster's subnets."""
    return frozenset(eni.private_ip_address for eni in _settled(_ec2(cluster), cluster))


def leave(cluster: Cluster) -> bool:
    """Delete the interfaces in subnets that an update has taken the cluster out of; whether there were any.

    Once the API server can be reached by the others: nobody loses it meanwhile.
    """
    ec2 = _ec2(cluster)
    settled = {eni.id for eni in _settled(ec2, cluster)}
    left = [eni.id for eni in _interfaces(ec2, cluster) if eni.id not in settled]
    for interface in left:
        ec2.delete_service_interface(interface)
    return bool(left)


def guard(cluster: Cluster) -> bool:
    """Give the interfaces the cluster's security groups, which an update may have changed; whether any had others."""
    ec2, groups = _ec2(cluster), _groups(cluster)
    wrong = [eni for eni in _interfaces(ec2, cluster) if {group.id for group in eni.group_set} != set(groups)]
    for eni in wrong:
        ec2.modify_network_interface_attribute(eni.id, groups)
    return bool(wrong)


def remove(cluster: Cluster) -> None:
    """Delete the cluster's interfaces. Before the record goes, and with it the security group that they hold."""
    ec2 = _ec2(cluster)
    for eni in _interfaces(ec2, cluster):
        ec2.delete_service_interface(eni.id)


def _groups(cluster: Cluster) -> list[str]:
    config = cluster.resources_vpc_config
    return [config.cluster_security_group_id, *config.security_group_ids]


def _subnets(ec2: Any, cluster: Cluster, used: set[str]) -> list[str]:
    """Subnets to place interfaces in, one of each zone before a second of any."""
    subnets = [ec2.get_subnet(subnet) for subnet in cluster.resources_vpc_config.subnet_ids]
    zones: dict[str, int] = {}
    ranked = []
    for subnet in subnets:
        if subnet.id not in used:
            ranked.append((zones.get(subnet.availability_zone, 0), subnet.id))
        zones[subnet.availability_zone] = zones.get(subnet.availability_zone, 0) + 1
    return [subnet for _, subnet in sorted(ranked, key=lambda pair: pair[0])]


def _settled(ec2: Any, cluster: Cluster) -> list[Any]:
    """The interfaces that are in the cluster's subnets."""
    subnets = cluster.resources_vpc_config.subnet_ids
    return [eni for eni in _interfaces(ec2, cluster) if eni.subnet.id in subnets]


def _interfaces(ec2: Any, cluster: Cluster) -> list[Any]:
    return [
        eni
        for eni in list(ec2.enis.values())
        if eni.description == description(cluster) and eni.subnet.vpc_id == cluster.resources_vpc_config.vpc_id
    ]


def _ec2(cluster: Cluster) -> Any:
    return get_backend("ec2")[cluster.account][cluster.region]
