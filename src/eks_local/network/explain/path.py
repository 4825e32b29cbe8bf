"""The way of a packet from place to place, one decision after the other, and of what comes back.

The order is that of the VPC Reachability Analyzer: the source's security groups, the ACL of its subnet, the route
table, the gateway; then the ACL of the destination's subnet and its security groups. Groups remember connections, so
only requests are put to them; ACLs do not, so replies are judged as well.
"""

from collections.abc import Iterator
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

from eks_local.explanation import NOWHERE, Hop
from eks_local.network import model
from eks_local.network.explain import judges
from eks_local.network.explain.packet import Packet
from eks_local.network.explain.places import Place, holds, interfaces
from eks_local.network.filters import IN, OUT
from eks_local.network.model import Interface, NatGateway, Network, Peering, Route, Subnet, Vpc

_METADATA, _RESOLVER = IPv4Address("169.254.169.254"), IPv4Address("169.254.169.253")
_SERVICES = {IPv4Address(model.SERVICES): "the AWS API", IPv4Address(model.PUBLIC_DNS): "public DNS"}
_SERVICES |= {IPv4Address(address): f"{name} of the AWS API" for name, address in model.GATEWAY_SERVICES.items()}
_PRIVATE = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")))
"""Source: RFC 1918 and RFC 6598, the ranges that VPCs have."""
_REPLIES = "replies: "


def hops(network: Network, source: Place, packet: Packet) -> Iterator[Hop]:
    """The decisions up to the first that stops the packet or its replies."""
    journey = _Journey(network)
    for hop in journey.start(source, packet):
        yield hop
        if not hop.passed:
            return
    for hop in reversed(journey.back):
        yield hop
        if not hop.passed:
            return


class _Journey:
    """A packet under way. `back`: what replies meet, last decision first."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._carriers: set[str] = set()
        self.back: list[Hop] = []

    def start(self, source: Place, packet: Packet) -> Iterator[Hop]:
        """From where it is sent."""
        if source.plane:
            vpc, interface = self._of_plane(source.plane, packet.destination)
            if vpc is None or interface is None:
                return self._internet(packet)
            return self._from(vpc, interface, replace(packet, source=interface.primary))
        if source.vpc and source.interface:
            return self._from(source.vpc, source.interface, packet)
        return self._internet(packet)

    def _of_plane(self, plane: model.ControlPlane, to: IPv4Address) -> tuple[Vpc | None, Interface | None]:
        """EKS's interface in the cluster's VPC, when it is the VPC that a control plane talks to."""
        for vpc, interface in interfaces(self._network):
            if interface.netns == plane.netns and vpc.holds(to):
                return vpc, interface
        return None, None

    def _from(self, vpc: Vpc, interface: Interface, packet: Packet) -> Iterator[Hop]:
        to = packet.destination
        if to in (_METADATA, _RESOLVER, vpc.resolver):
            what = "instance metadata" if to == _METADATA else "the VPC's resolver"
            yield Hop(True, "service", f"{to} is {what}: neither groups nor ACLs judge it", vpc.id)
            return
        target = next((other for other in vpc.interfaces if holds(other, to)), None)
        if target and target.netns == interface.netns:
            yield Hop(True, "address", f"{to} is at the same instance: nothing judges it", target.id)
            return
        subnet = vpc.subnet(interface.subnet)
        if not vpc.holds(to) and packet.source != interface.primary:
            # What the VPC CNI does to a Pod's packets, unless AWS_VPC_K8S_CNI_EXTERNALSNAT is true.
            interface = next((i for i in vpc.interfaces if i.netns == interface.netns and i.boots), interface)
            packet = replace(packet, source=interface.primary)
            subnet = vpc.subnet(interface.subnet)
            text = f"the VPC CNI sends it from the node's own address {packet.source}: it leaves the VPC"
            yield Hop(True, "address", text, interface.id)
        yield judges.groups(vpc, interface, packet, OUT)
        if subnet is None:
            yield Hop(False, "route", f"{interface.subnet} is no subnet of {vpc.id} any more", vpc.id)
        elif vpc.holds(to):
            yield from self._within(vpc, subnet, target, packet)
        else:
            yield from self._outwards(vpc, subnet, interface, packet)

    def _within(self, vpc: Vpc, subnet: Subnet, target: Interface | None, packet: Packet) -> Iterator[Hop]:
        near = target is not None and target.subnet == subnet.cidr
        if not near:
            yield from self._border(vpc, subnet, packet, OUT)
        local = f"route table {subnet.table}: {packet.destination} is local"
        if target is None:
            text = f"{local}, but no network interface in use has it"
            yield Hop(False, "route", text, subnet.table or subnet.id, "local")
            return
        yield Hop(True, "route", local, subnet.table or subnet.id, "local")
        entered = vpc.subnet(target.subnet)
        if entered and not near:
            yield from self._border(vpc, entered, packet, IN)
        yield judges.groups(vpc, target, packet, IN)

    def _outwards(self, vpc: Vpc, subnet: Subnet, interface: Interface, packet: Packet) -> Iterator[Hop]:
        yield from self._border(vpc, subnet, packet, OUT)
        route = subnet.route(IPv4Network(packet.destination))
        yield _routed(subnet, route, packet.destination)
        if route is None or route.target is None:
            return
        if route.target == vpc.internet_gateway:
            if interface.public is None:
                text = f"{route.target} needs a public address; {interface.id} ({interface.primary}) has none"
                yield Hop(False, "gateway", text, route.target, also=(interface.id,))
                return
            text = f"{route.target} sends it from the public address {interface.public}"
            yield Hop(True, "gateway", text, route.target, also=(interface.id,))
            yield from self._internet(replace(packet, source=interface.public))
            return
        peering = vpc.peering(route.target)
        if peering:
            yield from self._across(peering, packet)
        endpoint = vpc.gateway_endpoint(route.target)
        if endpoint:
            yield Hop(True, "endpoint", f"{endpoint.id} takes it to {endpoint.service}, off the internet", endpoint.id)
            yield from self._internet(packet)
        carrier = vpc.interface(route.target)
        if carrier:
            yield from self._carried(vpc, subnet, carrier, packet)
        for nat in vpc.nat_gateways:
            if nat.id == route.target:
                yield from self._through(vpc, nat, packet)

    def _across(self, peering: Peering, packet: Packet) -> Iterator[Hop]:
        """A peering is not transitive: it leads to interfaces of the VPC on the other side, and replies come by it."""
        vpc = next(vpc for vpc in self._network.vpcs if vpc.id == peering.vpc)
        to, also = packet.destination, (vpc.id,)
        if not vpc.holds(to):
            text = f"{peering.id} leads to addresses of {vpc.id} alone, and by none of its gateways further to {to}"
            yield Hop(False, "peering", text, peering.id, also=also)
            return
        yield Hop(True, "peering", f"{peering.id} takes it to {vpc.id}", peering.id, also=also)
        target = next((other for other in vpc.interfaces if holds(other, to)), None)
        subnet = vpc.subnet(target.subnet) if target else None
        if target is None or subnet is None:
            yield Hop(False, "route", f"no network interface in use has {to}", vpc.id, "local")
            return
        self._returns(vpc, subnet, packet, peering.id)
        yield from self._border(vpc, subnet, packet, IN)
        yield judges.groups(vpc, target, packet, IN)

    def _carried(self, vpc: Vpc, subnet: Subnet, carrier: Interface, packet: Packet) -> Iterator[Hop]:
        """An instance that carries packets of others, as a NAT instance does."""
        entered = vpc.subnet(carrier.subnet)
        if entered and entered.cidr != subnet.cidr:
            yield from self._border(vpc, entered, packet, IN)
        if not carrier.forwards:
            text = f"{carrier.id} drops what is not for its own addresses: its source/destination check is on"
            yield Hop(False, "check", text, carrier.id)
            return
        yield judges.groups(vpc, carrier, packet, IN)
        if carrier.id in self._carriers:
            yield Hop(False, "route", f"{carrier.id} has had it before: it goes round", carrier.id)
            return
        self._carriers.add(carrier.id)
        text = f"{carrier.netns} may carry it on: no source/destination check. Taken to send it from {carrier.primary}"
        yield Hop(True, "check", text, carrier.id)
        yield from self._from(vpc, carrier, replace(packet, source=carrier.primary))

    def _through(self, vpc: Vpc, nat: NatGateway, packet: Packet) -> Iterator[Hop]:
        """A NAT gateway is in its subnet: what passes it enters the subnet, and leaves it again."""
        subnet = vpc.subnet(nat.subnet)
        if subnet:
            yield from self._border(vpc, subnet, packet, IN)
            yield from self._border(vpc, subnet, packet, OUT)
            route = subnet.route(IPv4Network(packet.destination))
            if not vpc.leads_out(nat, IPv4Network(packet.destination)):
                leads = f"{route.destination} leads to {route.via}" if route else "it has no route there"
                text = f"{nat.id} is in a subnet that does not lead to an internet gateway: {leads}"
                yield Hop(False, "gateway", text, nat.id, also=tuple(filter(None, (subnet.table,))))
                return
        yield Hop(True, "gateway", f"{nat.id} sends it from {nat.public}", nat.id)
        yield from self._internet(replace(packet, source=nat.public))

    def _internet(self, packet: Packet) -> Iterator[Hop]:
        to = packet.destination
        if to in _SERVICES:
            yield Hop(True, "service", f"{to} is {_SERVICES[to]}")
            return
        if to == self._network.laptop:
            yield Hop(True, "address", f"{to} is the laptop")
            return
        for plane in self._network.control_planes:
            if plane.public == to:
                yield judges.endpoint(plane, packet)
                return
        for vpc, interface in interfaces(self._network):
            if interface.public == to:
                yield from self._arriving(vpc, interface, packet)
                return
        for vpc in self._network.vpcs:
            for nat in vpc.nat_gateways:
                if nat.public == to:
                    yield Hop(False, "gateway", f"{nat.id} lets nothing in that it was not asked for", nat.id)
                    return
        private = any(to in block for block in _PRIVATE)
        why = "a private address means nothing there" if private else "nobody has it"
        yield Hop(False, NOWHERE, f"the internet knows no {to}: {why}")

    def _arriving(self, vpc: Vpc, interface: Interface, packet: Packet) -> Iterator[Hop]:
        gateway = vpc.internet_gateway
        if gateway is None:
            yield Hop(False, "gateway", f"{vpc.id} has no internet gateway", vpc.id)
            return
        text = f"{gateway} takes {packet.destination} to {interface.primary} ({interface.id})"
        yield Hop(True, "gateway", text, gateway, also=(interface.id,))
        packet = replace(packet, destination=interface.primary)
        subnet = vpc.subnet(interface.subnet)
        if subnet:
            self._returns(vpc, subnet, packet, gateway)
            yield from self._border(vpc, subnet, packet, IN)
        yield judges.groups(vpc, interface, packet, IN)

    def _returns(self, vpc: Vpc, subnet: Subnet, packet: Packet, gateway: str) -> None:
        """Replies have to leave by the gateway that the request came by; to a peering an instance may carry them.

        What an internet gateway has translated is translated back before an instance could get it: a limit of ours.
        """
        reply, hops, passed = packet.reply(), list[Hop](), set[str]()
        while True:
            route = subnet.route(IPv4Network(reply.destination))
            carrier = vpc.interface(route.target) if route and vpc.peering(gateway) else None
            entered = vpc.subnet(carrier.subnet) if carrier and carrier.forwards else None
            if route is None or carrier is None or entered is None or carrier.id in passed:
                hops.append(_returned(subnet, route, gateway, reply.destination))
                break
            passed.add(carrier.id)
            hop = _routed(subnet, route, reply.destination)
            hops.append(replace(hop, text=f"{_REPLIES}{hop.text}, which may carry them on"))
            found = next((acl for acl in vpc.acls if acl.id == entered.acl), None)
            if found and entered != subnet:
                hops += [judges.acl(found, reply, way, _REPLIES) for way in (IN, OUT)]
            subnet = entered
        self.back += reversed(hops)

    def _border(self, vpc: Vpc, subnet: Subnet, packet: Packet, way: str) -> Iterator[Hop]:
        """The ACL of a subnet that a packet leaves or enters, and its replies the other way round."""
        found = next((acl for acl in vpc.acls if acl.id == subnet.acl), None)
        if found is not None:
            self.back.append(judges.acl(found, packet.reply(), IN if way == OUT else OUT, _REPLIES))
            yield judges.acl(found, packet, way)


def _routed(subnet: Subnet, route: Route | None, to: IPv4Address) -> Hop:
    table = subnet.table or subnet.id
    if route is None:
        return Hop(False, "route", f"route table {table} has no route to {to}", table)
    rule = route.prefix_list or str(route.destination)
    text = f"route table {table}: {rule} leads to {route.via}"
    if route.target is None:
        return Hop(False, "route", f"{text}, which leads nowhere (blackhole)", table, rule, (route.via,))
    return Hop(True, "route", text, table, rule, (route.via,))


def _returned(subnet: Subnet, route: Route | None, gateway: str, to: IPv4Address) -> Hop:
    """Replies to what came in by an internet gateway or a peering have to leave by it."""
    hop = _routed(subnet, route, to)
    passed = hop.passed and route is not None and route.target == gateway
    text = hop.text if passed or not hop.passed else f"{hop.text}, not to {gateway}, by which the request came"
    return replace(hop, passed=passed, text=f"{_REPLIES}{text}")
