"""What a running world says of itself: the shapes that cross the control socket."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class ClusterStatus:
    """One EKS cluster; `status` as in DescribeCluster."""

    name: str
    status: str
    version: str


@dataclass(frozen=True)
class ClusterEndpoint:
    """Where an EKS cluster's API server answers: of what DescribeCluster shows, that which a kubeconfig has."""

    name: str
    arn: str
    url: str
    certificate_authority: str
    """PEM, in base64."""


@dataclass(frozen=True)
class InstanceStatus:
    """One EC2 instance; `state` as in DescribeInstances, `node_name` empty when it is no node."""

    id: str
    name: str
    type: str
    state: str
    private_ip: str
    node_name: str

    @property
    def called(self) -> str:
        """What a person calls it: a node by its name, another by its Name tag, one without by its id."""
        return self.node_name or self.name or self.id

    @property
    def runs(self) -> bool:
        """Whether commands can run on it."""
        return self.state == "running"


@dataclass(frozen=True)
class WorldStatus:
    """The state of a running world."""

    pid: int
    """The box's first process, as the host sees it."""
    uptime: float
    """Seconds since the start."""
    clusters: tuple[ClusterStatus, ...]
    instances: tuple[InstanceStatus, ...]
    errors: Mapping[str, str]
    """Reconcilers that failed in their last round: name → error."""
    memory: int
    """Bytes (proportional set size) of all of the world's processes."""


@dataclass(frozen=True)
class Inside:
    """What the world server tells of the inside."""

    clusters: tuple[ClusterStatus, ...]
    instances: tuple[InstanceStatus, ...]
    errors: Mapping[str, str]
    memory: int

    def to_json(self) -> dict[str, Any]:
        """As the control socket carries it."""
        return asdict(self)

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> "Inside":
        """The inverse of `to_json`."""
        return cls(
            clusters=tuple(ClusterStatus(**cluster) for cluster in fields["clusters"]),
            instances=tuple(InstanceStatus(**instance) for instance in fields["instances"]),
            errors=dict(fields["errors"]),
            memory=fields["memory"],
        )
