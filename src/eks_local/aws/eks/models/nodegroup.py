"""Managed node groups."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from eks_local.aws.eks.models.health import HEALTHY, Health


@dataclass(frozen=True)
class Scaling:
    """How many nodes."""

    min_size: int
    max_size: int
    desired_size: int


@dataclass(frozen=True)
class UpdateConfig:
    """How many nodes may be away during an update: a number or a percentage."""

    max_unavailable: int | None = None
    max_unavailable_percentage: int | None = None
    update_strategy: str | None = None


@dataclass(frozen=True)
class Taint:
    """A Kubernetes taint, with the effect in EKS's spelling (NO_SCHEDULE, NO_EXECUTE, PREFER_NO_SCHEDULE)."""

    key: str
    effect: str
    value: str | None = None


@dataclass(frozen=True)
class RemoteAccess:
    """SSH access to the nodes."""

    ec2_ssh_key: str | None = None
    source_security_groups: tuple[str, ...] = ()


@dataclass(frozen=True)
class LaunchTemplateRef:
    """The caller's own launch template, at a numbered version."""

    id: str
    name: str
    version: str


@dataclass(frozen=True, kw_only=True)
class Nodegroup:
    """One managed node group. `auto_scaling_group` is set by the reconciler that makes it."""

    nodegroup_name: str
    nodegroup_arn: str
    cluster_name: str
    version: str | None  # None when the launch template brings its own AMI
    release_version: str
    created_at: datetime
    modified_at: datetime
    status: str  # CREATING, ACTIVE, UPDATING, DELETING, CREATE_FAILED, DELETE_FAILED, DEGRADED
    capacity_type: str  # ON_DEMAND, SPOT
    scaling_config: Scaling
    subnets: tuple[str, ...]
    ami_type: str
    node_role: str
    instance_types: tuple[str, ...] = ()  # empty when the launch template says it
    disk_size: int | None = None  # GiB; None when the launch template says it
    labels: Mapping[str, str] = field(default_factory=dict)
    taints: tuple[Taint, ...] = ()
    update_config: UpdateConfig = UpdateConfig(max_unavailable=1)
    remote_access: RemoteAccess | None = None
    node_repair_config: Mapping[str, bool] | None = None
    launch_template: LaunchTemplateRef | None = None
    health: Health = HEALTHY
    tags: Mapping[str, str] = field(default_factory=dict)

    unique_id: str  # UUID: ends the ARN and the Auto Scaling group's name
    auto_scaling_group: str | None = None
    remote_access_security_group: str | None = None
    template_id: str | None = None  # the launch template that EKS itself makes for the group

    @property
    def record_id(self) -> str:
        """What the group is known by within its cluster."""
        return self.nodegroup_name

    @property
    def resources(self) -> dict[str, object]:
        """What EKS made for the group, as EKS nests it."""
        made: dict[str, object] = {}
        if self.auto_scaling_group:
            made["autoScalingGroups"] = [{"name": self.auto_scaling_group}]
        if self.remote_access_security_group:
            made["remoteAccessSecurityGroup"] = self.remote_access_security_group
        return made

    @property
    def auto_scaling_group_name(self) -> str:
        """The name EKS gives to the group's Auto Scaling group."""
        return f"eks-{self.nodegroup_name}-{self.unique_id}"
