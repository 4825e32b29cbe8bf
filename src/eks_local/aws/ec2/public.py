"""Public IPv4 addresses: unique, and from a range that the world's internet routes to a VPC."""

import ipaddress
import secrets
from typing import Any

from moto.ec2.models import EC2Backend

from eks_local.aws.ec2.addresses import ALLOCATION

PUBLIC = ipaddress.IPv4Network("54.214.0.0/16")
"""An EC2 range. moto's own Elastic IPs are of 127.0.0.0/8, which nothing routes."""


class PublicAddressBackend(EC2Backend):
    """Elastic IPs and the addresses that instances get at launch."""

    def allocate_address(self, domain: str, address: str | None = None, tags: dict[str, str] | None = None) -> Any:
        """A new Elastic IP."""
        with ALLOCATION:
            return super().allocate_address(domain, address or self.new_public_address(), tags)

    def new_public_address(self) -> str:
        """An address that neither an Elastic IP nor an interface of this account and region has."""
        taken = {eip.public_ip for eip in list(self.addresses)}
        taken |= {eni.public_ip for eni in list(self.enis.values())}
        while True:
            address = str(PUBLIC[1 + secrets.randbelow(PUBLIC.num_addresses - 2)])
            if address not in taken:
                return address
