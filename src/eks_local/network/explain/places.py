"""What a person calls a place → where in the network that is."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address

from eks_local.explanation import UnknownPlace
from eks_local.network import model
from eks_local.network.model import ControlPlane, Interface, Network, Vpc
from eks_local.network.names import INTERNET, Names

_KINDS = ("instance", "node", "pod", "cluster", "bastion")
"""Words that may stand before a name, as in vantage points."""


@dataclass(frozen=True)
class Place:
    """Where packets start. `address` is the one they have there."""

    label: str
    address: IPv4Address
    vpc: Vpc | None = None
    interface: Interface | None = None
    plane: ControlPlane | None = None


class Places:
    """The places of one network. `labels`: what instances are called (Name tag, node name, id) → ids of those."""

    def __init__(self, network: Network, names: Names, labels: Mapping[str, Sequence[str]]) -> None:
        self.network = network
        self._names = names
        self._labels = labels

    def source(self, text: str) -> Place:
        """The laptop, an instance, a Pod's address, or a cluster's control plane. Raises `UnknownPlace`."""
        name = _bare(text)
        if name == model.LAPTOP:
            return Place(name, self.network.laptop)
        address = _address(name)
        if address:
            vpc, interface = self._holding(address)
            own = address if holds(interface, address) else interface.primary
            return Place(f"{name} ({interface.netns})", own, vpc, interface)
        plane = self._plane(name)
        if plane:
            return Place(f"control plane of {name}", plane.public, plane=plane)
        vpc, interface = self._first(self._instance(name))
        return Place(_label(name, interface), interface.primary, vpc, interface)

    def destination(self, text: str, source: Place) -> tuple[str, IPv4Address]:
        """Where `text` leads when `source` asks for it: (label, address). Raises `UnknownPlace`."""
        name = _bare(text)
        address = _address(name)
        if address:
            return name, address
        if name == model.LAPTOP:
            return name, self.network.laptop
        plane = self._plane(name)
        if plane:
            return self._resolved(plane.host, source, f"endpoint of {name}")
        if name in self._labels:
            vpc, interface = self._first(self._instance(name))
            # An instance means its private address to those in its VPC or a peered one, and its public one elsewhere.
            home = source.plane.vpc if source.plane else (source.vpc.id if source.vpc else None)
            near = {vpc.id, *(peering.vpc for peering in vpc.peerings)}
            address = interface.primary if home in near else interface.public or interface.primary
            return f"{name} ({address})", address
        if "." in name:
            return self._resolved(name, source, name)
        raise self._unknown(name)

    def _resolved(self, host: str, source: Place, label: str) -> tuple[str, IPv4Address]:
        place = source.vpc.id if source.vpc else INTERNET
        answer = self._names.resolve(place, host)
        if answer is None or not answer.addresses:
            where = "in the VPC" if source.vpc else "outside of VPCs"
            raise UnknownPlace(f"the name {host} does not exist {where}, where {source.label} asks")
        return f"{label} ({answer.addresses[0]})", answer.addresses[0]

    def _plane(self, name: str) -> ControlPlane | None:
        return next((plane for plane in self.network.control_planes if plane.cluster == name), None)

    def _instance(self, name: str) -> str:
        found = self._labels.get(name, ())
        if not found:
            raise self._unknown(name)
        if len(found) > 1:
            raise UnknownPlace(f"{len(found)} instances are called {name}", f"Name one by its id: {', '.join(found)}")
        return found[0]

    def _first(self, instance: str) -> tuple[Vpc, Interface]:
        for vpc, interface in interfaces(self.network):
            if interface.netns == instance and interface.boots:
                return vpc, interface
        raise UnknownPlace(f"{instance} has no network interface in force")

    def _holding(self, address: IPv4Address) -> tuple[Vpc, Interface]:
        for vpc, interface in interfaces(self.network):
            if holds(interface, address) or interface.public == address:
                return vpc, interface
        raise UnknownPlace(f"no network interface has the address {address}")

    def _unknown(self, name: str) -> UnknownPlace:
        known = sorted({model.LAPTOP, *(plane.cluster for plane in self.network.control_planes), *self._labels})
        return UnknownPlace(f"there is no place called “{name}”", f"There are: {', '.join(known)}, and addresses")


def interfaces(network: Network) -> Iterator[tuple[Vpc, Interface]]:
    """All interfaces, each with its VPC."""
    for vpc in network.vpcs:
        for interface in vpc.interfaces:
            yield vpc, interface


def holds(interface: Interface, address: IPv4Address) -> bool:
    """Whether a private address is the interface's, be it primary, secondary or of a prefix."""
    return any(address in network for network in interface.addresses)


def _label(name: str, interface: Interface) -> str:
    return f"{name} ({interface.primary})"


def _bare(text: str) -> str:
    kind, _, name = text.strip().partition(" ")
    return name.strip() if kind in _KINDS and name else text.strip()


def _address(text: str) -> IPv4Address | None:
    try:
        return IPv4Address(text)
    except AddressValueError:
        return None
