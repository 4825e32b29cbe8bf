"""Placement: which nodes Pods are let on, and which Pods a node lets in. Rules are looked at, and where Pods are."""

from typing import Any

from kubernetes import client
from pytest_bdd import parsers, then

from checks.placement import lets_on, repelling
from eks_labs.checks import CheckFailed
from eks_labs.checks.context import CheckContext

LIMIT = 60.0
"""Seconds for Pods to be where they belong: a Deployment's old Pods may take thirty to go."""


@then(parsers.parse('no two Pods with label "{label}" share a node'))
def pods_are_apart(lab: CheckContext, label: str) -> None:
    """Of the Pods with this label that have been given a node, each has one of its own."""

    def look() -> list[str]:
        pods = client.CoreV1Api(lab.kubernetes()).list_pod_for_all_namespaces(label_selector=label).items
        return sorted(pod.spec.node_name for pod in pods if pod.spec.node_name)

    lab.eventually(
        look,
        lambda nodes: bool(nodes) and len(set(nodes)) == len(nodes),
        expected=f'each Pod with label "{label}" on a node of its own',
        seen=lambda nodes: f"their nodes are {', '.join(nodes)}" if nodes else "no such Pods have a node",
        hint=f"`kubectl get pods -A -o wide -l {label}`",
        seconds=LIMIT,
    )


@then(parsers.parse('Pods with label "{label}" are let on nodes with label "{node_label}" and on no others'))
def pods_are_let_on(lab: CheckContext, label: str, node_label: str) -> None:
    """By the Pods' nodeSelector, required node affinity and tolerations, and by the nodes' taints.

    Where the Pods are now is not looked at: the next one may go elsewhere.
    """

    def look() -> list[str]:
        pods, nodes = _pods(lab, label), _nodes(lab)
        members = _names(lab, node_label)
        if not pods or not members:
            return [f"no such {'nodes' if pods else 'Pods'}"]
        return [_wrong(pod, node, node_label) for pod in pods for node in nodes if _is_wrong(pod, node, members)]

    lab.eventually(
        look,
        lambda wrong: not wrong,
        expected=f'Pods with label "{label}" that may run on nodes with label "{node_label}", and on no others',
        seen=lambda wrong: wrong[0],
        hint="A nodeSelector or required node affinity takes Pods to nodes; tolerations let them on tainted ones",
        seconds=LIMIT,
    )


@then(parsers.parse('each node with label "{label}" has a taint that keeps Pods out'))
def nodes_keep_out(lab: CheckContext, label: str) -> None:
    """Every node with this label has a taint NoSchedule or NoExecute, whatever its key and value are."""
    nodes = client.CoreV1Api(lab.kubernetes()).list_node(label_selector=label).items
    open_ = [node.metadata.name for node in nodes if not repelling(node)]
    if open_ or not nodes:  # nodes get their taints when they join: waiting would be for nothing
        raise CheckFailed(
            f'each node with label "{label}" with a taint that keeps Pods out',
            f"none on {', '.join(open_)}" if open_ else "no such nodes",
            "`taints` of the node group in Terraform: a taint set with kubectl goes with its node",
        )


@then(parsers.parse('Pods with label "{label}" are alone on the nodes with label "{node_label}"'))
def pods_are_alone(lab: CheckContext, label: str, node_label: str) -> None:
    """There are such Pods and such nodes, and no other Pods run on those nodes.

    DaemonSets' Pods do not count: they are on every node.
    """

    def look() -> list[str]:
        members, own = _names(lab, node_label), {pod.metadata.uid for pod in _pods(lab, label)}
        if not own or not members:
            return [f"no such {'nodes' if own else 'Pods'}"]
        pods = client.CoreV1Api(lab.kubernetes()).list_pod_for_all_namespaces().items
        return [
            f"{pod.metadata.namespace}/{pod.metadata.name}"
            for pod in pods
            if pod.spec.node_name in members and pod.metadata.uid not in own and not _of_daemonset(pod)
        ]

    lab.eventually(
        look,
        lambda others: not others,
        expected=f'no other Pods than those with label "{label}" on nodes with label "{node_label}"',
        seen=lambda others: ", ".join(others[:3]) + (" …" if len(others) > 3 else ""),
        hint="A node group's taint is there before the first Pod is; `kubectl describe node` lists a node's Pods",
        seconds=LIMIT,
    )


def _is_wrong(pod: Any, node: Any, members: set[str]) -> bool:
    return lets_on(pod.spec, node) != (node.metadata.name in members)


def _wrong(pod: Any, node: Any, node_label: str) -> str:
    labelled = node_label in [f"{key}={value}" for key, value in (node.metadata.labels or {}).items()]
    may, has = ("may not", "has") if labelled else ("may", "does not have")
    return f"{pod.metadata.name} {may} run on {node.metadata.name}, which {has} that label"


def _pods(lab: CheckContext, label: str) -> list[Any]:
    """The Pods with a label, without those that are on their way out."""
    pods = client.CoreV1Api(lab.kubernetes()).list_pod_for_all_namespaces(label_selector=label).items
    return [pod for pod in pods if not pod.metadata.deletion_timestamp]


def _nodes(lab: CheckContext) -> list[Any]:
    return list(client.CoreV1Api(lab.kubernetes()).list_node().items)


def _names(lab: CheckContext, label: str) -> set[str]:
    nodes = client.CoreV1Api(lab.kubernetes()).list_node(label_selector=label).items
    return {node.metadata.name for node in nodes}


def _of_daemonset(pod: Any) -> bool:
    return any(owner.kind == "DaemonSet" for owner in pod.metadata.owner_references or [])
