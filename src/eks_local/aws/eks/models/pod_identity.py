"""Pod identity associations: which role a service account's Pods may take."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class PodIdentityAssociation:
    """One service account bound to one role."""

    cluster_name: str
    namespace: str
    service_account: str
    role_arn: str
    association_arn: str
    association_id: str
    created_at: datetime
    modified_at: datetime
    owner_arn: str | None = None  # the addon that owns it
    disable_session_tags: bool = False
    target_role_arn: str | None = None
    external_id: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def record_id(self) -> str:
        """What the association is known by within its cluster."""
        return self.association_id
