"""Pods for tests, as the objects kubectl applies."""

from collections.abc import Mapping, Sequence
from typing import Any

FOREVER = ("sleep", "86400")


def pod(name: str, command: Sequence[str] = FOREVER, image: str = "busybox", **spec: Any) -> dict[str, Any]:
    """A Pod with one container, `main`. `spec` is added to the Pod's; its `container` to the container's."""
    own: Mapping[str, Any] = spec.pop("container", {})
    container = {"name": "main", "image": image, **({"command": list(command)} if command else {}), **own}
    grace = {"terminationGracePeriodSeconds": 1}
    metadata = {"name": name, "labels": {"app": name}}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": metadata,
        "spec": {**grace, "containers": [container], **spec},
    }


def shell(name: str, script: str, **spec: Any) -> dict[str, Any]:
    """A Pod that runs a shell script."""
    return pod(name, ("sh", "-c", script), **spec)


def service(name: str, port: int = 80, **spec: Any) -> dict[str, Any]:
    """A Service of the Pods labelled with its name."""
    whole = {"selector": {"app": name}, "ports": [{"port": port}], **spec}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": whole}
