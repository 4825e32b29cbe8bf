"""A Kubernetes API for tests that remembers what it is asked, and answers from a table."""

from typing import Any, cast

from eks_local.kube import KubeClient, KubeError, Object


class Api:
    """Stands in for `KubeClient`: `objects` by path, `calls` as (verb, path, body)."""

    def __init__(self, **objects: Object) -> None:
        self.objects: dict[str, Object] = dict(objects)
        self.lists: dict[str, list[Object]] = {}
        self.refusals: dict[str, KubeError] = {}
        self.calls: list[tuple[str, str, Any]] = []

    @property
    def client(self) -> KubeClient:
        """This, as what the code under test takes."""
        return cast(KubeClient, self)

    def find(self, path: str) -> Object | None:
        return self.objects.get(path)

    def list(self, path: str, **query: str) -> list[Object]:
        return self.lists.get(path, [])

    def create(self, path: str, body: Object) -> Object:
        return self._call("create", path, body)

    def patch(self, path: str, body: Object, kind: str = "", **query: str) -> Object:
        return self._call("patch", path, body)

    def delete(self, path: str, **query: str) -> bool:
        self._call("delete", path, None)
        return True

    def _call(self, verb: str, path: str, body: Any) -> Object:
        self.calls.append((verb, path, body))
        if path in self.refusals:
            raise self.refusals[path]
        return self.objects.get(path, {})


def node(name: str, instance: str, *, ready: bool = True, **changes: Any) -> Object:
    """A Node on EC2; `labels`, `taints`, `addresses`."""
    return {
        "metadata": {"name": name, "labels": changes.get("labels", {}), "resourceVersion": "7"},
        "spec": {"providerID": f"aws:///us-east-1a/{instance}", "taints": changes.get("taints", [])},
        "status": {
            "conditions": [{"type": "Ready", "status": "True" if ready else "False"}],
            "addresses": changes.get("addresses", []),
        },
    }
