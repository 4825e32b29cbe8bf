"""Whether an add-on's Pods are there, in the words of EKS's health issues."""

from collections.abc import Sequence
from enum import Enum

from eks_local.kube import KubeClient, Object


class Health(Enum):
    """How an add-on does; the value is what EKS says of it."""

    GOOD = ""
    POOR = "The add-on is unhealthy because it doesn't have the desired number of replicas."


def health_of(kube: KubeClient, workloads: Sequence[Object]) -> Health:
    """Look at an add-on's workloads as they are in the cluster."""
    found = [kube.find(kube.path_of(item)) for item in workloads]
    return Health.GOOD if all(item is not None and satisfied(item) for item in found) else Health.POOR


def satisfied(workload: Object) -> bool:
    """Whether a DaemonSet or Deployment has all its Pods, of the newest template. A DaemonSet on no node has."""
    status = workload.get("status") or {}
    if status.get("observedGeneration", 0) < workload["metadata"].get("generation", 0):
        return False
    if workload["kind"] == "DaemonSet":
        wanted = status.get("desiredNumberScheduled", 0)
        return bool(status.get("numberReady", 0) >= wanted and status.get("updatedNumberScheduled", 0) >= wanted)
    wanted = workload["spec"].get("replicas", 1)
    return bool(status.get("availableReplicas", 0) >= wanted and status.get("updatedReplicas", 0) >= wanted)
