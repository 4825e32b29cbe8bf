"""What Nodes said in an earlier life of the world is no word of this one.

A world that starts again has its Nodes on record as they were, Ready. A kubelet that finds its Node Ready looks again
only ten seconds later; one whose Node is not says so as soon as it is. So Nodes are marked as the node lifecycle
controller marks those it has not heard of, before any kubelet starts.
"""

from collections.abc import Mapping
from datetime import UTC, datetime

from eks_local.kube import KubeClient, Object
from eks_local.kube.client import STRATEGIC
from eks_local.node.watch import NODES, ready


def mark(client: KubeClient, nodes: Mapping[str, Object]) -> None:
    """Make Nodes that are Ready unknown. Raises `KubeError`, OSError."""
    unknown = {
        "type": "Ready",
        "status": "Unknown",
        "reason": "NodeStatusUnknown",
        "message": "Kubelet stopped posting node status.",
        "lastTransitionTime": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    for name, node in nodes.items():
        if ready(node):
            client.patch(f"{NODES}/{name}/status", {"status": {"conditions": [unknown]}}, STRATEGIC)
