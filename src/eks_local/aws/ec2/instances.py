"""Instances whose interfaces are EC2's: limits of the type, groups of the first interface, gone on termination."""

import contextlib
import copy
from collections.abc import Iterator
from typing import Any

from moto.core.utils import utcnow
from moto.ec2.models.instance_types import INSTANCE_TYPES
from moto.ec2.models.instances import Instance as MotoInstance
from moto.ec2.utils import random_eni_attach_id

from eks_local.aws.ec2.exceptions import (
    AttachmentLimitExceeded,
    DeviceIndexTaken,
    InterfaceInUse,
    OtherAvailabilityZone,
    PrimaryCannotBeDetached,
    PrivateIpAddressLimitExceeded,
)
from eks_local.aws.ec2.interfaces import NetworkInterface


def interface_limit(instance_type: str) -> int:
    """How many interfaces an instance of this type may have (EC2's DescribeInstanceTypes)."""
    return int(INSTANCE_TYPES[instance_type]["NetworkInfo"]["MaximumNetworkInterfaces"])


def address_limit(instance_type: str) -> int:
    """How many IPv4 addresses and prefixes one interface of this type may have, its primary address included."""
    return int(INSTANCE_TYPES[instance_type]["NetworkInfo"]["Ipv4AddressesPerInterface"])


class Instance(MotoInstance):
    """moto's instance, consistent with its network interfaces."""

    nics: dict[int, NetworkInterface]

    @property
    def security_groups(self) -> list[Any]:
        """The groups of the first interface: EC2 keeps none for the instance itself."""
        first = self.__dict__.get("nics", {}).get(0)
        return first.group_set if first is not None else self._launch_groups

    @security_groups.setter
    def security_groups(self, groups: list[Any]) -> None:
        first = self.__dict__.get("nics", {}).get(0)
        if first is None:
            self._launch_groups = list(groups)
        else:
            first._group_set = list(groups)

    @property
    def source_dest_check(self) -> bool:
        """That of the first interface; with no interface, none."""
        first = self.__dict__.get("nics", {}).get(0)
        return bool(first.source_dest_check) if first is not None else True

    @source_dest_check.setter
    def source_dest_check(self, check: Any) -> None:
        first = self.__dict__.get("nics", {}).get(0)
        if first is not None:
            first.source_dest_check = str(check).lower() == "true"

    # A terminated instance has no interfaces, and with them went its addresses and names.
    @property
    def private_ip(self) -> str | None:
        """The primary private address; None once terminated."""
        return self.nics[0].private_ip_address if self.nics else None

    @property
    def private_ip_address(self) -> str | None:
        """The primary private address; None once terminated."""
        return self.private_ip

    @property
    def private_dns_name(self) -> str:
        """The VPC's name of the primary private address; empty once terminated."""
        return super().private_dns_name if self.nics else ""

    @property
    def public_ip(self) -> str | None:
        """The public address of the first interface, if any."""
        return self.nics[0].public_ip if self.nics else None

    @property
    def public_ip_address(self) -> str | None:
        """The public address of the first interface, if any."""
        return self.public_ip

    def prep_nics(self, nic_spec: list[dict[str, Any]], *args: Any, **kwargs: Any) -> None:
        """Make the interfaces of a new instance; they end with it unless the caller says otherwise, as on EC2."""
        specs = copy.deepcopy(nic_spec) or [{"DeviceIndex": 0, "SubnetId": self.subnet_id, "Description": ""}]
        # Before any interface is made, so that a refused launch leaves none.
        self._require_room_for(len(specs))
        for spec in specs:
            spec.setdefault("DeviceIndex", 0)
            if "NetworkInterfaceId" not in spec:
                spec.setdefault("DeleteOnTermination", True)
            if spec.get("SubnetId") is None:
                spec.pop("SubnetId", None)
        super().prep_nics(specs, *args, **kwargs)
        for nic in self.nics.values():
            if nic.description == "Primary network interface":
                # moto's text; EC2 leaves the description of an interface made at launch empty.
                nic.description = ""

    def attach_eni(self, eni: NetworkInterface, device_index: int) -> str:
        """Attach within EC2's rules; returns the attachment's id."""
        device_index = int(device_index)
        if eni.attachment is not None:
            raise InterfaceInUse(eni.id)
        if device_index in self.nics:
            raise DeviceIndexTaken(self.id, device_index)
        self._require_room_for(len(self.nics) + 1)
        if eni.address_slots > address_limit(self.instance_type):
            raise PrivateIpAddressLimitExceeded
        if eni.availability_zone != self._placement.zone:
            raise OtherAvailabilityZone
        eni.instance, eni.device_index = self, device_index
        eni.attachment_id, eni.attach_time = random_eni_attach_id(), utcnow()
        eni.status = "in-use"
        # A new dict, so that a reader in another thread keeps a whole one.
        self.nics = {**self.nics, device_index: eni}
        return str(eni.attachment_id)

    def detach_eni(self, eni: NetworkInterface) -> None:
        """Detach any interface but the first."""
        if eni.device_index == 0:
            raise PrimaryCannotBeDetached
        self._release(eni)

    def terminate(self) -> Any:
        """End the instance: interfaces marked so are deleted, the others become available."""
        interfaces = list(self.nics.values())
        # moto would delete interfaces that are still attached, and leave the others attached.
        with self._keeping_interfaces():
            previous = super().terminate()
        for eni in interfaces:
            eni.stop()
            self._release(eni)
            if eni.delete_on_termination:
                self.ec2_backend.delete_network_interface(eni.id)
        return previous

    def _require_room_for(self, interfaces: int) -> None:
        if interfaces > interface_limit(self.instance_type):
            raise AttachmentLimitExceeded(interfaces, self.instance_type)

    @contextlib.contextmanager
    def _keeping_interfaces(self) -> Iterator[None]:
        interfaces, self.nics = self.nics, {}
        try:
            yield
        finally:
            self.nics = interfaces

    def _release(self, eni: NetworkInterface) -> None:
        self.nics = {index: nic for index, nic in self.nics.items() if nic is not eni}
        eni.instance = eni.attachment_id = eni.attach_time = eni.device_index = None
        eni.status = "available"
