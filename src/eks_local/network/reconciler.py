"""The network follows the AWS API's state: observe, lay out, apply what differs, serve metadata and DNS."""

import logging
import socket
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from eks_local.aws.state import AwsState
from eks_local.network import model, observe, ruleset
from eks_local.network.dns import DnsServer
from eks_local.network.endpoints import EndpointAddresses
from eks_local.network.kernel import Kernel
from eks_local.network.layout import LINK_LOCAL, layout
from eks_local.network.names import INTERNET, Names
from eks_local.network.tables import Table, removing, replacing
from eks_local.sandbox import netns
from eks_local.sandbox.netns import CommandFailed

log = logging.getLogger(__name__)

_METADATA_PORTS = range(8000, 60000)
_TABLES = ("rules_a", "rules_b")
"""Names of the rules in force and of those that come into force, in turn."""


class Closable(Protocol):
    """A server that can be closed."""

    def close(self) -> None:
        """Serve no more, and close the listening socket."""


Plugged = Callable[[str], bool]
"""Whether the link of a network interface (by id) is where it belongs."""
Door = Callable[[socket.socket], Closable]
"""Serves the AWS API on a listening socket."""
Metadata = Callable[[socket.socket, str, Plugged], Closable]
"""Serves the metadata of an instance (by id) on a listening socket."""


@dataclass(frozen=True)
class ControlPlaneNetwork:
    """Where a control plane runs."""

    netns: str
    public_address: str
    private_addresses: tuple[str, ...]
    """Of its interfaces in the VPC; the first is the one it advertises."""


class VpcReconciler:
    """Makes the kernel's network what the AWS API says it is."""

    name = "network"

    def __init__(
        self, aws: AwsState, names: Names, serve_metadata: Metadata, open_door: Door, made: Callable[[], None]
    ) -> None:
        """`made` is called after each round that changed the network."""
        self._open_door = open_door
        self._doors: dict[str, list[Closable]] = {}
        self._aws = aws
        self._names = names
        self._serve_metadata = serve_metadata
        self._tell = made
        self._endpoints = EndpointAddresses()
        self._kernel = Kernel()
        self._rules: dict[str, tuple[str, Table]] = {}
        self._metadata: dict[str, tuple[str, int, Closable]] = {}
        self._dns: dict[str, DnsServer] = {}
        self._round = threading.Lock()
        self.laptop = model.LAPTOP_ADDRESS
        """Public address that the laptop should have."""
        self._made = model.Network()

    def prepare(self) -> None:
        """Make the internet and the laptop, which are there before anything else."""
        with self._round:
            self._kernel.bring(layout(model.Network(laptop=self.laptop)))
            self._dns[INTERNET] = DnsServer.start(None, (model.PUBLIC_DNS,), self._names.seen_from(INTERNET))

    def reconcile(self) -> None:
        """Bring the network in line once."""
        with self._round:
            clusters = self._aws.clusters()
            addresses = self._endpoints.of([cluster.unique_id for cluster in clusters])
            wanted = observe.network(self._aws, clusters, addresses, self.laptop)
            self._names.update(wanted)
            if wanted == self._made:
                return
            self._retire(wanted)
            self._kernel.bring(layout(wanted))
            self._serve(wanted)
            self._apply_rules(wanted)
            self._made = wanted
        self._tell()

    def stop(self) -> None:
        """Stop the servers. The network goes with the box."""
        with self._round:
            self._retire(model.Network())
            for server in self._dns.values():
                server.stop()

    @property
    def made(self) -> model.Network:
        """The network as it is in force."""
        return self._made

    def ready(self, instance: str) -> bool:
        """Whether an instance's namespace is there, its first interface configured, its metadata served."""
        return instance in self._made.instances and instance in self._metadata

    def home(self, instance: str) -> model.Vpc | None:
        """The VPC that an instance's namespace is in, None until that is there."""
        for vpc in self._made.vpcs:
            if any(interface.boots and interface.netns == instance for interface in vpc.interfaces):
                return vpc
        return None

    def plugged(self, interface: str) -> bool:
        """Whether the link of a network interface is where it belongs."""
        return any(interface == made.id for vpc in self._made.vpcs for made in vpc.interfaces)

    def control_plane(self, cluster: str) -> ControlPlaneNetwork | None:
        """The place of a cluster's control plane, None until it is there."""
        for plane in self._made.control_planes:
            if plane.cluster == cluster:
                return ControlPlaneNetwork(plane.netns, str(plane.public), tuple(map(str, plane.private)))
        return None

    def _retire(self, wanted: model.Network) -> None:
        homes = {interface.netns: vpc.id for vpc in wanted.vpcs for interface in vpc.interfaces if interface.boots}
        for instance, (vpc, _, server) in list(self._metadata.items()):
            if homes.get(instance) != vpc:
                del self._metadata[instance]
                server.close()
        endpoints = {made.id for vpc in wanted.vpcs for made in vpc.endpoints}
        for gone in set(self._doors) - endpoints:
            for door in self._doors.pop(gone):
                door.close()
        for vpc in set(self._dns) - {INTERNET, *(vpc.id for vpc in wanted.vpcs)}:
            self._dns.pop(vpc).stop()
        kept = {vpc.id for vpc in wanted.vpcs} | {plane.netns for plane in wanted.control_planes}
        self._rules = {place: rules for place, rules in self._rules.items() if place in kept}

    def _serve(self, wanted: model.Network) -> None:
        for vpc in wanted.vpcs:
            if vpc.id not in self._dns:
                addresses = (str(vpc.resolver), LINK_LOCAL[1].partition("/")[0])
                self._dns[vpc.id] = DnsServer.start(vpc.id, addresses, self._names.seen_from(vpc.id))
            for endpoint in vpc.endpoints:
                if not endpoint.gateway and endpoint.id not in self._doors:
                    listeners = [netns.listen(endpoint.id, "", port) for port in model.API_PORTS]
                    self._doors[endpoint.id] = [self._open_door(listener) for listener in listeners]
            for interface in vpc.interfaces:
                if interface.boots and interface.netns not in self._metadata:
                    self._start_metadata(vpc.id, interface.netns)

    def _start_metadata(self, vpc: str, instance: str) -> None:
        taken = {port for place, port, _ in self._metadata.values() if place == vpc}
        port = next(port for port in _METADATA_PORTS if port not in taken)
        listener = netns.listen(vpc, ruleset.METADATA, port)
        self._metadata[instance] = (vpc, port, self._serve_metadata(listener, instance, self.plugged))

    def _apply_rules(self, wanted: model.Network) -> None:
        ports = {instance: port for instance, (_, port, _) in self._metadata.items()}
        for place, table in tables_of(wanted, ports).items():
            old, present = self._rules.get(place, ("", None))
            if present != table:
                self._replace(place, old, table)

    def _replace(self, place: str, old: str, table: Table) -> None:
        new = next(name for name in _TABLES if name != old)
        try:
            for transaction in replacing(table, new, old or None):
                netns.nft(place, transaction)
        except CommandFailed:
            netns.nft(place, removing(new))
            raise
        self._rules[place] = (new, table)


def tables_of(network: model.Network, metadata_ports: Mapping[str, int]) -> dict[str, Table]:
    """The rules of each namespace that has some."""
    routers = {vpc.id: ruleset.of_vpc(vpc, metadata_ports) for vpc in network.vpcs}
    return routers | {plane.netns: ruleset.of_control_plane(plane) for plane in network.control_planes}
