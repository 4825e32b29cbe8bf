"""Nodes of a cluster: where they are, and what their kubelets say of them."""

from eks_local.kube.client import Object

NODES = "/api/v1/nodes"


def ready(node: Object) -> bool:
    """Whether the Node's kubelet says so."""
    conditions = node.get("status", {}).get("conditions") or ()
    return any(item["type"] == "Ready" and item["status"] == "True" for item in conditions)
