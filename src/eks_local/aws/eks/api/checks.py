"""What EKS checks in other services before it takes a request: names, subnets, security groups, roles."""

import ipaddress
import re
from collections.abc import Iterable, Sequence
from typing import Any

from moto.backends import get_backend

from eks_local.aws.eks.errors import InvalidParameter

_NAME = re.compile(r"^[0-9A-Za-z][A-Za-z0-9\-_]*$")
_ROLE_ARN = re.compile(r"^arn:aws[a-z-]*:iam::(\d{12}):role/(?:.*/)?([\w+=,.@-]+)$")


def cluster_name(name: str) -> None:
    """EKS's pattern for cluster names: 1-100 letters, digits, hyphens and underscores."""
    if not _NAME.match(name) or len(name) > 100:
        raise InvalidParameter(
            f"The cluster name '{name}' is not valid: it must be 1 to 100 characters, start with a letter or digit "
            "and hold only letters, digits, hyphens and underscores.",
            cluster_name=name,
        )


def nodegroup_name(name: str) -> None:
    """EKS's pattern for node group names: at most 63 characters."""
    if not _NAME.match(name) or len(name) > 63:
        raise InvalidParameter(
            f"The node group name '{name}' is not valid: it must be 1 to 63 characters, start with a letter or digit "
            "and hold only letters, digits, hyphens and underscores.",
            nodegroup_name=name,
        )


def subnets(account: str, region: str, ids: Sequence[str]) -> list[Any]:
    """moto's subnets of those ids. Raises InvalidParameter when one is missing or they are of several VPCs."""
    ec2: Any = get_backend("ec2")[account][region]
    known = {subnet_id: subnet for zone in list(ec2.subnets.values()) for subnet_id, subnet in list(zone.items())}
    missing = [subnet_id for subnet_id in ids if subnet_id not in known]
    if missing:
        raise InvalidParameter(
            f"The subnet ID '{missing[0]}' does not exist (Service: AmazonEC2; Status Code: 400; "
            "Error Code: InvalidSubnetID.NotFound)"
        )
    found = [known[subnet_id] for subnet_id in ids]
    if len({subnet.vpc_id for subnet in found}) > 1:
        raise InvalidParameter("Subnets specified must belong to the same VPC")
    return found


def zones(found: Iterable[Any]) -> None:
    """A control plane needs subnets in two Availability Zones at least."""
    if len({subnet.availability_zone for subnet in found}) < 2:
        raise InvalidParameter("Subnets specified must be in at least two different AZs")


def security_groups(account: str, region: str, ids: Sequence[str], vpc_id: str | None = None) -> None:
    """Raise InvalidParameter when a group is missing or of another VPC."""
    ec2: Any = get_backend("ec2")[account][region]
    if len(ids) > 5:
        raise InvalidParameter("You can specify at most 5 security groups")
    for group_id in ids:
        group = ec2.get_security_group_from_id(group_id)
        if group is None:
            raise InvalidParameter(
                f"The security group '{group_id}' does not exist (Service: AmazonEC2; Status Code: 400; "
                "Error Code: InvalidGroup.NotFound)"
            )
        if vpc_id and group.vpc_id != vpc_id:
            raise InvalidParameter(f"Security group(s) [{group_id}] are not in the same VPC as the subnets")


def role(account: str, arn: str, service: str, what: str) -> None:
    """Raise InvalidParameter unless `arn` is a role that `service` (eks, ec2, pods.eks) may assume.

    `what` names the role in the message.
    """
    trust = str(role_exists(account, arn, what).assume_role_policy_document)
    if f"{service}.amazonaws.com" not in trust:
        raise InvalidParameter(
            f"Role with arn: {arn}, could not be assumed because the trust policy does not allow "
            f"{service}.amazonaws.com or the user is not authorized to set a trust relationship"
        )


def role_exists(account: str, arn: str, what: str) -> Any:
    """moto's role of that ARN. Raises InvalidParameter when it is none, or there is none."""
    if not _ROLE_ARN.match(arn):
        raise InvalidParameter(f"The {what} '{arn}' is not a valid IAM role ARN.")
    iam: Any = get_backend("iam")[account]["aws"]
    found = next((role for role in list(iam.roles.values()) if role.arn == arn), None)
    if found is None:
        raise InvalidParameter(f"Role with arn: {arn}, could not be assumed because it does not exist")
    return found


def private_range(cidr: str, what: str) -> None:
    """Kubernetes' service range: a /24 to /12 block within 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16."""
    network = _network(cidr)
    if network is None:
        raise InvalidParameter(f"{what} {cidr} is not a valid IPv4 CIDR block")
    if not any(network.subnet_of(block) for block in _PRIVATE[:3]):
        ranges = ", ".join(map(str, _PRIVATE[:3]))
        raise InvalidParameter(f"{what} {cidr} must be within one of the ranges {ranges}")
    if not 12 <= network.prefixlen <= 24:
        raise InvalidParameter(f"{what} {cidr} must be between /24 and /12")


def public_cidrs(cidrs: Sequence[str]) -> None:
    """CIDR blocks that may reach the public endpoint."""
    for cidr in cidrs:
        network = _network(cidr)
        if network is None:
            raise InvalidParameter(f"The following CIDRs are invalid in publicAccessCidrs: [{cidr}]")
        if any(network.subnet_of(block) for block in _PRIVATE):
            raise InvalidParameter(f"The following CIDRs are not allowed in publicAccessCidrs: [{cidr}]")


_PRIVATE = tuple(
    ipaddress.IPv4Network(block)
    for block in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "169.254.0.0/16")
)


def _network(cidr: str) -> ipaddress.IPv4Network | None:
    try:
        return ipaddress.IPv4Network(cidr)
    except ValueError:
        return None
