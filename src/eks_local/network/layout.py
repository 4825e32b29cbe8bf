"""What the network should be → namespaces, links, and statements of `ip` in them.

Pure. Every link is a veth pair whose ends know each other's hardware address, so that nothing waits for ARP. The
router of a VPC answers for its subnets' gateway addresses, and by proxy ARP for every other address of the VPC that
is in use: two instances of one subnet reach each other through it, as on AWS.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import IPv4Address

from eks_local.network import model, routing
from eks_local.network.model import ControlPlane, Interface, Network, Vpc, endpoint_link, router_link
from eks_local.network.routing import BY_SUBNET, FIRST_TABLE, UPSTREAM

INTERNET = ""
"""The box's own namespace."""
DOWNSTREAM = "100.64.0.2"
"""Address of the other end of every link to the internet."""
LINK_LOCAL = ("169.254.169.254/32", "169.254.169.253/32")
"""Instance metadata and the VPC's resolver, at each router."""

_MTU = 9001
_UPSTREAM_MAC = "02:00:00:00:00:01"
_DOWNSTREAM_MAC = "02:00:00:00:00:02"

# New links inherit the `default` settings.
_HOST = (
    ("ipv4/conf/all/rp_filter", "0"),
    ("ipv4/conf/default/rp_filter", "0"),
)
_FORWARDS = (
    *_HOST,
    ("ipv4/ip_forward", "1"),
    ("ipv4/conf/all/send_redirects", "0"),
    ("ipv4/conf/default/send_redirects", "0"),
)


@dataclass(frozen=True)
class Namespace:
    """A network namespace; `sysctls`: (path below /proc/sys/net, value), set before any link is there."""

    name: str
    sysctls: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class End:
    """One end of a link."""

    netns: str
    name: str
    mac: str
    up: bool = True
    answers: bool = False
    """Whether it answers ARP for whatever is routed elsewhere: at once, not after the usual random delay."""

    @property
    def sysctls(self) -> tuple[tuple[str, str], ...]:
        """(path below /proc/sys/net, value) of this link."""
        if not self.answers:
            return ()
        return ((f"ipv4/conf/{self.name}/proxy_arp", "1"), (f"ipv4/neigh/{self.name}/proxy_delay", "0"))


@dataclass(frozen=True)
class Link:
    """A veth pair. `near` is the end by which it is deleted."""

    near: End
    far: End

    @property
    def ends(self) -> tuple[End, End]:
        """Both ends."""
        return self.near, self.far


@dataclass(frozen=True)
class Statement:
    """`ip KIND add TEXT` in a namespace. `link`: goes away with that link; empty when it depends on none."""

    netns: str
    kind: str  # addr, route, neigh, rule
    text: str
    link: str = ""


@dataclass(frozen=True)
class Layout:
    """Everything that `ip` makes. The order of `statements` is that in which they can be applied."""

    namespaces: tuple[Namespace, ...] = ()
    links: tuple[Link, ...] = ()
    statements: tuple[Statement, ...] = ()


@dataclass
class _Draft:
    namespaces: list[Namespace] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    statements: list[Statement] = field(default_factory=list)

    def say(self, netns: str, kind: str, text: str, link: str = "") -> None:
        self.statements.append(Statement(netns, kind, text, link))

    def uplink(self, netns: str, near: str, far: str) -> None:
        """A link between `netns` (its end `near`) and the internet (its end `far`), with neighbours known."""
        self.links.append(Link(End(INTERNET, far, _UPSTREAM_MAC), End(netns, near, _DOWNSTREAM_MAC)))
        self.say(INTERNET, "neigh", f"{DOWNSTREAM} lladdr {_DOWNSTREAM_MAC} dev {far} nud permanent", far)
        self.say(netns, "neigh", f"{UPSTREAM} lladdr {_UPSTREAM_MAC} dev {near} nud permanent", near)

    def public(self, address: object, link: str) -> None:
        """A public address that the internet finds behind `link`."""
        self.say(INTERNET, "route", f"{address}/32 via {DOWNSTREAM} dev {link} onlink", link)


def layout(network: Network) -> Layout:
    """The layout of `network`."""
    draft = _Draft()
    _internet(draft)
    _laptop(draft, network.laptop)
    for instance in network.instances:
        draft.namespaces.append(Namespace(instance, _HOST))
    for plane in network.control_planes:
        _control_plane(draft, plane)
    for vpc in network.vpcs:
        _vpc(draft, vpc, network)
    for vpc in network.vpcs:
        for peering in vpc.peerings:
            _peering(draft, vpc, peering)
    return Layout(tuple(draft.namespaces), tuple(draft.links), tuple(draft.statements))


def _internet(draft: _Draft) -> None:
    draft.namespaces.append(Namespace(INTERNET, _FORWARDS))
    for address in (*model.API_ADDRESSES, model.PUBLIC_DNS, UPSTREAM):
        draft.say(INTERNET, "addr", f"{address}/32 dev lo")
    # An address that nobody has: silence, as from the real one.
    draft.say(INTERNET, "route", "blackhole default")


def _laptop(draft: _Draft, address: IPv4Address) -> None:
    draft.namespaces.append(Namespace(model.LAPTOP, _HOST))
    draft.uplink(model.LAPTOP, "eth0", "laptop")
    draft.say(model.LAPTOP, "addr", f"{address}/32 dev eth0", "eth0")
    draft.say(model.LAPTOP, "route", f"default via {UPSTREAM} dev eth0 onlink src {address}", "eth0")
    draft.public(address, "laptop")


def _control_plane(draft: _Draft, plane: ControlPlane) -> None:
    far = "eks-" + hashlib.sha256(plane.netns.encode()).hexdigest()[:11]
    draft.namespaces.append(Namespace(plane.netns, _HOST))
    draft.uplink(plane.netns, "eth0", far)
    draft.say(plane.netns, "addr", f"{plane.public}/32 dev eth0", "eth0")
    draft.say(plane.netns, "route", f"default via {UPSTREAM} dev eth0 onlink src {plane.public}", "eth0")
    draft.public(plane.public, far)


def _vpc(draft: _Draft, vpc: Vpc, network: Network) -> None:
    router = vpc.id
    draft.namespaces.append(Namespace(router, _FORWARDS))
    wan = model.link_name("wan", vpc.id)
    draft.uplink(router, "wan", wan)
    for address in (f"{DOWNSTREAM}/32", *LINK_LOCAL, f"{vpc.resolver}/32", *_gateways(vpc)):
        draft.say(router, "addr", f"{address} dev lo")
    for nat in vpc.nat_gateways:
        link = model.link_name("nat", nat.id)
        draft.uplink(router, link, link)
        draft.public(nat.public, link)
    for cidr in vpc.cidrs:
        # An address of the VPC that nobody has: silence.
        draft.say(router, "route", f"blackhole {cidr}")
    for endpoint in vpc.endpoints:
        if endpoint.gateway:
            link = endpoint_link(endpoint)
            draft.uplink(router, link, link)
            draft.public(endpoint.source, link)
        else:
            draft.namespaces.append(Namespace(endpoint.id, _HOST))
    placed = {plane.netns for plane in network.control_planes} | {made.id for made in vpc.endpoints}
    first: set[str] = set()
    for interface in vpc.interfaces:
        _interface(draft, vpc, interface)
        if interface.public:
            draft.public(interface.public, wan)
        if interface.netns in placed:
            _service_interface(draft, vpc, interface, with_vpc=interface.netns not in first)
            first.add(interface.netns)
    for kind, text, link in routing.of_vpc(vpc):
        draft.say(router, kind, text, link)


def _peering(draft: _Draft, vpc: Vpc, peering: model.Peering) -> None:
    """This side of a peering: the link, made once, and the neighbour on it. Both routers know it by the same name."""
    link = model.link_name("pcx", peering.id)
    first = vpc.id < peering.vpc
    if first:
        draft.links.append(Link(End(vpc.id, link, _UPSTREAM_MAC), End(peering.vpc, link, _DOWNSTREAM_MAC)))
    other = _DOWNSTREAM_MAC if first else _UPSTREAM_MAC
    draft.say(vpc.id, "neigh", f"{UPSTREAM} lladdr {other} dev {link} nud permanent", link)


def _gateways(vpc: Vpc) -> Iterator[str]:
    for subnet in vpc.subnets:
        yield f"{subnet.cidr[1]}/32"


def _interface(draft: _Draft, vpc: Vpc, interface: Interface) -> None:
    link = router_link(interface)
    near = End(vpc.id, link, _UPSTREAM_MAC, answers=True)
    service = interface.link.startswith("eni-")
    draft.links.append(Link(near, End(interface.netns, interface.link, interface.mac, up=interface.boots or service)))
    primary = interface.primary
    draft.say(vpc.id, "neigh", f"{primary} lladdr {interface.mac} dev {link} nud permanent", link)
    draft.say(vpc.id, "route", f"{primary}/32 dev {link}", link)
    for secondary in interface.secondary:
        draft.say(vpc.id, "route", f"{secondary} via {primary} dev {link} onlink", link)
    if interface.boots:
        # What DHCP leaves on an instance.
        bits = interface.subnet.prefixlen
        broadcast = interface.subnet.broadcast_address
        draft.say(interface.netns, "addr", f"{primary}/{bits} brd {broadcast} dev {interface.link}", interface.link)
        draft.say(
            interface.netns,
            "route",
            f"default via {interface.gateway} dev {interface.link} src {primary}",
            interface.link,
        )


def _service_interface(draft: _Draft, vpc: Vpc, interface: Interface, *, with_vpc: bool) -> None:
    """An interface of a control plane or an endpoint: what comes in by it is answered by it."""
    netns, link, primary, gateway = interface.netns, interface.link, interface.primary, interface.gateway
    table = _table_of(interface)
    draft.say(netns, "addr", f"{primary}/32 dev {link}", link)
    draft.say(netns, "neigh", f"{gateway} lladdr {_UPSTREAM_MAC} dev {link} nud permanent", link)
    draft.say(netns, "route", f"default via {gateway} dev {link} onlink src {primary} table {table}", link)
    draft.say(netns, "rule", f"from {primary} lookup {table} pref {BY_SUBNET}")
    if with_vpc:
        for cidr in vpc.cidrs:
            draft.say(netns, "route", f"{cidr} via {gateway} dev {link} onlink src {primary}", link)


def _table_of(interface: Interface) -> int:
    """A routing table of the interface's own, the same every time."""
    return FIRST_TABLE + int(interface.primary) % 2**30
