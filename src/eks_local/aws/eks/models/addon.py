"""Addons."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from eks_local.aws.eks.models.health import HEALTHY, Health


@dataclass(frozen=True, kw_only=True)
class Addon:
    """One addon of a cluster, as asked for; `status` says how far the world has come."""

    addon_name: str
    cluster_name: str
    addon_version: str
    addon_arn: str
    created_at: datetime
    modified_at: datetime
    status: str  # CREATING, ACTIVE, CREATE_FAILED, UPDATING, DELETING, DELETE_FAILED, DEGRADED, UPDATE_FAILED
    health: Health = HEALTHY
    service_account_role_arn: str | None = None
    configuration_values: str | None = None  # JSON or YAML, as given
    pod_identity_associations: tuple[str, ...] = ()  # their ARNs
    tags: Mapping[str, str] = field(default_factory=dict)

    resolve_conflicts: str = "NONE"  # NONE, OVERWRITE, PRESERVE
    preserve: bool = False  # DeleteAddon was told to leave the Kubernetes objects

    @property
    def record_id(self) -> str:
        """What the addon is known by within its cluster."""
        return self.addon_name
