"""Kubernetes objects that hold no Pods: what is in them, and what they belong to."""

from typing import Any

from kubernetes import client
from kubernetes.dynamic.exceptions import NotFoundError, ResourceNotFoundError
from pytest_bdd import parsers, then

from eks_labs.checks import cluster_client
from eks_labs.checks.context import CheckContext

LIMIT = 15.0
"""Seconds for an object to be there: it was applied before the checks began."""


@then(parsers.parse('the ConfigMap "{name}" has the entry "{key}: {value}"'))
def config_map_entry(lab: CheckContext, name: str, key: str, value: str) -> None:
    """The ConfigMap, in the namespace `default`, has this value under this key; space around it does not count."""
    lab.eventually(
        lambda: (_config_map(lab, name).data or {}).get(key),
        lambda found: found is not None and found.strip() == value,
        # What was found is shown, and what is wanted is not: it may be the answer to a question.
        expected=f"the ConfigMap {name} with the right value for {key}",
        seen=lambda found: f"no entry {key}" if found is None else f"{key}: {found.strip()}",
        hint=f"`kubectl get configmap {name} -o yaml`",
        seconds=LIMIT,
    )


@then(parsers.parse('the ConfigMap "{name}" is there, and so is everything that owns it'))
def config_map_stays(lab: CheckContext, name: str) -> None:
    """The ConfigMap is in the namespace `default`, and each of its owners exists: nothing collects it as garbage."""

    def missing() -> list[str]:
        owners = _config_map(lab, name).metadata.owner_references or []
        return [f"its owner {owner.kind} {owner.name} is missing" for owner in owners if not _exists(lab, owner)]

    lab.eventually(
        missing,
        lambda found: not found,
        expected=f"the ConfigMap {name}, and everything that owns it",
        seen=", ".join,
        hint=f"`kubectl get configmap {name} -o yaml`, if it is there; the audit log, if it is not",
        seconds=LIMIT,
    )


def _config_map(lab: CheckContext, name: str) -> Any:
    return client.CoreV1Api(lab.kubernetes()).read_namespaced_config_map(name, "default")


def _exists(lab: CheckContext, owner: Any) -> bool:
    """Whether there is an object with an owner's kind, name and uid. Another one of the name is another object."""
    dynamic = cluster_client.dynamic(lab.kubernetes())
    try:
        kind = dynamic.resources.get(api_version=owner.api_version, kind=owner.kind)
        found = kind.get(name=owner.name, namespace="default" if kind.namespaced else None)
    except (NotFoundError, ResourceNotFoundError):
        return False
    return bool(found.metadata.uid == owner.uid)
