"""Elastic network interfaces: several addresses, prefixes, attachments, interfaces that belong to a service."""

import fnmatch
from typing import Any

from moto.core.utils import utcnow
from moto.ec2.models.elastic_network_interfaces import Attachment
from moto.ec2.models.elastic_network_interfaces import NetworkInterface as MotoNetworkInterface
from moto.ec2.utils import random_eni_attach_id


def private_dns_name(address: str, region: str) -> str:
    """The name that a VPC's resolver gives `address`."""
    suffix = "ec2.internal" if region == "us-east-1" else f"{region}.compute.internal"
    return f"ip-{address.replace('.', '-')}.{suffix}"


class ServiceAttachment:
    """The attachment of an interface that a service made: the other end is not an instance of this account."""

    def __init__(self, owner: str) -> None:
        self.attach_time = utcnow()
        self.attachment_id = random_eni_attach_id().replace("eni-attach", "ela-attach")
        self.delete_on_termination = False
        self.device_index = 1
        self.network_card_index = 0
        self.instance_id: str | None = None
        self.instance_owner_id = owner
        self.status = "attached"


class NetworkInterface(MotoNetworkInterface):
    """moto's interface plus prefixes, a service's ownership and the filters of DescribeNetworkInterfaces."""

    private_ip_addresses: list[dict[str, Any]]

    def __init__(self, *args: Any, ipv4_prefixes: tuple[str, ...] = (), **kwargs: Any) -> None:
        self.ipv4_prefixes: list[dict[str, str]] = [{"Ipv4Prefix": prefix} for prefix in ipv4_prefixes]
        self.service_attachment: ServiceAttachment | None = None
        super().__init__(*args, **kwargs)
        # AWS says who asked only where a service did.
        self.requester_id: str | None = None
        self._name_addresses()

    @property
    def group_set(self) -> list[Any]:
        """The interface's own groups; an instance has the groups of its first interface, not the other way round."""
        return self._group_set

    @property
    def attachment(self) -> Any:
        """What the interface is attached to, or None."""
        if self.service_attachment is not None:
            return self.service_attachment
        return Attachment(self) if self.attachment_id else None

    @property
    def address_slots(self) -> int:
        """How many of the instance type's addresses per interface are used: addresses and prefixes count alike."""
        return len(self.private_ip_addresses) + len(self.ipv4_prefixes)

    def hand_to(self, requester: str, attachment: ServiceAttachment) -> None:
        """Make the interface a service's own: its customer can see it but not manage it."""
        self.requester_managed, self.requester_id = True, requester
        self.service_attachment = attachment
        self.status = "in-use"

    def add(self, addresses: tuple[str, ...], prefixes: tuple[str, ...]) -> None:
        """Add secondary addresses and prefixes."""
        self.private_ip_addresses += [{"Primary": False, "PrivateIpAddress": address} for address in addresses]
        self.ipv4_prefixes += [{"Ipv4Prefix": prefix} for prefix in prefixes]
        self._name_addresses()

    def remove(self, addresses: set[str], prefixes: set[str]) -> None:
        """Take secondary addresses and prefixes away."""
        # New lists, so that a reader in another thread keeps a whole one.
        self.private_ip_addresses = [a for a in self.private_ip_addresses if a["PrivateIpAddress"] not in addresses]
        self.ipv4_prefixes = [p for p in self.ipv4_prefixes if p["Ipv4Prefix"] not in prefixes]

    def check_auto_public_ip(self) -> None:
        """Give the interface the public address that its launch asked for."""
        if _is_true(self.public_ip_auto_assign):
            self.public_ip = self.ec2_backend.new_public_address()

    def matches(self, filter_name: str, patterns: list[str]) -> bool:
        """Whether any value of the filter matches any of the patterns (`*` and `?` are wild)."""
        value = self.get_filter_value(filter_name)
        values = list(value) if isinstance(value, list | set | tuple) else [value]
        texts = [_boolean(item) if isinstance(item, bool) else str(item) for item in values if item is not None]
        return any(fnmatch.fnmatchcase(text, pattern) for text in texts for pattern in patterns)

    def get_filter_value(self, filter_name: str, method_name: str | None = None) -> Any:
        """The value, or values, which a filter of DescribeNetworkInterfaces compares."""
        values = {
            "addresses.private-ip-address": lambda: [a["PrivateIpAddress"] for a in self.private_ip_addresses],
            "addresses.primary": lambda: [_boolean(a["Primary"]) for a in self.private_ip_addresses],
            "addresses.association.public-ip": lambda: self.public_ip,
            "association.public-ip": lambda: self.public_ip,
            "group-name": lambda: [group.name for group in self._group_set],
            "ipv4-prefixes.ipv4-prefix": lambda: [p["Ipv4Prefix"] for p in self.ipv4_prefixes],
            "requester-managed": lambda: _boolean(self.requester_managed),
            "source-dest-check": lambda: _boolean(self.source_dest_check),
        }
        if filter_name in values:
            return values[filter_name]()
        if filter_name.startswith("attachment."):
            return self._attachment_value(filter_name.removeprefix("attachment."))
        return super().get_filter_value(filter_name, method_name)

    def _attachment_value(self, name: str) -> str | None:
        attachment = self.attachment
        value = getattr(attachment, name.replace("-", "_"), None) if attachment else None
        if isinstance(value, bool):
            return _boolean(value)
        return None if value is None else str(value)

    def _name_addresses(self) -> None:
        vpc = self.ec2_backend.get_vpc(self.subnet.vpc_id)
        if not vpc or not vpc.enable_dns_hostnames:
            return
        for item in self.private_ip_addresses:
            item["PrivateDnsName"] = private_dns_name(item["PrivateIpAddress"], self.ec2_backend.region_name)
        self.private_dns_name = private_dns_name(self.private_ip_address or "", self.ec2_backend.region_name)


def _is_true(value: Any) -> bool:
    # moto hands some booleans on as the text they came in.
    return str(value).lower() == "true"


def _boolean(value: Any) -> str:
    return "true" if value else "false"
