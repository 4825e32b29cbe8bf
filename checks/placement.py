"""Which nodes a Pod's spec lets it run on: nodeSelector, required node affinity and tolerations.

The rules are those of Kubernetes' documentation ("Assigning Pods to Nodes", "Taints and Tolerations"). What the
scheduler weighs besides, such as room and preferences, is left out: a rule holds also for the Pod that comes tomorrow.
"""

from collections.abc import Mapping, Sequence
from typing import Any

KEEPS_OUT = ("NoSchedule", "NoExecute")
"""Effects of a taint that keep a Pod off a node. PreferNoSchedule only asks."""

KUBERNETES_OWN = ("node.kubernetes.io/", "node.cloudprovider.kubernetes.io/")
"""Taints that come and go with a node's state."""


def lets_on(spec: Any, node: Any) -> bool:
    """Whether a Pod with this spec may run on this node."""
    return chooses(spec, node) and not any(
        not any(_tolerates(toleration, taint) for toleration in spec.tolerations or []) for taint in repelling(node)
    )


def chooses(spec: Any, node: Any) -> bool:
    """Whether nodeSelector and required node affinity take this node; its taints are not looked at."""
    labels = node.metadata.labels or {}
    if any(labels.get(key) != value for key, value in (spec.node_selector or {}).items()):
        return False
    affinity = spec.affinity.node_affinity if spec.affinity else None
    required = affinity.required_during_scheduling_ignored_during_execution if affinity else None
    return required is None or any(_term(term, node) for term in required.node_selector_terms)


def repelling(node: Any) -> list[Any]:
    """The node's taints that keep Pods out, without those that Kubernetes sets by a node's state."""
    taints = node.spec.taints or []
    return [taint for taint in taints if taint.effect in KEEPS_OUT and not taint.key.startswith(KUBERNETES_OWN)]


def _term(term: Any, node: Any) -> bool:
    """A term's requirements must all hold; one without any takes no node."""
    labels, fields = term.match_expressions or [], term.match_fields or []
    own = {"metadata.name": node.metadata.name}
    return bool(labels or fields) and all(
        [
            *(_holds(requirement, node.metadata.labels or {}) for requirement in labels),
            *(_holds(requirement, own) for requirement in fields),
        ]
    )


def _holds(requirement: Any, values: Mapping[str, str]) -> bool:
    value, listed = values.get(requirement.key), requirement.values or []
    match requirement.operator:
        case "In":
            return value in listed
        case "NotIn":
            return value not in listed
        case "Exists":
            return value is not None
        case "DoesNotExist":
            return value is None
        case "Gt" | "Lt":
            return _compares(requirement.operator, value, listed)
    return False


def _compares(operator: str, value: str | None, listed: Sequence[str]) -> bool:
    try:
        own, other = int(value or ""), int(listed[0])
    except (ValueError, IndexError):
        return False
    return own > other if operator == "Gt" else own < other


def _tolerates(toleration: Any, taint: Any) -> bool:
    if toleration.effect and toleration.effect != taint.effect:
        return False
    if (toleration.operator or "Equal") == "Exists":
        return not toleration.key or toleration.key == taint.key
    return bool(toleration.key == taint.key and (toleration.value or "") == (taint.value or ""))
