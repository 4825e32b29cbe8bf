"""What is sent, and what comes back for it."""

from dataclasses import dataclass, replace
from ipaddress import IPv4Address

from eks_local.network.model import Ports

EPHEMERAL = (32768, 60999)
"""Ports that Linux sends from, and replies go to: net.ipv4.ip_local_port_range."""
_ECHO, _ECHO_REPLY = (8, 0), (0, 0)


@dataclass(frozen=True)
class Packet:
    """Packets from one address to another that only differ in their ports."""

    source: IPv4Address
    destination: IPv4Address
    protocol: str
    """tcp, udp, icmp, or a protocol's number."""
    ports: Ports | None = None
    """First and last of the destination ports; of icmp type and code; None for protocols that have none."""

    @property
    def traffic(self) -> str:
        """Protocol and port as a person writes them."""
        if self.protocol == "icmp":
            return "icmp echo" if self.ports == _ECHO else "icmp echo replies"
        if self.ports is None:
            return f"protocol {self.protocol}"
        first, last = self.ports
        return f"{self.protocol} {first}" if first == last else f"{self.protocol} {first}-{last}"

    def reply(self) -> "Packet":
        """What comes back."""
        ports = {"tcp": EPHEMERAL, "udp": EPHEMERAL, "icmp": _ECHO_REPLY}.get(self.protocol)
        return replace(self, source=self.destination, destination=self.source, ports=ports)


def request(source: IPv4Address, destination: IPv4Address, protocol: str, port: int | None) -> Packet:
    """The first packet of a connection, or a ping."""
    if protocol == "icmp":
        return Packet(source, destination, protocol, _ECHO)
    return Packet(source, destination, protocol, None if port is None else (port, port))
