"""What a node group is made of in EC2, Auto Scaling and IAM: instance profile, launch template, Auto Scaling group.

Speaks to moto's backends in process; the names and settings are those EKS gives.
"""

import contextlib
from typing import Any

from moto.backends import get_backend
from moto.core.types import Base64EncodedString

from eks_local.aws.eks.models import Cluster, Nodegroup
from eks_local.aws.state import AwsState
from eks_local.node.template import Inputs, instance_tags, template_data, user_data_of

_EKS_IMAGE = "amazon-eks-node-al2023-x86_64-standard-"


class Fleet:
    """The AWS side of one node group."""

    def __init__(self, aws: AwsState, cluster: Cluster, group: Nodegroup) -> None:
        self._aws = aws
        self._cluster = cluster
        self._group = group

    # -- making

    def ensure_template(self) -> str:
        """Have a launch template whose newest version is what the group asks for now; returns its id."""
        self._ensure_profile()
        ec2 = self._aws.ec2()
        inputs = self._inputs()
        data = {**template_data(inputs), "UserData": Base64EncodedString.from_raw_bytes(user_data_of(inputs))}
        template = ec2.launch_templates.get(self._group.template_id or "")
        if template is None:
            tags = {"launch-template": instance_tags(self._cluster.name, self._group.nodegroup_name)}
            template = ec2.create_launch_template(self._template_name, "", data, tags)
        elif not _same(template.latest_version().data, data):
            template.create_version(data, "")
            # An Auto Scaling group here launches the default version.
            template.default_version_number = template.latest_version_number
        return str(template.id)

    def ensure_group(self, template_id: str) -> str:
        """Have the Auto Scaling group, empty at first; returns its name."""
        name = self._group.auto_scaling_group_name
        autoscaling = self._aws.autoscaling()
        if name not in autoscaling.autoscaling_groups:
            tags = instance_tags(self._cluster.name, self._group.nodegroup_name)
            autoscaling.create_auto_scaling_group(
                name=name,
                availability_zones=[],
                desired_capacity=0,
                max_size=self._group.scaling_config.max_size,
                min_size=0,
                launch_config_name="",
                launch_template={"LaunchTemplateId": template_id, "Version": "$Default"},
                vpc_zone_identifier=",".join(self._group.subnets),
                default_cooldown=None,
                health_check_period=15,
                health_check_type="EC2",
                load_balancers=[],
                target_group_arns=[],
                placement_group="",
                termination_policies=["AllocationStrategy", "OldestLaunchTemplate", "OldestInstance"],
                tags=[_tag(name, key, value) for key, value in tags.items()],
                capacity_rebalance=self._group.capacity_type == "SPOT",
            )
        return name

    # -- running

    @property
    def desired(self) -> int:
        """The Auto Scaling group's desired capacity, which autoscalers change too."""
        group = self._asg()
        return int(group.desired_capacity or 0) if group else 0

    def resize(self) -> bool:
        """Give the Auto Scaling group the sizes of the record; whether instances changed."""
        group, sizes = self._asg(), self._group.scaling_config
        group.min_size, group.max_size = sizes.min_size, sizes.max_size
        return self.set_desired(sizes.desired_size)

    def set_desired(self, count: int) -> bool:
        """Launch or terminate until `count` instances are active; whether that changed anything."""
        group = self._asg()
        before = self.active()
        group.set_desired_capacity(count)
        return self.active() != before

    def heal(self) -> bool:
        """Replace instances that ended by another hand, as Auto Scaling does; whether there were any."""
        group = self._asg()
        if group is None or len(self.active()) >= self.desired:
            return False
        group.instance_states = [state for state in list(group.instance_states) if _alive(state)]
        return self.set_desired(self.desired)

    def active(self) -> tuple[str, ...]:
        """Ids of the instances that are on their way or running."""
        group = self._asg()
        return tuple(state.instance.id for state in group.active_instances() if _alive(state)) if group else ()

    def outdated(self) -> tuple[str, ...]:
        """Active instances made of an older version of the template."""
        template = self._aws.ec2().launch_templates.get(self._group.template_id or "")
        if template is None:
            return ()
        newest = template.latest_version().data
        ec2 = self._aws.ec2()
        return tuple(name for name in self.active() if not _made_of(ec2.get_instance(name), newest))

    def terminate(self, instance: str) -> None:
        """End one instance; the group is one smaller."""
        self._aws.autoscaling().terminate_instance(instance, True)

    # -- unmaking

    def remove(self) -> None:
        """End the instances and delete all that was made for the group."""
        autoscaling, ec2 = self._aws.autoscaling(), self._aws.ec2()
        if self._group.auto_scaling_group_name in autoscaling.autoscaling_groups:
            autoscaling.delete_auto_scaling_group(self._group.auto_scaling_group_name)
        if self._group.template_id in ec2.launch_templates:
            ec2.delete_launch_template(None, self._group.template_id)
        iam = self._iam()
        if self._profile_name in {profile.name for profile in list(iam.instance_profiles.values())}:
            iam.delete_instance_profile(self._profile_name, ignore_attached_roles=True)

    # -- parts

    @property
    def image_id(self) -> str:
        """The newest EKS image of the group's Kubernetes version."""
        version = self._group.version or self._cluster.version
        prefix = f"{_EKS_IMAGE}{version}-v"
        images = sorted((image.name, image.id) for image in self._aws.images() if image.name.startswith(prefix))
        if not images:
            raise LookupError(f"there is no EKS image {prefix}…")
        return images[-1][1]

    def _inputs(self) -> Inputs:
        own: dict[str, Any] = {}
        text = b""
        if reference := self._group.launch_template:
            own = dict(self._aws.ec2().get_launch_template(reference.id).get_version(reference.version).data)
            encoded = own.pop("UserData", None)
            text = encoded.decode().encode() if encoded else b""
        image = own.get("ImageId") or self.image_id
        return Inputs(self._cluster, self._group, image, own, text, self._profile_name)

    def _ensure_profile(self) -> None:
        iam = self._iam()
        if self._profile_name not in {profile.name for profile in list(iam.instance_profiles.values())}:
            iam.create_instance_profile(self._profile_name, "/", [self._group.node_role.rpartition("/")[2]])

    def _asg(self) -> Any:
        return self._aws.autoscaling().autoscaling_groups.get(self._group.auto_scaling_group_name)

    def _iam(self) -> Any:
        return get_backend("iam")[self._aws.account]["aws"]

    @property
    def _template_name(self) -> str:
        return f"eks-{self._group.unique_id}"

    @property
    def _profile_name(self) -> str:
        return f"eks-{self._group.unique_id}"


def _tag(group: str, key: str, value: str) -> dict[str, Any]:
    return {
        "Key": key,
        "Value": value,
        "PropagateAtLaunch": "true",
        "ResourceId": group,
        "ResourceType": "auto-scaling-group",
    }


def _alive(state: Any) -> bool:
    return state.instance.state in ("pending", "running")


def _same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return _plain(one) == _plain(other)


def _plain(data: dict[str, Any]) -> dict[str, Any]:
    return {**data, "UserData": _text(data.get("UserData"))}


def _text(user_data: Any) -> str:
    return str(user_data.decode()) if user_data else ""


def _made_of(instance: Any, template: dict[str, Any]) -> bool:
    same_image = instance.image_id == template["ImageId"] and instance.instance_type == template["InstanceType"]
    told = ""
    with contextlib.suppress(UnicodeDecodeError):
        told = _text(instance.user_data)
    return bool(same_image and told == _text(template.get("UserData")))
