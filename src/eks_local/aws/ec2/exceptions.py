"""EC2's errors about interfaces, peerings and endpoints, with its codes and messages."""

from moto.ec2.exceptions import EC2ClientError


class AttachmentLimitExceeded(EC2ClientError):
    """The instance type allows no further interface (AttachNetworkInterface, RunInstances)."""

    def __init__(self, count: int, instance_type: str) -> None:
        super().__init__("AttachmentLimitExceeded", f"Interface count {count} exceeds the limit for {instance_type}")


class UnknownInstanceType(EC2ClientError):
    """RunInstances named a type that there is not."""

    def __init__(self, instance_type: str) -> None:
        super().__init__("InvalidParameterValue", f"Invalid value '{instance_type}' for InstanceType.")


class PrivateIpAddressLimitExceeded(EC2ClientError):
    """The instance type allows no further address or prefix on one interface."""

    def __init__(self) -> None:
        super().__init__("PrivateIpAddressLimitExceeded", "Number of private addresses will exceed limit.")


class InsufficientFreeAddressesInSubnet(EC2ClientError):
    """The subnet has too few free addresses."""

    def __init__(self) -> None:
        super().__init__(
            "InsufficientFreeAddressesInSubnet",
            "The specified subnet does not have enough free addresses to satisfy the request.",
        )


class InsufficientCidrBlocks(EC2ClientError):
    """The subnet has too few free aligned /28 blocks (it may have enough single addresses)."""

    def __init__(self) -> None:
        super().__init__(
            "InsufficientCidrBlocks",
            "The specified subnet does not have enough free cidr blocks to satisfy the request.",
        )


class InvalidParameterValue(EC2ClientError):
    """What a parameter says cannot be: an address that is not the subnet's, ports that are none."""

    def __init__(self, message: str) -> None:
        super().__init__("InvalidParameterValue", message)


class AddressInUse(EC2ClientError):
    """CreateNetworkInterface asked for an address that is taken."""

    def __init__(self, address: str) -> None:
        super().__init__("InvalidIPAddress.InUse", f"Address {address} is in use.")


class AddressesAssigned(EC2ClientError):
    """AssignPrivateIpAddresses asked for addresses that are taken, without AllowReassignment."""

    def __init__(self, addresses: list[str]) -> None:
        super().__init__(
            "InvalidParameterValue",
            f"Some of {', '.join(addresses)} addresses are assigned, but move is not allowed.",
        )


class AddressesNotAssigned(EC2ClientError):
    """UnassignPrivateIpAddresses named what the interface does not have."""

    def __init__(self, eni_id: str) -> None:
        super().__init__(
            "InvalidParameterValue",
            f"Some of the specified addresses are not assigned to interface {eni_id}",
        )


class InterfaceInUse(EC2ClientError):
    """AttachNetworkInterface named an attached interface."""

    def __init__(self, eni_id: str) -> None:
        super().__init__("InvalidNetworkInterface.InUse", f"Interface: [{eni_id}] in use.")


class InterfaceCannotBeDeleted(EC2ClientError):
    """DeleteNetworkInterface named an attached interface."""

    def __init__(self, eni_id: str) -> None:
        super().__init__("InvalidParameterValue", f"Network interface '{eni_id}' is currently in use.")


class DeviceIndexTaken(EC2ClientError):
    """AttachNetworkInterface named a device index that has an interface."""

    def __init__(self, instance_id: str, device_index: int) -> None:
        super().__init__(
            "InvalidParameterValue",
            f"Instance '{instance_id}' already has an interface attached at device index '{device_index}'.",
        )


class OtherAvailabilityZone(EC2ClientError):
    """AttachNetworkInterface named an interface in another zone than the instance's."""

    def __init__(self) -> None:
        super().__init__(
            "InvalidParameterCombination",
            "You may not attach a network interface to an instance if they are not in the same availability zone",
        )


class PrimaryCannotBeDetached(EC2ClientError):
    """DetachNetworkInterface named an instance's first interface."""

    def __init__(self) -> None:
        super().__init__(
            "OperationNotPermitted",
            "The network interface at device index 0 and networkCard index 0 cannot be detached.",
        )


class AttachmentNotYours(EC2ClientError):
    """The attachment belongs to a service (EKS's cross-account interfaces, NAT gateways, ...)."""

    def __init__(self, attachment_id: str) -> None:
        super().__init__("OperationNotPermitted", f"You are not allowed to manage '{attachment_id}' attachments.")


class ConflictingParameters(EC2ClientError):
    """Ways of naming addresses that exclude each other were mixed."""

    def __init__(self, names: list[str]) -> None:
        super().__init__(
            "InvalidParameterCombination", f"The parameters {', '.join(names)} may not be specified together."
        )


class MissingAddresses(EC2ClientError):
    """AssignPrivateIpAddresses said neither how many nor which."""

    def __init__(self) -> None:
        super().__init__(
            "MissingParameter",
            "The request must contain the parameter secondaryPrivateIpAddressCount, privateIpAddress, "
            "ipv4PrefixCount or ipv4Prefix",
        )


class HasDependencies(EC2ClientError):
    """The subnet or security group still has interfaces."""

    def __init__(self, message: str) -> None:
        super().__init__("DependencyViolation", message)


class AlreadyPeered(EC2ClientError):
    """CreateVpcPeeringConnection named two VPCs that have a connection, or a request for one."""

    def __init__(self) -> None:
        super().__init__(
            "VpcPeeringConnectionAlreadyExists", "A VPC peering connection between the VPCs already exists."
        )


class OtherNetwork(EC2ClientError):
    """A rule named a group of a VPC that is not peered with its own."""

    def __init__(self) -> None:
        super().__init__("InvalidGroup.NotFound", "You have specified two resources that belong to different networks.")
