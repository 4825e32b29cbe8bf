"""What a name means, asked from a place in the world. Pure but for the network it is told of.

A place is a VPC (its resolver is asked) or the internet (the laptop and control planes ask there). Nothing is ever
asked outside of the world: a name that is not of the world does not exist.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address

from eks_local.network import model
from eks_local.network.model import ControlPlane, Network, Vpc

INTERNET = ""
"""The place of those who are in no VPC."""

_PRIVATE_NAME = re.compile(r"ip-(\d+)-(\d+)-(\d+)-(\d+)")
_PUBLIC_NAME = re.compile(r"ec2-(\d+)-(\d+)-(\d+)-(\d+)")
_SERVICES = (".amazonaws.com", ".api.aws")
_NEVER_SERVICES = (
    ".vpce.amazonaws.com",
    ".elb.amazonaws.com",
    ".vpce.amazonaws.com",
    ".compute.amazonaws.com",
    ".compute-1.amazonaws.com",
)
_ENDPOINT = re.compile(r"[^.]+\.[^.]+\.[^.]+\.eks\.amazonaws\.com")


@dataclass(frozen=True)
class Answer:
    """What a name is: addresses, or (asked backwards) a name."""

    addresses: tuple[IPv4Address, ...] = ()
    name: str = ""


Resolve = Callable[[str], Answer | None]
"""The answer for a name (lower or upper case, with or without a final dot), None when it does not exist."""


class Names:
    """All names of a world."""

    def __init__(self, region: str) -> None:
        self._private_domain = "ec2.internal" if region == "us-east-1" else f"{region}.compute.internal"
        # us-east-1 is older than the rule for the other regions.
        self._public_domain = "compute-1.amazonaws.com" if region == "us-east-1" else f"{region}.compute.amazonaws.com"
        self._network = Network()

    def update(self, network: Network) -> None:
        """From now on answer for `network`."""
        self._network = network

    def seen_from(self, place: str) -> Resolve:
        """The resolver of a place: a VPC's id or `INTERNET`."""
        return lambda name: self.resolve(place, name)

    def resolve(self, place: str, name: str) -> Answer | None:
        """What `name` means at `place`, None when it does not exist."""
        name = name.lower().rstrip(".")
        network = self._network
        vpc = next((vpc for vpc in network.vpcs if vpc.id == place), None)
        if name.endswith(".in-addr.arpa"):
            return self._backwards(network, vpc, name)
        host, _, domain = name.partition(".")
        if domain == self._private_domain:
            return self._private(vpc, host)
        if domain == self._public_domain:
            return self._public(network, vpc, host)
        for home, endpoint, addresses in _endpoints(network):
            own = endpoint.private_names if vpc is not None and home == vpc.id else ()
            if addresses and any(_means(pattern, name) for pattern in (*own, *endpoint.names)):
                return Answer(addresses)
        for plane in network.control_planes:
            if name == plane.host.lower():
                return Answer(_endpoint(plane, place))
        if not name.endswith(_SERVICES) or name.endswith(_NEVER_SERVICES) or _ENDPOINT.fullmatch(name):
            return None
        return Answer((IPv4Address(_service_address(name)),))

    def _private(self, vpc: Vpc | None, host: str) -> Answer | None:
        address = _address(_PRIVATE_NAME, host)
        if vpc is None or address is None or not any(address in cidr for cidr in vpc.cidrs):
            return None
        return Answer((address,))

    def _public(self, network: Network, vpc: Vpc | None, host: str) -> Answer | None:
        address = _address(_PUBLIC_NAME, host)
        for home, interface in _public_interfaces(network):
            if interface.public and interface.public == address:
                return Answer((interface.primary if _near(vpc, home) else interface.public,))
        return None

    def _backwards(self, network: Network, vpc: Vpc | None, name: str) -> Answer | None:
        try:
            address = IPv4Address(".".join(reversed(name.removesuffix(".in-addr.arpa").split("."))))
        except AddressValueError:
            return None
        dashed = str(address).replace(".", "-")
        if vpc is not None and any(address in cidr for cidr in vpc.cidrs):
            return Answer(name=f"ip-{dashed}.{self._private_domain}")
        if any(interface.public == address for _, interface in _public_interfaces(network)):
            return Answer(name=f"ec2-{dashed}.{self._public_domain}")
        return None


def _near(vpc: Vpc | None, home: str) -> bool:
    """Whether public names of the VPC `home` mean private addresses: in itself, and where a peering says so."""
    if vpc is None:
        return False
    return home == vpc.id or any(peering.vpc == home and peering.resolves for peering in vpc.peerings)


def _endpoint(plane: ControlPlane, place: str) -> tuple[IPv4Address, ...]:
    """Private addresses in the cluster's VPC when private access is on, and everywhere when public access is off."""
    if (plane.private_access and place == plane.vpc) or not plane.public_cidrs:
        return plane.private
    return (plane.public,)


def _endpoints(network: Network) -> Iterator[tuple[str, model.Endpoint, tuple[IPv4Address, ...]]]:
    """VPC endpoints with interfaces: (VPC, endpoint, addresses)."""
    for vpc in network.vpcs:
        for endpoint in vpc.endpoints:
            if not endpoint.gateway:
                yield vpc.id, endpoint, vpc.addresses(endpoint)


def _means(pattern: str, name: str) -> bool:
    return name.endswith(pattern[1:]) if pattern.startswith("*.") else name == pattern


def _service_address(name: str) -> str:
    """S3 and DynamoDB have addresses of their own: s3.REGION.amazonaws.com, BUCKET.s3.REGION.amazonaws.com."""
    found = next((each for each in name.split(".") if each in model.GATEWAY_SERVICES), "")
    return model.GATEWAY_SERVICES.get(found, model.SERVICES)


def _public_interfaces(network: Network) -> Iterator[tuple[str, model.Interface]]:
    for vpc in network.vpcs:
        for interface in vpc.interfaces:
            if interface.public:
                yield vpc.id, interface


def _address(pattern: re.Pattern[str], host: str) -> IPv4Address | None:
    found = pattern.fullmatch(host)
    try:
        return IPv4Address(".".join(found.groups())) if found else None
    except AddressValueError:
        return None
