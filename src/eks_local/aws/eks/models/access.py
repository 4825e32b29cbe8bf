"""Access entries: which IAM principals may do what in a cluster."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class AccessScope:
    """Where an access policy holds: the cluster, or namespaces (which may end in `*`)."""

    type: str  # cluster, namespace
    namespaces: tuple[str, ...] = ()


@dataclass(frozen=True)
class AssociatedPolicy:
    """An access policy given to an entry."""

    policy_arn: str
    access_scope: AccessScope
    associated_at: datetime
    modified_at: datetime


@dataclass(frozen=True, kw_only=True)
class AccessEntry:
    """One IAM principal known to a cluster.

    `username` may hold the templates {{AccountID}}, {{SessionName}}, {{SessionNameRaw}} and {{EC2PrivateDNSName}},
    filled in when the principal comes with a token.
    """

    cluster_name: str
    principal_arn: str
    access_entry_arn: str
    created_at: datetime
    modified_at: datetime
    username: str
    type: str  # STANDARD, EC2_LINUX, EC2_WINDOWS, FARGATE_LINUX, EC2, HYBRID_LINUX, HYPERPOD_LINUX
    kubernetes_groups: tuple[str, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    policies: tuple[AssociatedPolicy, ...] = ()

    @property
    def record_id(self) -> str:
        """What the entry is known by within its cluster."""
        return self.principal_arn
