"""Nodes: how many there are, of what kind, and how many Pods they take."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from kubernetes import client
from pytest_bdd import parsers, then

from eks_labs.checks.context import CheckContext

LIMIT = 60.0
"""Seconds for nodes to reach a state. They were made before the first step."""


@then(parsers.parse("the number of Ready nodes is {count:d}"))
def ready_nodes(lab: CheckContext, count: int) -> None:
    """So many nodes are Ready, and there are no others."""
    _ready(lab, count, "")


@then(parsers.parse('the number of Ready nodes with label "{label}" is {count:d}'))
def labelled_ready_nodes(lab: CheckContext, count: int, label: str) -> None:
    """So many nodes with this label are Ready, and no others have it."""
    _ready(lab, count, label)


@then(parsers.parse('each node is a "{instance_type}"'))
def nodes_of_type(lab: CheckContext, instance_type: str) -> None:
    """Every node is an EC2 instance of this type."""
    _each_node(
        lab,
        lambda node: _label(node, "node.kubernetes.io/instance-type") == instance_type,
        lambda node: f"a {_label(node, 'node.kubernetes.io/instance-type')}",
        expected=f"each node is a {instance_type}",
        hint="`instance_type` of the node groups in Terraform decides it",
    )


@then(parsers.parse("each node has places for {count:d} Pods"))
def nodes_accept(lab: CheckContext, count: int) -> None:
    """The kubelet of every node accepts so many Pods: its max-pods."""
    _each_node(
        lab,
        lambda node: int(node.status.allocatable["pods"]) == count,
        lambda node: f"places for {node.status.allocatable['pods']} Pods",
        expected=f"each node has places for {count} Pods",
        hint="max-pods is fixed when a node boots: by the instance type, or by a NodeConfig in its launch template",
    )


@then(parsers.parse('each node with label "{label}" has the taint "{taint}"'))
def nodes_tainted(lab: CheckContext, label: str, taint: str) -> None:
    """Every node with this label has this taint, written as kubectl writes it: key=value:effect."""
    _each_node(
        lab,
        lambda node: taint in _taints(node),
        lambda node: f"taints {', '.join(_taints(node)) or 'none'}",
        expected=f"each node with label {label} has the taint {taint}",
        hint="`taints` of the node group in Terraform",
        label=label,
    )


@then(parsers.parse("each node has {count:d} places left"))
def nodes_have_left(lab: CheckContext, count: int) -> None:
    """On every node, max-pods less the Pods that are there or on their way is so many."""
    core = client.CoreV1Api(lab.kubernetes())

    def places() -> dict[str, int]:
        taken = Counter(pod.spec.node_name for pod in core.list_pod_for_all_namespaces().items if _takes_place(pod))
        return {
            node.metadata.name: int(node.status.allocatable["pods"]) - taken[node.metadata.name]
            for node in core.list_node().items
        }

    lab.eventually(
        places,
        lambda left: set(left.values()) == {count},
        expected=f"each node has {count} places left",
        seen=lambda left: ", ".join(f"{node}: {places}" for node, places in left.items()) or "no nodes",
        hint="`kubectl describe node` lists the Pods that a node counts",
        seconds=LIMIT,
    )


def is_ready(node: Any) -> bool:
    """Whether a node is Ready."""
    return any(condition.type == "Ready" and condition.status == "True" for condition in node.status.conditions or [])


def _ready(lab: CheckContext, count: int, label: str) -> None:
    which = f' with label "{label}"' if label else ""
    lab.eventually(
        lambda: _nodes(lab, label),
        lambda nodes: len(nodes) == count and all(is_ready(node) for node in nodes),
        expected=f"{count} Ready nodes{which}",
        seen=lambda nodes: f"{len([node for node in nodes if is_ready(node)])} of {len(nodes)} nodes Ready",
        hint="`kubectl get nodes --show-labels`, and `kubectl describe node` of one that is not Ready",
        seconds=LIMIT,
    )


def _each_node(
    lab: CheckContext,
    right: Callable[[Any], bool],
    describe: Callable[[Any], str],
    *,
    expected: str,
    hint: str,
    label: str = "",
) -> None:
    lab.eventually(
        lambda: _nodes(lab, label),
        lambda nodes: bool(nodes) and all(right(node) for node in nodes),
        expected=expected,
        seen=lambda nodes: "; ".join(f"{n.metadata.name}: {describe(n)}" for n in nodes if not right(n)) or "no nodes",
        hint=hint,
        seconds=LIMIT,
    )


def _nodes(lab: CheckContext, label: str) -> list[Any]:
    return list(client.CoreV1Api(lab.kubernetes()).list_node(label_selector=label).items)


def _takes_place(pod: Any) -> bool:
    """Whether a Pod counts against its node's max-pods, as the scheduler counts."""
    return pod.spec.node_name is not None and pod.status.phase not in ("Succeeded", "Failed")


def _label(node: Any, key: str) -> str:
    return str((node.metadata.labels or {}).get(key))


def _taints(node: Any) -> list[str]:
    return [f"{taint.key}={taint.value or ''}:{taint.effect}" for taint in node.spec.taints or []]
