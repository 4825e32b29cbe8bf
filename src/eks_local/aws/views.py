"""Frozen views of EC2 and Auto Scaling, as `state.AwsState` gives them.

Ids, addresses and CIDRs are text as AWS writes them; collections are in the order AWS keeps them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Vpc:
    """A VPC; `cidrs` starts with the primary one."""

    id: str
    cidrs: tuple[str, ...]
    dns_support: bool
    dns_hostnames: bool
    is_default: bool
    tags: Mapping[str, str]

    @property
    def cidr(self) -> str:
        """The primary CIDR block."""
        return self.cidrs[0]


@dataclass(frozen=True)
class Subnet:
    """A subnet; `route_table_id` is the one in effect, the VPC's main one when none is associated."""

    id: str
    vpc_id: str
    cidr: str
    zone: str
    zone_id: str
    map_public_ip: bool
    route_table_id: str | None
    network_acl_id: str | None
    is_default: bool
    tags: Mapping[str, str]


@dataclass(frozen=True)
class Route:
    """One route: a destination (CIDR or prefix list) and the target's id (`local`, igw-, nat-, eni-, pcx-, vpce-)."""

    destination: str
    target: str


@dataclass(frozen=True)
class RouteTable:
    """A route table."""

    id: str
    vpc_id: str
    is_main: bool
    subnet_ids: tuple[str, ...]
    routes: tuple[Route, ...]
    tags: Mapping[str, str]


@dataclass(frozen=True)
class InternetGateway:
    """An internet gateway, attached to one VPC or none."""

    id: str
    vpc_id: str | None


@dataclass(frozen=True)
class Peering:
    """A VPC peering connection. `resolves`: VPCs whose public names mean private addresses to the other side."""

    id: str
    vpc_ids: tuple[str, str]
    """Requester, accepter."""
    active: bool
    resolves: tuple[str, ...] = ()


@dataclass(frozen=True)
class NatGateway:
    """A NAT gateway; `public_ip` is None for a private one."""

    id: str
    vpc_id: str
    subnet_id: str
    network_interface_id: str
    private_ip: str
    public_ip: str | None
    state: str


@dataclass(frozen=True)
class SecurityGroupRule:
    """One rule: a protocol (`tcp`, `udp`, `icmp`, `-1`), ports, and exactly one of the peers."""

    id: str
    protocol: str
    from_port: int | None
    to_port: int | None
    cidr: str | None = None
    cidr_v6: str | None = None
    group_id: str | None = None
    prefix_list_id: str | None = None


@dataclass(frozen=True)
class SecurityGroup:
    """A security group."""

    id: str
    name: str
    vpc_id: str | None
    ingress: tuple[SecurityGroupRule, ...]
    egress: tuple[SecurityGroupRule, ...]
    tags: Mapping[str, str]


@dataclass(frozen=True)
class PrefixList:
    """A managed prefix list: CIDRs that rules and routes refer to by one id."""

    id: str
    name: str
    cidrs: tuple[str, ...]


@dataclass(frozen=True)
class NetworkAclEntry:
    """One numbered rule of a network ACL. Of icmp, `from_port` is the type and `to_port` the code, as in groups."""

    number: int
    egress: bool
    protocol: str
    allow: bool
    cidr: str | None
    from_port: int | None
    to_port: int | None


@dataclass(frozen=True)
class NetworkAcl:
    """A network ACL and the subnets it guards."""

    id: str
    vpc_id: str
    is_default: bool
    subnet_ids: tuple[str, ...]
    entries: tuple[NetworkAclEntry, ...]


@dataclass(frozen=True)
class NetworkInterface:
    """An elastic network interface. `secondary_ips` and `prefixes` are beyond `private_ip`."""

    id: str
    subnet_id: str
    vpc_id: str
    zone: str
    mac: str
    private_ip: str
    secondary_ips: tuple[str, ...]
    prefixes: tuple[str, ...]
    public_ip: str | None
    security_group_ids: tuple[str, ...]
    instance_id: str | None
    device_index: int | None
    attachment_id: str | None
    source_dest_check: bool
    requester_managed: bool
    description: str
    status: str
    tags: Mapping[str, str]


@dataclass(frozen=True)
class MetadataOptions:
    """How an instance's metadata service answers."""

    tokens_required: bool
    hop_limit: int
    enabled: bool
    instance_tags: bool


@dataclass(frozen=True)
class Instance:
    """An EC2 instance. `network_interface_ids` are by device index; `user_data` is decoded."""

    id: str
    state: str  # pending, running, shutting-down, terminated, stopping, stopped
    type: str
    image_id: str
    vpc_id: str
    subnet_id: str
    zone: str
    private_ip: str
    private_dns_name: str
    public_ip: str | None
    public_dns_name: str | None
    network_interface_ids: tuple[str, ...]
    security_group_ids: tuple[str, ...]
    user_data: bytes
    instance_profile_arn: str | None
    key_name: str | None
    launch_time: datetime
    reservation_id: str | None
    metadata: MetadataOptions
    is_spot: bool
    auto_scaling_group: str | None
    tags: Mapping[str, str]


@dataclass(frozen=True)
class AutoScalingGroup:
    """An Auto Scaling group and the instances it counts as its own."""

    name: str
    min_size: int
    max_size: int
    desired_capacity: int
    subnet_ids: tuple[str, ...]
    instance_ids: tuple[str, ...]
    launch_template_id: str | None
    launch_template_version: str | None
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class VpcEndpoint:
    """A VPC endpoint."""

    id: str
    vpc_id: str
    service_name: str
    type: str  # Interface, Gateway
    subnet_ids: tuple[str, ...]
    network_interface_ids: tuple[str, ...]
    private_names: tuple[str, ...]
    """What means its interfaces in its VPC: the service's own names, with private DNS; `*.` stands for any label."""
    names: tuple[str, ...]
    """What means its interfaces everywhere."""
    state: str


@dataclass(frozen=True)
class Image:
    """A machine image."""

    id: str
    name: str
    architecture: str
    description: str


@dataclass(frozen=True)
class InstanceProfile:
    """An instance profile and the role in it."""

    arn: str
    id: str
    name: str
    role_arn: str | None
