"""Something may have changed: watches on the cluster that wake whoever waits for a state.

A watch's events are never looked at. They only end a pause early, so a lost watch costs a second and no correctness.
"""

import threading
from typing import Any

_KINDS = {
    "CoreV1Api": ("list_pod_for_all_namespaces", "list_node", "list_service_for_all_namespaces"),
    "AppsV1Api": ("list_deployment_for_all_namespaces", "list_daemon_set_for_all_namespaces"),
}


class Changes:
    """Watches the kinds that labs look at, each in a thread, until closed."""

    def __init__(self, api: Any) -> None:
        from kubernetes import client

        self._changed = threading.Event()
        self._closed = threading.Event()
        self._watches: list[Any] = []
        for group, lists in _KINDS.items():
            for name in lists:
                threading.Thread(
                    target=self._follow, args=(getattr(getattr(client, group)(api), name),), name=name, daemon=True
                ).start()

    def wait(self, seconds: float) -> bool:
        """Return at the next change, or after `seconds`; whether something has changed."""
        if not self._changed.wait(seconds):
            return False
        self._changed.clear()
        return True

    def close(self) -> None:
        """End the watches; their threads end with their next event or time-out, and are daemons."""
        self._closed.set()
        for watch in self._watches:
            watch.stop()

    def _follow(self, lister: Any) -> None:
        from kubernetes import watch

        while not self._closed.is_set():
            stream = watch.Watch()
            self._watches.append(stream)
            try:
                for _ in stream.stream(lister, timeout_seconds=60):
                    self._changed.set()
                    if self._closed.is_set():
                        return
            except Exception:
                # Whatever ends a watch (a restart of the API, an expired version), the answer is a new one, soon.
                self._closed.wait(1.0)
            finally:
                self._watches.remove(stream)
