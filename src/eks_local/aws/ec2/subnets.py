"""Subnets that know which of their addresses are taken."""

import ipaddress
from typing import Any

from moto.ec2.models.subnets import Subnet as MotoSubnet

from eks_local.aws.ec2.addresses import PREFIX_LENGTH, Pool, Request


class Subnet(MotoSubnet):
    """moto's subnet, with addresses handed out from what its interfaces do not hold."""

    last_granted: str | None = None

    def pool(self) -> Pool:
        """The subnet's addresses as they are now."""
        taken = {str(address) for address in self._subnet_ips}
        blocks: set[ipaddress.IPv4Network] = set()
        for eni in self._interfaces():
            taken.update(item["PrivateIpAddress"] for item in eni.private_ip_addresses)
            blocks.update(ipaddress.IPv4Network(item["Ipv4Prefix"]) for item in eni.ipv4_prefixes)
        reservations = [(r.reservation_type, r.cidr) for r in self._cidr_reservations if r.cidr.version == 4]
        return Pool(
            cidr=self.cidr,
            taken=taken,
            blocks=blocks,
            kept_for_prefixes=tuple(cidr for kind, cidr in reservations if kind == "prefix"),
            kept=tuple(cidr for kind, cidr in reservations if kind == "explicit"),
            after=self.last_granted,
        )

    @property
    def available_ip_address_count(self) -> int:
        """Free addresses: all but AWS's five, single addresses in use and 16 for each prefix."""
        pool = self.pool()
        in_use = len(pool.taken) + len(pool.blocks) * 2 ** (32 - PREFIX_LENGTH)
        return int(self.cidr.num_addresses) - 5 - in_use

    def get_available_subnet_ip(self, instance: Any) -> str:
        """A free address, held for `instance` until its interface has it (moto calls this before it makes one)."""
        [address] = self.pool().grant(Request(count=1)).addresses
        self.last_granted = address
        self._subnet_ips[address] = instance
        return address

    def request_ip(self, ip: str, instance: Any) -> None:
        """Hold this very address; raises EC2's error when it is taken or not the subnet's."""
        self.pool().grant(Request(addresses=(ip,)))
        self._subnet_ips[ip] = instance

    def del_subnet_ip(self, ip: str) -> None:
        """Let go of an address that was held."""
        self._subnet_ips.pop(ip, None)

    def _interfaces(self) -> list[Any]:
        return [eni for eni in list(self.ec2_backend.enis.values()) if eni.subnet.id == self.id]
