"""Which IPv4 addresses of a subnet are free, and handing them out.

Pure: a `Pool` is made of what a subnet's interfaces hold at that moment, so an address is never handed out twice and
a deleted interface's addresses are free again with no further bookkeeping.
"""

import ipaddress
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from eks_local.aws.ec2.exceptions import (
    AddressInUse,
    InsufficientCidrBlocks,
    InsufficientFreeAddressesInSubnet,
    InvalidParameterValue,
)

PREFIX_LENGTH = 28
"""Prefix delegation hands out blocks of 16 addresses."""


ALLOCATION = threading.RLock()
"""Held while addresses are chosen and handed out. Not part of a backend: backends are pickled."""


@dataclass(frozen=True)
class Request:
    """What a caller asks for on one interface: which addresses and prefixes, and how many more of each."""

    addresses: tuple[str, ...] = ()
    count: int = 0
    prefixes: tuple[str, ...] = ()
    prefix_count: int = 0


@dataclass(frozen=True)
class Grant:
    """What a request got: the named addresses first, then the chosen ones; the same for prefixes."""

    addresses: tuple[str, ...]
    prefixes: tuple[str, ...]


@dataclass
class Pool:
    """The free addresses of one subnet.

    `cidr`: the subnet's block. `taken`: single addresses in use. `blocks`: prefixes in use.
    `kept_for_prefixes`, `kept`: the subnet's CIDR reservations of type prefix, and explicit.
    `after`: hand out addresses behind this one first, so that a freed address rests before it is used again.
    """

    cidr: ipaddress.IPv4Network
    taken: set[str]
    blocks: set[ipaddress.IPv4Network]
    kept_for_prefixes: tuple[ipaddress.IPv4Network, ...] = ()
    kept: tuple[ipaddress.IPv4Network, ...] = ()
    after: str | None = None

    def grant(self, request: Request) -> Grant:
        """Take what `request` asks for, or raise EC2's error. A pool that raised must not be used again."""
        for address in request.addresses:
            self._take_named(address)
        prefixes = [self._take_named_prefix(prefix) for prefix in request.prefixes]
        found = [address for _, address in zip(range(request.count), self._free_addresses(), strict=False)]
        if len(found) < request.count:
            raise InsufficientFreeAddressesInSubnet
        self.taken.update(found)
        prefixes += self._take_prefixes(request.prefix_count)
        return Grant((*request.addresses, *found), tuple(prefixes))

    def _take_named(self, address: str) -> None:
        ip = ipaddress.IPv4Address(address)
        if ip not in self.cidr:
            raise InvalidParameterValue(f"Address {address} does not fall within the subnet's address range")
        if ip in self._reserved():
            raise InvalidParameterValue(f"Address {address} is in subnet's reserved address range")
        if address in self.taken or any(ip in block for block in self.blocks):
            raise AddressInUse(address)
        self.taken.add(address)

    def _take_named_prefix(self, prefix: str) -> str:
        try:
            block = ipaddress.IPv4Network(prefix)
        except ValueError as error:
            raise InvalidParameterValue(f"Value ({prefix}) for parameter ipv4Prefix is invalid. {error}") from error
        if block.prefixlen != PREFIX_LENGTH or not block.subnet_of(self.cidr):
            raise InvalidParameterValue(f"Prefix {prefix} is not a /{PREFIX_LENGTH} within the subnet's address range")
        if not self._block_is_free(block):
            raise AddressInUse(prefix)
        self.blocks.add(block)
        return prefix

    def _take_prefixes(self, count: int) -> list[str]:
        if not count:
            return []
        # EC2 uses up reservations of type prefix before the rest of the subnet.
        candidates = [*self._blocks_of(self.kept_for_prefixes), *self._blocks_of((self.cidr,))]
        found: list[str] = []
        for block in candidates:
            if len(found) == count:
                break
            if self._block_is_free(block) and not any(block.overlaps(kept) for kept in self.kept):
                self.blocks.add(block)
                found.append(str(block))
        if len(found) < count:
            raise InsufficientCidrBlocks
        return found

    @staticmethod
    def _blocks_of(networks: Iterable[ipaddress.IPv4Network]) -> Iterator[ipaddress.IPv4Network]:
        for network in networks:
            if network.prefixlen <= PREFIX_LENGTH:
                yield from network.subnets(new_prefix=PREFIX_LENGTH)

    def _block_is_free(self, block: ipaddress.IPv4Network) -> bool:
        if block in self.blocks or any(ip in block for ip in self._reserved()):
            return False
        return not any(str(ip) in self.taken for ip in block)

    def _reserved(self) -> tuple[ipaddress.IPv4Address, ...]:
        # The first four addresses and the last of each subnet are AWS's own.
        return (*(self.cidr[i] for i in range(4)), self.cidr[-1])

    def _free_addresses(self) -> Iterator[str]:
        first, last = int(self.cidr.network_address) + 4, int(self.cidr.broadcast_address)
        start = max(int(ipaddress.IPv4Address(self.after)) + 1, first) if self.after else first
        closed = [*self.blocks, *self.kept_for_prefixes, *self.kept]
        for number in (*range(start, last), *range(first, min(start, last))):
            ip = ipaddress.IPv4Address(number)
            if str(ip) not in self.taken and not any(ip in network for network in closed):
                yield str(ip)
