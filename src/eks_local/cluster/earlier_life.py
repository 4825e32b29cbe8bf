"""What Nodes said in an earlier life of the world is no word of this one.

A world that starts again has its Nodes on record as they were, Ready. A kubelet that finds its Node Ready looks again
only ten seconds later; one whose Node is not says so as soon as it is. So Nodes are marked as the node lifecycle
controller marks those it has not heard of, before the first kubelet is told who it is: until then it has read nothing.
"""

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime

from eks_local.kube import NODES, KubeClient, KubeError, ready
from eks_local.kube.client import STRATEGIC

log = logging.getLogger(__name__)


class EarlierLife:
    """Forgotten once, by whoever comes first; who comes meanwhile waits. `client` may write Nodes."""

    def __init__(self, client: Callable[[], KubeClient]) -> None:
        self._client = client
        self._lock = threading.Lock()
        self._forgotten = False

    def forget(self) -> None:
        """Make the Nodes that are Ready unknown, if that has not been done."""
        with self._lock:
            if self._forgotten:
                return
            self._forgotten = True
            try:
                _mark(self._client())
            except (OSError, KubeError) as error:
                # A webhook of a learner's may refuse it, and its Pods may need the very nodes that wait here.
                log.warning("nodes may say ten seconds later that they are Ready: %s", error)


def _mark(client: KubeClient) -> None:
    """Make Nodes that are Ready unknown. Raises `KubeError`, OSError."""
    unknown = {
        "type": "Ready",
        "status": "Unknown",
        "reason": "NodeStatusUnknown",
        "message": "Kubelet stopped posting node status.",
        "lastTransitionTime": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    for node in filter(ready, client.list(NODES)):
        path = f"{NODES}/{node['metadata']['name']}/status"
        client.patch(path, {"status": {"conditions": [unknown]}}, STRATEGIC)
