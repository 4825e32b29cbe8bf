"""Health issues of clusters, node groups and addons."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Issue:
    """One thing that is wrong, in EKS's words."""

    code: str  # one of EKS's own: NodeCreationFailure, AsgInstanceLaunchFailures, InsufficientNumberOfReplicas, ...
    message: str
    resource_ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class Health:
    """All that is wrong with a resource; empty when healthy."""

    issues: tuple[Issue, ...] = ()


HEALTHY = Health()
