"""What one security group, network ACL or endpoint says to a packet. Every judge answers with a hop."""

from collections.abc import Sequence
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

from eks_local.explanation import Hop
from eks_local.network.explain.packet import Packet
from eks_local.network.filters import IN, OUT
from eks_local.network.model import (
    ANYWHERE,
    AclEntry,
    ControlPlane,
    Interface,
    NetworkAcl,
    Ports,
    Rule,
    SecurityGroup,
    Vpc,
)

_SHOWN = 3
_SIDE = {IN: ("from", "ingress"), OUT: ("to", "egress")}


def groups(vpc: Vpc, interface: Interface, packet: Packet, way: str) -> Hop:
    """What the security groups of an interface say: any rule of any of them is enough."""
    own = [group for group in vpc.groups if group.id in interface.groups]
    peer = packet.source if way == IN else packet.destination
    asked = f"{packet.traffic} {_SIDE[way][0]} {peer} {way}"
    for group in own:
        for rule in _rules(group, way):
            if _lets(vpc, rule, packet, peer):
                others = tuple(other.id for other in own if other is not group)
                text = f"security group {_named(group)} lets {_what(rule, way)} {way} ({rule.id})"
                return Hop(True, "group", text, group.id, rule.id, others, way)
    names = ", ".join(map(_named, own)) or f"of {interface.id}, which has none,"
    kind = _SIDE[way][1]
    rules = [_what(rule, way) for group in own for rule in _rules(group, way)]
    let = (
        f"only {'; '.join(rules[:_SHOWN])}{' …' if len(rules) > _SHOWN else ''}" if rules else f"no {kind} rule at all"
    )
    text = f"security group {names} does not let {asked}: {let}"
    first, *others_ = [group.id for group in own] or [interface.id]
    return Hop(False, "group", text, first, "", tuple(others_), way)


def acl(found: NetworkAcl, packet: Packet, way: str, purpose: str = "") -> Hop:
    """What a network ACL says: the first entry that matches decides, for each of the packet's ports."""
    entries = found.ingress if way == IN else found.egress
    peer = packet.source if way == IN else packet.destination
    allowed: AclEntry | None = None
    for ports in _turning_points(entries, packet):
        entry = next((e for e in entries if peer in e.cidr and _matches(e.protocol, e.ports, packet, ports)), None)
        if entry is None or not entry.allow:
            one = replace(packet, ports=ports).traffic
            number = str(entry.number) if entry else "*"
            text = f"network ACL {found.id} denies {purpose}{one} {_SIDE[way][0]} {peer} {way} (entry {number})"
            return Hop(False, "acl", text, found.id, number, way=way)
        allowed = allowed or entry
    number = str(allowed.number) if allowed else "*"
    text = f"network ACL {found.id} allows {purpose}{packet.traffic} {_SIDE[way][0]} {peer} {way} (entry {number})"
    return Hop(True, "acl", text, found.id, number, way=way)


def endpoint(plane: ControlPlane, packet: Packet) -> Hop:
    """What the CIDR list of a cluster's public endpoint says."""
    if (packet.protocol, packet.ports) != ("tcp", (443, 443)):
        return Hop(True, "endpoint", f"public address of the endpoint of {plane.cluster}", plane.cluster)
    inside = [cidr for cidr in plane.public_cidrs if packet.source in cidr]
    if inside:
        text = f"endpoint of {plane.cluster}: publicAccessCidrs has {packet.source} in {inside[0]}"
        return Hop(True, "endpoint", text, plane.cluster, str(inside[0]))
    if not plane.public_cidrs:
        return Hop(False, "endpoint", f"endpoint of {plane.cluster}: public access is off", plane.cluster)
    listed = ", ".join(map(str, plane.public_cidrs))
    text = f"endpoint of {plane.cluster}: {packet.source} is in none of publicAccessCidrs ({listed})"
    return Hop(False, "endpoint", text, plane.cluster)


def _rules(group: SecurityGroup, way: str) -> Sequence[Rule]:
    return group.ingress if way == IN else group.egress


def _lets(vpc: Vpc, rule: Rule, packet: Packet, peer: IPv4Address) -> bool:
    if not _matches(rule.protocol, rule.ports, packet, packet.ports):
        return False
    if rule.group:
        # A group means the private addresses of the interfaces that have it, whatever they are called elsewhere.
        return any(peer in network for member in vpc.members(rule.group) for network in member.addresses)
    return any(peer in cidr for cidr in rule.cidrs)


def _matches(protocol: str, ports: Ports | None, packet: Packet, asked: Ports | None) -> bool:
    if protocol not in ("all", packet.protocol):
        return False
    if protocol == "all" or ports is None:
        return True
    if asked is None:
        return False
    if protocol == "icmp":
        return ports[0] == asked[0] and ports[1] in (-1, asked[1])
    return ports[0] <= asked[0] and asked[1] <= ports[1]


def _turning_points(entries: Sequence[AclEntry], packet: Packet) -> list[Ports | None]:
    """Ports of the packet, one for each stretch within which no entry begins or ends."""
    if packet.ports is None or packet.protocol == "icmp":
        return [packet.ports]
    first, last = packet.ports
    edges = {first}
    for entry in entries:
        if entry.protocol == packet.protocol and entry.ports:
            edges |= {port for port in (entry.ports[0], entry.ports[1] + 1) if first < port <= last}
    return [(edge, edge) for edge in sorted(edges)]


def _named(group: SecurityGroup) -> str:
    return f"{group.id} ({group.name})" if group.name else group.id


def _what(rule: Rule, way: str) -> str:
    peers = rule.group or rule.prefix_list or ", ".join(map(_cidr, rule.cidrs)) or "IPv6 addresses"
    return f"{_ports(rule)} {_SIDE[way][0]} {peers}"


def _cidr(cidr: IPv4Network) -> str:
    return "anywhere" if cidr == ANYWHERE else str(cidr)


def _ports(rule: Rule) -> str:
    if rule.protocol == "all":
        return "everything"
    if rule.ports is None:
        return rule.protocol if rule.protocol.isalpha() else f"protocol {rule.protocol}"
    if rule.protocol == "icmp":
        return f"icmp type {rule.ports[0]}"
    first, last = rule.ports
    return f"{rule.protocol} {first}" if first == last else f"{rule.protocol} {first}-{last}"
