"""The learner's laptop inside the world: a place with the host's files, a network and a public address.

The address can change while the world runs, as that of a laptop that is carried elsewhere: so the same rule is seen by
somebody whom it lets in, and by somebody whom it does not.
"""

import logging
import subprocess
from collections.abc import Iterator, Mapping
from ipaddress import AddressValueError, IPv4Address, IPv4Network
from pathlib import Path
from typing import Any

from eks_local.aws.state import AwsState
from eks_local.network import model
from eks_local.network.reconciler import VpcReconciler
from eks_local.paths import WorldPaths
from eks_local.sandbox import control, netns, places

log = logging.getLogger(__name__)

_FILES = {
    Path("/etc/resolv.conf"): f"nameserver {model.PUBLIC_DNS}\noptions timeout:2 attempts:2\n",
    Path("/etc/hosts"): "127.0.0.1 localhost laptop\n",
}
#: Not addresses of the public internet (RFC 6890). The documentation's ones are: here they play it.
_NOT_PUBLIC = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.168.0.0/16",
            "198.18.0.0/15",
            "224.0.0.0/4",
            "240.0.0.0/4",
        ),
    )
)


class Laptop:
    """Its mount namespace, and its public address. Made before the network is."""

    def __init__(self, paths: WorldPaths, aws: AwsState, network: VpcReconciler) -> None:
        self._saved = paths.laptop
        self._aws = aws
        self._network = network
        self._place: places.Place | None = None
        if paths.aws_state.exists() and self._saved.exists():
            network.laptop = IPv4Address(self._saved.read_text().strip())
        else:
            # A world that starts afresh has none of what an earlier one had.
            self._saved.unlink(missing_ok=True)

    def open(self) -> None:
        """Make its place. The network is there."""
        self._place = places.Place(model.LAPTOP, _FILES)

    def close(self) -> None:
        """Let go of its place."""
        if self._place:
            self._place.close()

    def enter(self) -> list[str]:
        """The start of a command that runs at the laptop, from the box."""
        if self._place is None:
            raise control.Refused("the world is still starting")
        return self._place.enter(netns.path(model.LAPTOP))

    def answer(self, arguments: Mapping[str, Any]) -> Any:
        """The control socket's question `laptop`: its address, which `ip` changes."""
        wanted = arguments.get("ip")
        if wanted is not None:
            self._move(self._valid(str(wanted)))
        return {"ip": str(self._network.laptop)}

    def _valid(self, text: str) -> IPv4Address:
        try:
            address = IPv4Address(text)
        except AddressValueError:
            raise control.Refused(f"{text!r} is not an IPv4 address; one is {model.LAPTOP_ADDRESS}") from None
        inside = next((network for network in _NOT_PUBLIC if address in network), None)
        if inside:
            raise control.Refused(f"{address} is not a public address ({inside} is not); take one like 203.0.113.77")
        holder = next((who for taken, who in self._taken() if address in taken), None)
        if holder:
            raise control.Refused(f"{address} belongs to {holder}; take another one")
        return address

    def _taken(self) -> Iterator[tuple[IPv4Network, str]]:
        """Public addresses that somebody else has, or will have."""
        for address in model.API_ADDRESSES:
            yield IPv4Network(address), "the AWS API"
        yield IPv4Network(model.PUBLIC_DNS), "the world's DNS server"
        yield model.ENDPOINTS, "the endpoints of EKS"
        for interface in self._aws.network_interfaces():
            if interface.public_ip:
                yield IPv4Network(interface.public_ip), interface.instance_id or interface.id
        for gateway in self._aws.nat_gateways():
            if gateway.public_ip:
                yield IPv4Network(gateway.public_ip), gateway.id
        for address in self._aws.elastic_addresses():
            yield IPv4Network(address), "an Elastic IP of the account"
        for vpc in self._aws.vpcs():
            for cidr in vpc.cidrs:
                if ":" not in cidr:
                    yield IPv4Network(cidr), vpc.id

    def _move(self, address: IPv4Address) -> None:
        old = self._network.laptop
        if address == old:
            return
        # First while it still has the address, so that the other ends learn of it.
        _end_connections(old)
        self._network.laptop = address
        self._network.reconcile()
        _end_connections(old)
        self._saved.write_text(f"{address}\n")
        log.info("the laptop moved from %s to %s", old, address)


def _end_connections(address: IPv4Address) -> None:
    """End the laptop's TCP connections of `address`. Without it they would hang until their keep-alives fail."""
    argv = [*netns.prefix(model.LAPTOP), "ss", "--kill", "--tcp", "--numeric", "src", str(address)]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=10)
    if done.returncode != 0:
        # Kernels without CONFIG_INET_DIAG_DESTROY.
        log.warning("connections of %s were not ended: %s", address, done.stderr.strip())
