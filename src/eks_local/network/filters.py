"""Security groups and network ACLs as chains: what an interface lets out and in, what a subnet lets through.

    eni_out    link it came on → its groups' egress, each a chain of its own; nothing lets it through: dropped
    eni_in     link it leaves on → the same for ingress
    acl_out    link it came on → the ACL of the subnet that it leaves
    acl_in     link it leaves on → the ACL of the subnet that it enters

Groups are stateful: only the first packet of a connection comes here. ACLs are not: they see every packet that crosses
a subnet's border. An ACL that allows all, as the default one does, is left out.

Source: "Security group rules", "Network ACL basics" of the Amazon VPC User Guide.
"""

from collections.abc import Sequence
from ipaddress import IPv4Network, collapse_addresses

from eks_local.network import model
from eks_local.network.model import ANYWHERE, AclEntry, Interface, Rule, Vpc, router_link
from eks_local.network.tables import Chain, Collection

IN, OUT = "in", "out"
_PEER = {IN: "saddr", OUT: "daddr"}
_ONWARD = {IN: "accept", OUT: "goto arriving"}
"""What is allowed out still has to be allowed in by whoever it goes to."""


def of_groups(vpc: Vpc) -> tuple[list[Collection], list[Chain]]:
    """The maps `eni_out` and `eni_in`, the groups' members, and the chains of groups and of their combinations."""
    referred = {rule.group for group in vpc.groups for rule in (*group.ingress, *group.egress) if rule.group}
    collections = [_members(vpc, group) for group in sorted(referred)]
    chains = [
        Chain(_chain(group.id, way), tuple(_rule(rule, way) for rule in rules if rule.cidrs or rule.group))
        for group in vpc.groups
        for way, rules in ((IN, group.ingress), (OUT, group.egress))
    ]
    known = {group.id for group in vpc.groups}
    combinations = sorted({_groups(interface, known) for interface in vpc.interfaces})
    for way in (IN, OUT):
        names = {groups: f"eni_{way}_{number}" for number, groups in enumerate(combinations)}
        chains += [
            Chain(name, (*(f"jump {_chain(group, way)}" for group in groups), "drop")) for groups, name in names.items()
        ]
        elements = tuple(
            f'"{router_link(interface)}" : goto {names[_groups(interface, known)]}' for interface in vpc.interfaces
        )
        collections.append(Collection("map", f"eni_{way}", "ifname : verdict", elements))
    return collections, chains


def of_acls(vpc: Vpc) -> tuple[list[Collection], list[Chain]]:
    """The maps `acl_out` and `acl_in`, the set `same_subnet`, the ACLs' chains, and the chain `borders`."""
    acls = {acl.id: acl for acl in vpc.acls if not (_open(acl.ingress) and _open(acl.egress))}
    guarded = {subnet.cidr: subnet.acl for subnet in vpc.subnets if subnet.acl in acls}
    links = {router_link(interface): interface.subnet for interface in vpc.interfaces}
    gates = {model.link_name("nat", nat.id): nat.subnet for nat in vpc.nat_gateways}
    number = {cidr: str(index) for index, cidr in enumerate(sorted({*links.values(), *gates.values()}), start=1)}
    chains = [
        Chain(_chain(acl.id, way), (*(_entry(entry, way) for entry in entries), "drop"))
        for acl in acls.values()
        for way, entries in ((IN, acl.ingress), (OUT, acl.egress))
    ]
    # A NAT gateway is in its subnet: what passes it enters the subnet, and leaves it again.
    chains += [Chain(f"through_{acl}", (f"jump {_chain(acl, IN)}", f"jump {_chain(acl, OUT)}")) for acl in acls]
    marks = tuple(f'"{link}" : {number[cidr]}' for link, cidr in (*links.items(), *gates.items()))
    same = tuple(f'"{link}" . {number[cidr]}' for link, cidr in links.items())
    collections = [
        Collection("map", "subnet_of", "ifname : mark", marks if guarded else ()),
        Collection("set", "same_subnet", "ifname . mark", same if guarded else ()),
    ]
    for way in (IN, OUT):
        targets = {link: _chain(acl, way) for link, cidr in links.items() if (acl := guarded.get(cidr))}
        targets |= {gate: f"through_{acl}" for gate, cidr in gates.items() if (acl := guarded.get(cidr))}
        elements = tuple(f'"{link}" : jump {chain}' for link, chain in targets.items())
        collections.append(Collection("map", f"acl_{way}", "ifname : verdict", elements))
    rules = (
        "meta mark set iifname map @subnet_of",
        "oifname . meta mark @same_subnet return",
        "iifname vmap @acl_out",
        "oifname vmap @acl_in",
    )
    return collections, [*chains, Chain("borders", rules if guarded else ())]


def _groups(interface: Interface, known: set[str]) -> tuple[str, ...]:
    return tuple(group for group in interface.groups if group in known)


def _members(vpc: Vpc, group: str) -> Collection:
    """The addresses that a rule means which names a group: private ones, of every interface that has it."""
    addresses = [address for interface in vpc.members(group) for address in interface.addresses]
    elements = tuple(map(str, collapse_addresses(addresses)))
    return Collection("set", _set(group), "ipv4_addr", elements, interval=True)


def _rule(rule: Rule, way: str) -> str:
    peer = _peer(rule, _PEER[way])
    return " ".join(filter(None, (peer, _match(rule.protocol, rule.ports), _ONWARD[way])))


def _peer(rule: Rule, side: str) -> str:
    if rule.group:
        return f"ip {side} @{_set(rule.group)}"
    return _addresses(rule.cidrs, side)


def _addresses(cidrs: Sequence[IPv4Network], side: str) -> str:
    if ANYWHERE in cidrs:
        return ""
    merged = list(map(str, collapse_addresses(cidrs)))
    return f"ip {side} {merged[0] if len(merged) == 1 else '{ ' + ', '.join(merged) + ' }'}"


def _match(protocol: str, ports: model.Ports | None) -> str:
    if protocol == "all":
        return ""
    if ports is None:
        return f"ip protocol {protocol}"
    first, last = ports
    if protocol == "icmp":
        return f"icmp type {first}" + (f" icmp code {last}" if last != -1 else "")
    return f"{protocol} dport {first if first == last else f'{first}-{last}'}"


def _entry(entry: AclEntry, way: str) -> str:
    verdict = "return" if entry.allow else "drop"
    addresses = _addresses((entry.cidr,), _PEER[way])
    return " ".join(filter(None, (addresses, _match(entry.protocol, entry.ports), verdict)))


def _open(entries: Sequence[AclEntry]) -> bool:
    """Whether the first entry allows everything, so that no other is ever looked at."""
    return bool(entries) and entries[0].allow and entries[0].cidr == ANYWHERE and entries[0].protocol == "all"


def _chain(identifier: str, way: str) -> str:
    return f"{identifier.replace('-', '_')}_{way}"


def _set(group: str) -> str:
    return f"members_{group.replace('-', '_')}"
