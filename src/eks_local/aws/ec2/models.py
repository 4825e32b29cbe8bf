"""EC2's state: moto's, with the network interfaces of this package.

`Backend` takes the place of moto's `EC2Backend`; moto finds the routes of a backend by its module's name, so `urls.py`
lies beside this file.
"""

import ipaddress
import secrets
from dataclasses import dataclass
from typing import Any

from moto.ec2.exceptions import InvalidNetworkAttachmentIdError

from eks_local.aws.ec2.addresses import ALLOCATION, Grant, Request
from eks_local.aws.ec2.described_rules import DescribedRuleBackend
from eks_local.aws.ec2.exceptions import (
    AddressesAssigned,
    AddressesNotAssigned,
    AddressInUse,
    AttachmentNotYours,
    HasDependencies,
    InterfaceCannotBeDeleted,
    PrivateIpAddressLimitExceeded,
)
from eks_local.aws.ec2.instances import address_limit
from eks_local.aws.ec2.interfaces import NetworkInterface, ServiceAttachment
from eks_local.aws.ec2.launching import LaunchingBackend
from eks_local.aws.ec2.public import PublicAddressBackend
from eks_local.aws.ec2.rules import RulesBackend


@dataclass(frozen=True)
class Service:
    """A service that makes interfaces in a customer's subnets: `requester` is who asked, `owner` whose instances."""

    requester: str
    owner: str


class Backend(LaunchingBackend, PublicAddressBackend, RulesBackend, DescribedRuleBackend):
    """moto's EC2 of one account and region, with what its interfaces lack."""

    def create_network_interface(
        self,
        subnet: Any,
        private_ip_address: str | list[str] | None = None,
        private_ip_addresses: list[Any] | None = None,
        group_ids: list[str] | None = None,
        description: str | None = None,
        tags: dict[str, str] | None = None,
        delete_on_termination: bool | None = False,
        request: Request | None = None,
        **kwargs: Any,
    ) -> NetworkInterface:
        """Make an interface; `request` says what it needs beside (or instead of) its primary address.

        The other parameters are moto's own: NAT gateways, endpoints, mount targets and instances call this.
        """
        subnet = self.get_subnet(subnet) if isinstance(subnet, str) else subnet
        primary = private_ip_address[0] if isinstance(private_ip_address, list) else private_ip_address
        primary = self._usable(subnet, primary) if request is None else primary
        primary, others = _named_addresses(primary, private_ip_addresses or [])
        request = request or Request()
        secondary_count = int(kwargs.pop("secondary_ips_count", None) or 0) + request.count
        with ALLOCATION:
            grant = self._grant(
                subnet,
                Request(
                    addresses=(*filter(None, [primary]), *others),
                    count=secondary_count + (primary is None),
                    prefixes=request.prefixes,
                    prefix_count=request.prefix_count,
                ),
            )
            if primary is None:
                primary = grant.addresses[len(others)]
            secondary = [address for address in grant.addresses if address != primary]
            eni = NetworkInterface(
                self,
                subnet,
                primary,
                [{"Primary": True, "PrivateIpAddress": primary}]
                + [{"Primary": False, "PrivateIpAddress": address} for address in secondary],
                group_ids=group_ids,
                description=description,
                tags=tags,
                delete_on_termination=delete_on_termination,
                ipv4_prefixes=grant.prefixes,
                **kwargs,
            )
            eni.mac_address = self._new_mac_address()
            self.enis[eni.id] = eni
        return eni

    def create_service_interface(
        self, service: Service, subnet_id: str, group_ids: list[str], description: str
    ) -> NetworkInterface:
        """Make an interface that a service owns and manages, such as EKS's cross-account interfaces."""
        eni = self.create_network_interface(subnet_id, group_ids=group_ids, description=description)
        eni.hand_to(service.requester, ServiceAttachment(service.owner))
        return eni

    def delete_service_interface(self, eni_id: str) -> None:
        """Delete an interface made by `create_service_interface`."""
        self.get_network_interface(eni_id).service_attachment = None
        self.delete_network_interface(eni_id)

    def delete_network_interface(self, eni_id: str) -> None:
        """Delete an interface that is attached to nothing; its addresses are free again."""
        eni = self.get_network_interface(eni_id)
        if eni.attachment is not None:
            raise InterfaceCannotBeDeleted(eni_id)
        super().delete_network_interface(eni_id)
        for eip in [eip for eip in self.addresses if eip.eni is eni]:
            self.disassociate_address(association_id=eip.association_id)
        for item in eni.private_ip_addresses:
            eni.subnet.del_subnet_ip(item["PrivateIpAddress"])

    def get_network_interface(self, eni_id: str) -> Any:
        """One interface by its id."""
        return self.enis.get(eni_id) or super().get_network_interface(eni_id)

    def get_all_network_interfaces(
        self, eni_ids: list[str] | None = None, filters: dict[str, list[str]] | None = None
    ) -> list[NetworkInterface]:
        """The interfaces named, or all, that pass every filter."""
        enis = super().get_all_network_interfaces(eni_ids)
        return [eni for eni in enis if all(eni.matches(name, values) for name, values in (filters or {}).items())]

    def detach_network_interface(self, attachment_id: str) -> None:
        """Detach by the attachment's id."""
        for eni in list(self.enis.values()):
            if eni.service_attachment and eni.service_attachment.attachment_id == attachment_id:
                raise AttachmentNotYours(attachment_id)
            if eni.attachment_id == attachment_id:
                eni.instance.detach_eni(eni)
                return
        raise InvalidNetworkAttachmentIdError(attachment_id)

    def modify_attachment(self, eni_id: str, attachment_id: str, delete_on_termination: bool) -> None:
        """Say whether an interface ends with its instance (ModifyNetworkInterfaceAttribute)."""
        eni = self.get_network_interface(eni_id)
        if eni.attachment_id != attachment_id:
            raise InvalidNetworkAttachmentIdError(attachment_id)
        eni.delete_on_termination = delete_on_termination

    def assign_addresses(self, eni_id: str, request: Request, allow_reassignment: bool = False) -> Grant:
        """Give an interface more addresses or prefixes, within the subnet and the instance type's limit."""
        with ALLOCATION:
            eni = self.get_network_interface(eni_id)
            if allow_reassignment:
                self._take_from_others(eni, set(request.addresses))
            new = len(request.addresses) + request.count + len(request.prefixes) + request.prefix_count
            if eni.instance and eni.address_slots + new > address_limit(eni.instance.instance_type):
                raise PrivateIpAddressLimitExceeded
            try:
                grant = self._grant(eni.subnet, request)
            except AddressInUse as error:
                raise AddressesAssigned(list(request.addresses or request.prefixes)) from error
            eni.add(grant.addresses, grant.prefixes)
            return grant

    def unassign_addresses(self, eni_id: str, addresses: list[str], prefixes: list[str]) -> None:
        """Take secondary addresses and prefixes from an interface."""
        with ALLOCATION:
            eni = self.get_network_interface(eni_id)
            secondary = {item["PrivateIpAddress"] for item in eni.private_ip_addresses if not item["Primary"]}
            held = {item["Ipv4Prefix"] for item in eni.ipv4_prefixes}
            if not secondary.issuperset(addresses) or not held.issuperset(prefixes):
                raise AddressesNotAssigned(eni_id)
            eni.remove(set(addresses), set(prefixes))

    def create_security_group(self, name: str, description: str, vpc_id: str | None = None, **kwargs: Any) -> Any:
        """Make a group, in a VPC that is there. A VPC's default group lets its own members in, which moto forgets."""
        if vpc_id and not kwargs.get("is_default"):
            self.get_vpc(vpc_id)
        group = super().create_security_group(name, description, vpc_id=vpc_id, **kwargs)
        if kwargs.get("is_default"):
            own = [{"GroupId": group.id}]
            self.authorize_security_group_ingress(group.id, "-1", "-1", "-1", [], source_groups=own, vpc_id=vpc_id)
        return group

    def delete_subnet(self, subnet_id: str) -> Any:
        """Delete a subnet that no interface is in."""
        if any(eni.subnet.id == subnet_id for eni in list(self.enis.values())):
            raise HasDependencies(f"The subnet '{subnet_id}' has dependencies and cannot be deleted.")
        return super().delete_subnet(subnet_id)

    def delete_security_group(self, name: str | None = None, group_id: str | None = None) -> None:
        """Delete a group that no interface has."""
        in_use = {group.id for eni in list(self.enis.values()) for group in eni.group_set}
        if group_id in in_use:
            raise HasDependencies(f"resource {group_id} has a dependent object")
        super().delete_security_group(name, group_id)

    def delete_nat_gateway(self, nat_gateway_id: str) -> Any:
        """Delete a NAT gateway, and with it its interface, which moto would keep."""
        gateway = super().delete_nat_gateway(nat_gateway_id)
        if gateway._eni.id in self.enis:
            self.delete_network_interface(gateway._eni.id)
        return gateway

    def _grant(self, subnet: Any, request: Request) -> Grant:
        pool = subnet.pool()
        # Held for the instance whose first interface is being made (see `Subnet.get_available_subnet_ip`).
        pool.taken -= {address for address in request.addresses if address in subnet._subnet_ips} - self._held(subnet)
        grant: Grant = pool.grant(request)
        if request.count:
            subnet.last_granted = grant.addresses[-1]
        return grant

    def _held(self, subnet: Any) -> set[str]:
        enis = [eni for eni in list(self.enis.values()) if eni.subnet.id == subnet.id]
        return {item["PrivateIpAddress"] for eni in enis for item in eni.private_ip_addresses}

    def _take_from_others(self, eni: NetworkInterface, addresses: set[str]) -> None:
        for other in list(self.enis.values()):
            if other is not eni and other.subnet.id == eni.subnet.id:
                primary = {other.private_ip_address or ""}
                other.remove(addresses - primary, set())

    @staticmethod
    def _usable(subnet: Any, address: str | None) -> str | None:
        # moto's NAT gateways and endpoints come with a random address of 10.0.0.0/8.
        return address if address and ipaddress.IPv4Address(address) in subnet.cidr else None

    def _new_mac_address(self) -> str:
        known = {eni.mac_address for eni in list(self.enis.values())}
        while True:
            # 02: locally administered, as EC2's are.
            mac = ":".join(["02", *(f"{byte:02x}" for byte in secrets.token_bytes(5))])
            if mac not in known:
                return mac


def _named_addresses(primary: str | None, listed: list[Any]) -> tuple[str | None, list[str]]:
    """The primary and the other addresses of `PrivateIpAddress` and `PrivateIpAddresses`."""
    others: list[str] = []
    for item in listed:
        address = item if isinstance(item, str) else item.get("PrivateIpAddress")
        is_primary = not isinstance(item, str) and str(item.get("Primary", "")).lower() == "true"
        if address == primary:
            continue
        if primary is None and is_primary:
            primary = address
        else:
            others.append(address)
    return primary, others
