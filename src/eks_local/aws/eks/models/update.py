"""Updates: the receipts of calls that change a cluster, node group or addon over time."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class UpdateParam:
    """One thing an update changes; `value` is text, JSON where the value is not."""

    type: str
    value: str


@dataclass(frozen=True)
class UpdateError:
    """Why an update failed."""

    error_code: str
    error_message: str
    resource_ids: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Update:
    """One update of a cluster, or of its node group or addon."""

    id: str
    cluster_name: str
    status: str  # InProgress, Failed, Cancelled, Successful
    type: str
    created_at: datetime
    params: tuple[UpdateParam, ...] = ()
    errors: tuple[UpdateError, ...] = ()
    nodegroup_name: str | None = None
    addon_name: str | None = None

    @property
    def record_id(self) -> str:
        """What the update is known by within its cluster."""
        return self.id
