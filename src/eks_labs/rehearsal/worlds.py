"""The worlds that a rehearsal plays in. Each lacks what some steps speak of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

COUNT = 2
"""Nodes and Pods where there are any: more than one, as steps that compare them need."""


@dataclass(frozen=True)
class World:
    """What is there. Everything else is not: lists are empty, and what is asked for by its name is not found."""

    name: str
    """As in "passes in …"."""
    lacks: str
    """A word: steps whose sentence has it must fail here. Without one, all steps must."""
    cluster: Mapping[str, Any] | None
    """EKS's answer to DescribeCluster."""
    nodes: Sequence[Mapping[str, Any]] = ()
    pods: Sequence[Mapping[str, Any]] = ()

    def concerns(self, sentence: str) -> bool:
        """Whether a step with this sentence must fail here."""
        return self.lacks in sentence


# Its endpoint leads nowhere and lets nobody in, so that nothing said of an endpoint is true by default.
_CLUSTER = {
    "name": "rehearsal",
    "status": "ACTIVE",
    "endpoint": "https://rehearsal.invalid",
    "logging": {"clusterLogging": []},
    "resourcesVpcConfig": {
        "subnetIds": [],
        "securityGroupIds": [],
        "clusterSecurityGroupId": "sg-0",
        "vpcId": "vpc-0",
        "endpointPublicAccess": False,
        "endpointPrivateAccess": False,
        "publicAccessCidrs": [],
    },
}

_NODES = [
    {
        "metadata": {"name": f"node-{number}", "uid": f"node-{number}", "labels": {}},
        "spec": {"providerID": f"aws:///rehearsal/i-{number}"},
        "status": {
            "allocatable": {"pods": "0", "cpu": "1930m", "memory": "1Gi"},
            "conditions": [{"type": "Ready", "status": "True"}],
            "addresses": [],
        },
    }
    for number in range(COUNT)
]

# Nobody has found a node for them.
_PODS = [
    {
        "metadata": {"name": f"pod-{number}", "namespace": "default", "uid": f"pod-{number}", "labels": {}},
        "spec": {"containers": [{"name": "main", "image": "none"}]},
        "status": {"phase": "Pending", "qosClass": "BestEffort"},
    }
    for number in range(COUNT)
]

WORLDS = (
    World("an account without a cluster", "", None),
    World("an empty cluster", "", _CLUSTER),
    World("a cluster with nodes and no Pods", "Pod", _CLUSTER, nodes=_NODES),
    World("a cluster with Pods and no nodes", "node", _CLUSTER, pods=_PODS),
)
