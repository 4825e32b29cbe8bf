"""One instance and all around it, as the AWS API has it now."""

from collections.abc import Callable
from dataclasses import dataclass

from eks_local.aws import views
from eks_local.aws.state import AwsState


@dataclass(frozen=True)
class Interface:
    """An interface with what belongs to it."""

    eni: views.NetworkInterface
    subnet: views.Subnet
    vpc: views.Vpc
    groups: tuple[views.SecurityGroup, ...]


@dataclass(frozen=True)
class Snapshot:
    """What metadata is made of. `interfaces` are by device index, the first one first."""

    instance: views.Instance
    interfaces: tuple[Interface, ...]
    profile: views.InstanceProfile | None
    architecture: str
    account: str
    region: str

    @property
    def primary(self) -> Interface:
        """The instance's first interface."""
        return self.interfaces[0]


def read(state: AwsState, instance_id: str, plugged: Callable[[str], bool]) -> Snapshot | None:
    """The instance's snapshot; None when there is no such instance, or it has no interfaces (any more).

    `plugged` says of a network interface's id whether the instance has its link; interfaces without one are left out,
    but never the first.
    """
    instance = next((item for item in state.instances() if item.id == instance_id), None)
    if instance is None:
        return None
    subnets = {subnet.id: subnet for subnet in state.subnets()}
    vpcs = {vpc.id: vpc for vpc in state.vpcs()}
    groups = {group.id: group for group in state.security_groups()}
    enis = [eni for eni in state.network_interfaces() if eni.instance_id == instance_id]
    enis.sort(key=lambda eni: eni.device_index or 0)
    interfaces = tuple(
        Interface(
            eni,
            subnets[eni.subnet_id],
            vpcs[eni.vpc_id],
            tuple(groups[group] for group in eni.security_group_ids if group in groups),
        )
        for eni in enis
        if eni.device_index == 0 or plugged(eni.id)
    )
    if not interfaces:
        return None
    arn = instance.instance_profile_arn
    image = next((image for image in state.images() if image.id == instance.image_id), None)
    return Snapshot(
        instance,
        interfaces,
        state.instance_profile(arn) if arn else None,
        image.architecture if image else "x86_64",
        state.account,
        state.region,
    )
