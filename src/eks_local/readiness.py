"""Whether a world has come up: what is still missing, for whoever waits for it."""

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from eks_local.aws.state import AwsState

_COMES_UP = ("CREATING", "ACTIVE", "UPDATING")


class Clusters(Protocol):
    """What tells of control planes."""

    def serving(self, cluster: str) -> bool:
        """Whether the cluster's API server has answered since it was started last."""


class Instances(Protocol):
    """What tells of instances."""

    def missing(self, instance: str) -> str:
        """What an instance that EC2 says is up still lacks; empty when nothing."""


class Readiness:
    """Answers what is missing now."""

    def __init__(self, aws: AwsState, clusters: Clusters, instances: Instances) -> None:
        self._aws = aws
        self._clusters = clusters
        self._instances = instances

    def answer(self, _: Mapping[str, Any]) -> Any:
        """The control socket's `missing`: a list of words."""
        return list(self._missing())

    def _missing(self) -> Iterator[str]:
        for cluster in self._aws.clusters():
            if cluster.status in _COMES_UP and not self._clusters.serving(cluster.name):
                yield f"the API server of cluster {cluster.name}"
        for instance in self._aws.instances():
            lacks = self._instances.missing(instance.id) if instance.state in ("pending", "running") else ""
            if lacks:
                yield lacks
