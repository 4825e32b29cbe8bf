"""A cluster's Nodes as they are now, kept by a watch, so that nobody has to poll."""

import logging
import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType

from eks_local.kube import NODES, KubeClient, KubeError, Object, ready

log = logging.getLogger(__name__)

#: Seconds a watch lasts before it is begun anew, and seconds between tries when the API server does not answer.
_WATCH, _RETRY = 300, 0.1


class NodeWatch:
    """Lists, then watches, in a thread of its own until stopped. Calls `changed` when a Node comes, goes or turns."""

    def __init__(self, cluster: str, client: KubeClient, changed: Callable[[], None]) -> None:
        self._client = client
        self._changed = changed
        self._stop = threading.Event()
        self._nodes: dict[str, Object] = {}
        self.synced = False
        self._thread = threading.Thread(target=self._run, name=f"nodes of {cluster}", daemon=True)
        self._thread.start()

    @property
    def nodes(self) -> Mapping[str, Object]:
        """Nodes by name. A snapshot: it does not change in the reader's hands."""
        return MappingProxyType(self._nodes)

    def stop(self) -> None:
        """End the watch; its thread ends with the connection it waits on."""
        self._stop.set()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._follow()
            except (OSError, KubeError, ValueError) as error:
                log.debug("watch of nodes: %s", error)
                self._stop.wait(_RETRY)

    def _follow(self) -> None:
        listed = self._client.get(NODES)
        self._replace({item["metadata"]["name"]: item for item in listed.get("items") or ()})
        self.synced = True
        version = listed["metadata"]["resourceVersion"]
        for event in self._client.watch(NODES, resource_version=version, seconds=_WATCH, timeout=_WATCH + 30):
            if self._stop.is_set() or event["type"] == "ERROR":
                return
            node = event["object"]
            nodes = dict(self._nodes)
            if event["type"] == "DELETED":
                nodes.pop(node["metadata"]["name"], None)
            else:
                nodes[node["metadata"]["name"]] = node
            self._replace(nodes)

    def _replace(self, nodes: dict[str, Object]) -> None:
        before, self._nodes = self._nodes, nodes
        if _essence(before) != _essence(nodes):
            self._changed()


def ready_since(node: Object, since: float) -> bool:
    """Whether the Node's kubelet has said so at `since` (seconds since the epoch) or later."""
    beats = [c.get("lastHeartbeatTime") for c in node.get("status", {}).get("conditions") or () if c["type"] == "Ready"]
    # Kubernetes' times are whole seconds.
    return ready(node) and any(beat and datetime.fromisoformat(beat).timestamp() >= int(since) for beat in beats)


def instance_id(node: Object) -> str:
    """The EC2 instance of a Node; empty for one that is not on EC2."""
    provider = node.get("spec", {}).get("providerID") or ""
    return provider.rpartition("/")[2] if provider.startswith("aws:") else ""


def _essence(nodes: Mapping[str, Object]) -> object:
    """What reconcilers look at: heartbeats are not in it."""
    return {
        name: (ready(node), node["spec"], node["metadata"].get("labels"), node["status"].get("addresses"))
        for name, node in nodes.items()
    }
