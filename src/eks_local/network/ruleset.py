"""A VPC's nftables rules, generated whole: one transaction replaces the old ones, and connections survive it.

The path of a packet between two interfaces, or between one and the internet:

    prerouting   public address → private (1:1); instance metadata → the instance's own listener
    forward      established → accepted
                 eni_out: by the link it came on to what that interface lets out
                 eni_in:  by the link it leaves on to what that interface lets in
    postrouting  private address → public (1:1), or the NAT gateway's

Every interface leads to `out_open` and `in_open` as long as security groups are not followed. Links stand for
interfaces, not addresses: rules stay the same while Pods come and go.
"""

from collections.abc import Iterable, Mapping, Sequence
from ipaddress import IPv4Network, collapse_addresses

from eks_local.network import model
from eks_local.network.layout import router_link
from eks_local.network.model import ControlPlane, Vpc

METADATA = "169.254.169.254"


def of_vpc(vpc: Vpc, metadata_ports: Mapping[str, int]) -> str:
    """The rules of a VPC's router. `metadata_ports`: port of the metadata listener of each instance."""
    public = {str(i.primary): str(i.public) for i in vpc.interfaces if i.public and vpc.internet_gateway}
    nats = {model.link_name("nat", nat.id): str(nat.public) for nat in vpc.nat_gateways}
    metadata = {router_link(i): str(metadata_ports[i.netns]) for i in vpc.interfaces if i.netns in metadata_ports}
    links = [router_link(interface) for interface in vpc.interfaces]
    return f"""\
table ip vpc
delete table ip vpc
table ip vpc {{
{_map("public_to_private", "ipv4_addr : ipv4_addr", [f"{ours} : {inside}" for inside, ours in public.items()])}
{_map("private_to_public", "ipv4_addr : ipv4_addr", [f"{inside} : {ours}" for inside, ours in public.items()])}
{_map("nat_gateway", "ifname : ipv4_addr", [f'"{link}" : {address}' for link, address in nats.items()])}
{_map("metadata", "ifname : inet_service", [f'"{link}" : {port}' for link, port in metadata.items()])}
{_set("has_public", "ipv4_addr", public)}
{_map("eni_out", "ifname : verdict", [f'"{link}" : goto out_open' for link in links])}
{_map("eni_in", "ifname : verdict", [f'"{link}" : goto in_open' for link in links])}
  chain out_open {{ goto arriving; }}
  chain in_open {{ accept; }}
  chain arriving {{
    oifname "wan" accept
    oifname "nat-*" accept
    oifname vmap @eni_in
    drop
  }}
  chain guard {{
    type filter hook prerouting priority raw; policy accept;
    ip daddr {METADATA} tcp dport != 80 drop
  }}
  chain translate_in {{
    type nat hook prerouting priority dstnat; policy accept;
    iifname "wan" dnat to ip daddr map @public_to_private
    ip daddr {METADATA} tcp dport 80 dnat to {METADATA}:iifname map @metadata
  }}
  chain translate_out {{
    type nat hook postrouting priority srcnat; policy accept;
    oifname "wan" snat to ip saddr map @private_to_public
    snat to oifname map @nat_gateway
  }}
  chain forward {{
    type filter hook forward priority filter; policy drop;
    ct state vmap {{ established : accept, related : accept, invalid : drop }}
    oifname "wan" ip saddr != @has_public drop
    iifname "wan" goto arriving
    iifname vmap @eni_out
  }}
}}
"""


def of_control_plane(plane: ControlPlane) -> str:
    """The rules of a control plane: who may reach its public address. Cuts connections already made, as EKS does."""
    return f"""\
table ip endpoint
delete table ip endpoint
table ip endpoint {{
{_set("public_access", "ipv4_addr", [str(cidr) for cidr in collapsed(plane.public_cidrs)], interval=True)}
  chain input {{
    type filter hook input priority filter; policy accept;
    iifname "eth0" tcp dport 443 ip saddr != @public_access drop
  }}
}}
"""


def collapsed(networks: Sequence[IPv4Network]) -> list[IPv4Network]:
    """The same addresses without overlaps, which nft's interval sets refuse."""
    return list(collapse_addresses(networks))


def _map(name: str, types: str, elements: Iterable[str]) -> str:
    return _collection("map", name, types, elements)


def _set(name: str, types: str, elements: Iterable[str], *, interval: bool = False) -> str:
    return _collection("set", name, types, elements, interval=interval)


def _collection(kind: str, name: str, types: str, elements: Iterable[str], *, interval: bool = False) -> str:
    listed = ", ".join(elements)
    flags = " flags interval;" if interval else ""
    content = f" elements = {{ {listed} }};" if listed else ""
    return f"  {kind} {name} {{ type {types};{flags}{content} }}"
