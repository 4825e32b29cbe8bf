"""Emptying a Node before its instance ends: cordon, then evict, as EKS does for managed node groups."""

import http.client
import logging

from eks_local.kube import NODES, KubeClient, KubeError, Object

log = logging.getLogger(__name__)

_PODS = "/api/v1/pods"


def cordon(client: KubeClient, node: str) -> None:
    """Let no further Pods on the Node."""
    try:
        client.patch(f"{NODES}/{node}", {"spec": {"unschedulable": True}})
    except KubeError as error:
        if error.status != http.client.NOT_FOUND:
            raise


def evict(client: KubeClient, node: str) -> int:
    """Ask all Pods that can be elsewhere to go; how many are still there. Disruption budgets are kept."""
    pods = [pod for pod in client.list(_PODS, fieldSelector=f"spec.nodeName={node}") if movable(pod)]
    for pod in pods:
        if not pod["metadata"].get("deletionTimestamp"):
            _evict(client, pod)
    return len(pods)


def movable(pod: Object) -> bool:
    """Whether a drain has to wait for it: not for DaemonSets' Pods, static Pods and those that ended."""
    owners = {owner["kind"] for owner in pod["metadata"].get("ownerReferences") or ()}
    ended = pod.get("status", {}).get("phase") in ("Succeeded", "Failed")
    mirror = "kubernetes.io/config.mirror" in (pod["metadata"].get("annotations") or {})
    return not (ended or mirror or "DaemonSet" in owners)


def _evict(client: KubeClient, pod: Object) -> None:
    space, name = pod["metadata"]["namespace"], pod["metadata"]["name"]
    body = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"namespace": space, "name": name}}
    try:
        client.create(f"/api/v1/namespaces/{space}/pods/{name}/eviction", body)
    except KubeError as error:
        # 429: a disruption budget says not now. 404, 409: it went meanwhile.
        if error.status not in (http.client.TOO_MANY_REQUESTS, http.client.NOT_FOUND, http.client.CONFLICT):
            raise
        log.debug("eviction of %s/%s: %s", space, name, error)
