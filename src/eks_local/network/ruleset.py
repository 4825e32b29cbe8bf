"""A VPC's nftables rules, generated whole: one transaction replaces the old ones, and connections survive it.

The path of a packet between two interfaces, or between one and the internet or a peered VPC:

    prerouting   source/destination check
                 public address → private (1:1); instance metadata → the instance's own listener
    forward      borders: the network ACLs of the subnets that it leaves and enters
                 established → accepted
                 eni_out: by the link it came on to what that interface's security groups let out
                 eni_in:  by the link it leaves on to what that interface's security groups let in
    postrouting  private address → public (1:1), or the NAT gateway's

Links stand for interfaces, not addresses: rules stay the same while Pods come and go, but for the sets of addresses
that rules refer to by a group.
"""

from collections.abc import Iterable, Mapping
from ipaddress import collapse_addresses

from eks_local.network import filters, model
from eks_local.network.model import ControlPlane, Vpc, endpoint_link, router_link
from eks_local.network.tables import Chain, Collection, Table

METADATA = "169.254.169.254"


def of_vpc(vpc: Vpc, metadata_ports: Mapping[str, int]) -> Table:
    """The rules of a VPC's router. `metadata_ports`: port of the metadata listener of each instance."""
    group_collections, group_chains = filters.of_groups(vpc)
    acl_collections, acl_chains = filters.of_acls(vpc)
    return Table(
        collections=(*_translations(vpc, metadata_ports), *group_collections, *acl_collections),
        chains=(*_paths(), *group_chains, *acl_chains),
    )


def of_control_plane(plane: ControlPlane) -> Table:
    """The rules of a control plane: who may reach its public address.

    Who may not gets no answer. A connection already made is reset: in silence its client would wait for tens of
    seconds, a kubelet so long that its node is NotReady, although it can reach the private address by now.
    """
    outsider = 'iifname "eth0" tcp dport 443 ip saddr != @public_access'
    access = tuple(map(str, collapse_addresses(plane.public_cidrs)))
    return Table(
        collections=(Collection("set", "public_access", "ipv4_addr", access, interval=True),),
        chains=(
            Chain(
                "input",
                (f"{outsider} tcp flags & (syn | ack) != syn reject with tcp reset", f"{outsider} drop"),
                hook="type filter hook input priority filter; policy accept;",
            ),
        ),
    )


def _translations(vpc: Vpc, metadata_ports: Mapping[str, int]) -> tuple[Collection, ...]:
    public = {str(i.primary): str(i.public) for i in vpc.interfaces if i.public and vpc.internet_gateway}
    nats = {model.link_name("nat", nat.id): str(nat.public) for nat in vpc.nat_gateways}
    nats |= {endpoint_link(made): str(made.source) for made in vpc.endpoints if made.gateway}
    metadata = {router_link(i): str(metadata_ports[i.netns]) for i in vpc.interfaces if i.netns in metadata_ports}
    return (
        _map("public_to_private", "ipv4_addr : ipv4_addr", (f"{ours} : {inside}" for inside, ours in public.items())),
        _map("private_to_public", "ipv4_addr : ipv4_addr", (f"{inside} : {ours}" for inside, ours in public.items())),
        _map("nat_gateway", "ifname : ipv4_addr", (f'"{link}" : {address}' for link, address in nats.items())),
        _map("metadata", "ifname : inet_service", (f'"{link}" : {port}' for link, port in metadata.items())),
        Collection("set", "has_public", "ipv4_addr", tuple(public)),
        Collection("set", "unchecked", "ifname", tuple(f'"{router_link(i)}"' for i in vpc.interfaces if i.forwards)),
    )


def _map(name: str, type_: str, elements: Iterable[str]) -> Collection:
    return Collection("map", name, type_, tuple(elements))


def _paths() -> tuple[Chain, ...]:
    return (
        Chain(
            "arriving", (*(f'oifname "{way}" accept' for way in ("wan", "nat-*", "pcx-*", "gwe-*")), "goto entering")
        ),
        Chain("entering", ("oifname vmap @eni_in", "drop")),
        Chain(
            "guard",
            (
                f"ip daddr {METADATA} tcp dport != 80 drop",
                # Source/destination check: an interface sends from its own addresses, those that are routed to it.
                'iifname "eni-*" iifname != @unchecked fib saddr . iif oif missing drop',
            ),
            hook="type filter hook prerouting priority raw; policy accept;",
        ),
        Chain(
            "translate_in",
            (
                'iifname "wan" dnat to ip daddr map @public_to_private',
                f"ip daddr {METADATA} tcp dport 80 dnat to {METADATA}:iifname map @metadata",
            ),
            hook="type nat hook prerouting priority dstnat; policy accept;",
        ),
        Chain(
            "translate_out",
            ('oifname "wan" snat to ip saddr map @private_to_public', "snat to oifname map @nat_gateway"),
            hook="type nat hook postrouting priority srcnat; policy accept;",
        ),
        Chain(
            "forward",
            (
                "jump borders",
                # What came in by the internet gateway is answered by it: a NAT gateway knows nothing of it.
                'oifname "nat-*" ct direction reply drop',
                "ct state vmap { established : accept, related : accept, invalid : drop }",
                'oifname "wan" ip saddr != @has_public drop',
                'iifname "wan" goto arriving',
                # Peering is not transitive: what comes by it is for this VPC's own interfaces.
                'iifname "pcx-*" goto entering',
                "iifname vmap @eni_out",
            ),
            hook="type filter hook forward priority filter; policy drop;",
        ),
    )
