"""What the network should be, in AWS's words. Frozen, comparable, free of any state of the kernel."""

import hashlib
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

SERVICES = "192.0.2.10"
"""Public address of all AWS services."""
GATEWAY_SERVICES = {"s3": "52.216.0.10", "dynamodb": "52.94.0.10"}
"""Public addresses of the services that have gateway endpoints, within AWS's prefix lists of them."""
API_ADDRESSES = (SERVICES, *GATEWAY_SERVICES.values())
API_PORTS = (80, 443)
"""Where the AWS API answers, in HTTP: 443 is the port that security groups are written for."""
PUBLIC_DNS = "192.0.2.53"
"""Resolver of those who are in no VPC: the laptop, control planes."""
LAPTOP_ADDRESS = IPv4Address("203.0.113.10")
"""Public address of the laptop, unless it has moved."""
LAPTOP = "laptop"
"""Namespace of the laptop."""
ENDPOINTS = IPv4Network("198.51.100.0/24")
"""Where the public addresses of EKS endpoints come from."""


_BEHIND_ENDPOINTS = IPv4Network("100.65.0.0/16")
ANYWHERE = IPv4Network("0.0.0.0/0")

Ports = tuple[int, int]
"""First and last port. Of icmp: type and code, -1 for any."""


@dataclass(frozen=True)
class Rule:
    """What one security group rule lets through: to or from any of `cidrs`, or the interfaces of the group `group`."""

    id: str
    protocol: str
    """tcp, udp, icmp, a protocol's number, or all."""
    ports: Ports | None = None
    """None: every one."""
    cidrs: tuple[IPv4Network, ...] = ()
    group: str | None = None
    prefix_list: str | None = None
    """Id of the list that `cidrs` are from."""


@dataclass(frozen=True)
class SecurityGroup:
    """A security group with its IPv4 rules."""

    id: str
    ingress: tuple[Rule, ...] = ()
    egress: tuple[Rule, ...] = ()
    name: str = ""


@dataclass(frozen=True)
class AclEntry:
    """One numbered rule of a network ACL."""

    number: int
    allow: bool
    protocol: str
    cidr: IPv4Network
    ports: Ports | None = None


@dataclass(frozen=True)
class NetworkAcl:
    """A network ACL; entries by number, without the last one that denies all."""

    id: str
    ingress: tuple[AclEntry, ...] = ()
    egress: tuple[AclEntry, ...] = ()


@dataclass(frozen=True)
class Interface:
    """A network interface that is plugged into something."""

    id: str
    mac: str
    netns: str
    link: str
    """Its name in `netns`."""
    subnet: IPv4Network
    primary: IPv4Address
    secondary: tuple[IPv4Network, ...] = ()
    """Secondary addresses (as /32) and prefixes."""
    public: IPv4Address | None = None
    """Public address of the primary address."""
    boots: bool = False
    """Whether the operating system configures it, as it does with an instance's first."""
    groups: tuple[str, ...] = ()
    """Ids of its security groups."""
    forwards: bool = False
    """Whether it may carry packets of others: its source/destination check is off."""

    @property
    def addresses(self) -> tuple[IPv4Network, ...]:
        """All addresses that packets of this interface may have, primary first."""
        return (IPv4Network(self.primary), *self.secondary)

    @property
    def gateway(self) -> IPv4Address:
        """The subnet's router."""
        return self.subnet[1]


@dataclass(frozen=True)
class Route:
    """An entry of a route table other than the local one.

    `target`: id of an internet gateway, NAT gateway, peering connection, gateway endpoint or network interface; None:
    nowhere.
    """

    destination: IPv4Network
    target: str | None
    via: str = ""
    """What the route table names, whether or not that leads somewhere."""
    prefix_list: str | None = None
    """Id of the list that `destination` is from."""


@dataclass(frozen=True)
class Subnet:
    """A subnet with the routes of its route table."""

    id: str
    cidr: IPv4Network
    routes: tuple[Route, ...] = ()
    acl: str | None = None
    """Id of its network ACL."""
    table: str | None = None
    """Id of its route table."""

    def route(self, destination: IPv4Network) -> Route | None:
        """The route that packets to all of `destination`, outside of the VPC, take: the longest prefix wins."""
        matching = [route for route in self.routes if destination.subnet_of(route.destination)]
        return max(matching, key=lambda route: route.destination.prefixlen, default=None)


@dataclass(frozen=True)
class NatGateway:
    """A public NAT gateway."""

    id: str
    public: IPv4Address
    subnet: IPv4Network


@dataclass(frozen=True)
class Peering:
    """A peering connection in force, as one of its two VPCs sees it."""

    id: str
    vpc: str
    """The VPC on the other side."""
    interfaces: tuple[Interface, ...] = ()
    """Those of the other side: rules may name their groups."""
    resolves: bool = False
    """Whether public names of the other side mean private addresses here."""


@dataclass(frozen=True)
class Endpoint:
    """A VPC endpoint: a gateway is a target of routes, another has interfaces in a namespace of its id's name."""

    id: str
    service: str
    gateway: bool
    private_names: tuple[str, ...] = ()
    """Names that mean its interfaces in its VPC; `*.` stands for any label."""
    names: tuple[str, ...] = ()
    """Names that mean its interfaces everywhere."""

    @property
    def source(self) -> IPv4Address:
        """Whom a service sees behind a gateway endpoint. Of 65,536, so that two hardly ever are the same."""
        return _BEHIND_ENDPOINTS[int.from_bytes(hashlib.sha256(self.id.encode()).digest()[:2], "big")]


@dataclass(frozen=True)
class Vpc:
    """A VPC and what is plugged into it."""

    id: str
    cidrs: tuple[IPv4Network, ...]
    internet_gateway: str | None = None
    subnets: tuple[Subnet, ...] = ()
    interfaces: tuple[Interface, ...] = ()
    nat_gateways: tuple[NatGateway, ...] = ()
    groups: tuple[SecurityGroup, ...] = ()
    """Those that an interface has."""
    acls: tuple[NetworkAcl, ...] = ()
    peerings: tuple[Peering, ...] = ()
    endpoints: tuple[Endpoint, ...] = ()

    @property
    def resolver(self) -> IPv4Address:
        """The VPC's DNS server."""
        return self.cidrs[0][2]

    def holds(self, address: IPv4Address) -> bool:
        """Whether an address is of the VPC's own range."""
        return any(address in cidr for cidr in self.cidrs)

    def members(self, group: str) -> tuple[Interface, ...]:
        """The interfaces that a rule means which names a group: of this VPC, or of one that is peered with it."""
        known = (*self.interfaces, *(each for peering in self.peerings for each in peering.interfaces))
        return tuple(interface for interface in known if group in interface.groups)

    def peering(self, identifier: str | None) -> Peering | None:
        """One of its peering connections."""
        return next((peering for peering in self.peerings if peering.id == identifier), None)

    def gateway_endpoint(self, identifier: str | None) -> Endpoint | None:
        """One of its endpoints that are targets of routes."""
        return next((made for made in self.endpoints if made.gateway and made.id == identifier), None)

    def addresses(self, endpoint: Endpoint) -> tuple[IPv4Address, ...]:
        """The addresses at which an endpoint with interfaces answers."""
        return tuple(interface.primary for interface in self.interfaces if interface.netns == endpoint.id)

    def interface(self, identifier: str | None) -> Interface | None:
        """One of its interfaces."""
        return next((interface for interface in self.interfaces if interface.id == identifier), None)

    def subnet(self, cidr: IPv4Network) -> Subnet | None:
        """The subnet with that range; ranges do not overlap within a VPC."""
        return next((subnet for subnet in self.subnets if subnet.cidr == cidr), None)

    def leads_out(self, nat: NatGateway, destination: IPv4Network) -> bool:
        """Whether what a NAT gateway sends to `destination` gets anywhere: its own subnet's routes decide."""
        subnet = self.subnet(nat.subnet)
        route = subnet.route(destination) if subnet else None
        # By a gateway endpoint of its subnet as well: the service is the same.
        ways = (self.internet_gateway, *(made.id for made in self.endpoints if made.gateway))
        return bool(route and route.target and route.target in ways)


@dataclass(frozen=True)
class ControlPlane:
    """Where a cluster's control plane runs."""

    cluster: str
    netns: str
    public: IPv4Address
    host: str
    """DNS name of the endpoint."""
    vpc: str
    private: tuple[IPv4Address, ...] = ()
    """Addresses of its interfaces in the VPC."""
    private_access: bool = False
    """Whether the VPC's resolver names the private addresses."""
    public_cidrs: tuple[IPv4Network, ...] = ()
    """Who may reach the public address; empty when public access is off."""


@dataclass(frozen=True)
class Network:
    """The whole network of a world."""

    vpcs: tuple[Vpc, ...] = ()
    instances: tuple[str, ...] = ()
    """Instances that have a namespace (of their id's name)."""
    control_planes: tuple[ControlPlane, ...] = ()
    laptop: IPv4Address = LAPTOP_ADDRESS


def control_plane_netns(cluster: str) -> str:
    """Name of the namespace of a cluster's control plane."""
    return f"eks-{cluster}"


def link_name(kind: str, identifier: str) -> str:
    """A link's name for an AWS identifier in the kernel's 15 bytes: wan, vpc-0123456789abcdef0 → wan-6789abcdef0."""
    return f"{kind}-{identifier.rpartition('-')[2][-11:]}"


def router_link(interface: Interface) -> str:
    """Name of the router's end of an interface's link."""
    return link_name("eni", interface.id)


def endpoint_link(endpoint: Endpoint) -> str:
    """Name of the link to the service behind a gateway endpoint."""
    return link_name("gwe", endpoint.id)
