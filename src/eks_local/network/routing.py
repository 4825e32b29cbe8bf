"""A VPC's route tables → the router's rules and routes. Pure.

What is inside of the VPC is routed first, whatever the tables say. Then the subnet that a packet comes from has a
table; what an instance carries for others is routed by the instance's own subnet.
"""

from collections.abc import Iterator
from dataclasses import replace
from ipaddress import IPv4Network

from eks_local.network.model import Route, Subnet, Vpc, endpoint_link, link_name, router_link

UPSTREAM = "100.64.0.1"
"""Address of the other end of every link of a router that is no interface's: the internet's, a peer's."""
FIRST_TABLE = 1000
"""Number of the first routing table of ours."""
_LOCAL_FIRST, _BY_LINK, BY_SUBNET, _NOWHERE = 100, 150, 200, 300
"""Preferences of rules."""


def of_vpc(vpc: Vpc) -> Iterator[tuple[str, str, str]]:
    """Rules and routes: (kind, text, link), as `layout.Statement` has them."""
    yield "rule", f"from all lookup main pref {_LOCAL_FIRST}", ""
    yield "rule", f"from all blackhole pref {_NOWHERE}", ""
    for subnet in vpc.subnets:
        table = _subnet_table(subnet.cidr)
        yield "rule", f"from {subnet.cidr} lookup {table} pref {BY_SUBNET}", ""
        for route in _with_onward(vpc, subnet):
            link, gateway = _way(vpc, route) or ("", "")
            to = f"{_destination(route.destination)}"
            text = f"{to} via {gateway} dev {link} onlink" if link else f"blackhole {to}"
            yield "route", f"{text} table {table}", link
    for interface in vpc.interfaces:
        if interface.forwards:
            # What it carries for others has addresses of their subnets, and goes on by the routes of its own.
            rule = f"iif {router_link(interface)} lookup {_subnet_table(interface.subnet)} pref {_BY_LINK}"
            yield "rule", rule, ""


def _subnet_table(cidr: IPv4Network) -> int:
    return FIRST_TABLE + int(cidr.network_address) % 2**30


def _with_onward(vpc: Vpc, subnet: Subnet) -> Iterator[Route]:
    """A subnet's routes, and what becomes of packets at the NAT gateways they lead to.

    Those go on by the routes of the gateway's own subnet. The kernel looks into one table, so the parts of a
    destination that are routed differently there are routes of this table.
    """
    gates = {nat.id: vpc.subnet(nat.subnet) for nat in vpc.nat_gateways}
    for route in subnet.routes:
        yield route
        gate = gates.get(route.target or "")
        for onward in gate.routes if gate else ():
            part = onward.destination
            if part != route.destination and part.subnet_of(route.destination) and subnet.route(part) == route:
                yield replace(route, destination=part)


def _way(vpc: Vpc, route: Route) -> tuple[str, str] | None:
    """The link that a route leads to, and who is asked at its other end; None when it leads nowhere."""
    if route.target is None:
        return None
    if route.target == vpc.internet_gateway:
        return "wan", UPSTREAM
    if vpc.peering(route.target):
        return link_name("pcx", route.target), UPSTREAM
    endpoint = vpc.gateway_endpoint(route.target)
    if endpoint:
        return endpoint_link(endpoint), UPSTREAM
    interface = vpc.interface(route.target)
    if interface and interface.forwards:
        return router_link(interface), str(interface.primary)
    for nat in vpc.nat_gateways:
        if nat.id == route.target and vpc.leads_out(nat, route.destination):
            return link_name("nat", nat.id), UPSTREAM
    return None


def _destination(network: IPv4Network) -> str:
    return "default" if network.prefixlen == 0 else str(network)
