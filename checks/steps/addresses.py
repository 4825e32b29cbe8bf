"""Addresses: what the nodes' network interfaces hold, and what Pods have of it. EC2's own answers are looked at."""

import time
from collections.abc import Callable
from typing import Any

from kubernetes import client
from pytest_bdd import parsers, then

from checks.addresses import NodeAddresses, node_addresses
from checks.steps.pods import is_running
from eks_labs.checks import CheckFailed
from eks_labs.checks.context import CheckContext

LIMIT = 120.0
"""Seconds for the VPC CNI plugin to attach and fill interfaces: on AWS it takes some twenty for each."""

STILL = 20.0
"""Seconds without a change after which a node's addresses have settled: the plugin looks every five."""

SETTLING = 240.0
"""Seconds for that: an address of a deleted Pod cools down for 30, and an interface lives for 60 at least."""

HINT = "`aws ec2 describe-network-interfaces --filters Name=attachment.instance-id,Values=…` shows them"
WARM_POOL = "WARM_ENI_TARGET, WARM_PREFIX_TARGET, WARM_IP_TARGET and MINIMUM_IP_TARGET of the vpc-cni add-on decide it"


@then(parsers.parse("each node has {count:d} network interfaces"))
@then(parsers.parse("each node has {count:d} network interface"))
def nodes_have_interfaces(lab: CheckContext, count: int) -> None:
    """So many network interfaces are attached to every node's instance."""
    _each_node(lab, lambda node: node.interfaces == count, f"each node has {count} network interfaces")


@then(parsers.parse("each node holds {count:d} addresses"))
def nodes_hold_addresses(lab: CheckContext, count: int) -> None:
    """The interfaces of every node hold so many addresses of the subnet, their own and those for Pods."""
    _each_node(lab, lambda node: node.held == count, f"each node holds {count} addresses")


@then(parsers.parse("each node holds {count:d} prefixes of 16 addresses"))
def nodes_hold_prefixes(lab: CheckContext, count: int) -> None:
    """The interfaces of every node hold so many /28 prefixes, and no single addresses for Pods."""
    _each_node(
        lab,
        lambda node: len(node.prefixes) == count and not node.secondary,
        f"each node holds {count} prefixes and no single addresses for Pods",
    )


@then("each node has prefixes and no single addresses")
def nodes_use_prefixes(lab: CheckContext) -> None:
    """The addresses that every node has for Pods are all in /28 prefixes."""
    _each_node(
        lab,
        lambda node: bool(node.prefixes) and not node.secondary,
        "each node has prefixes, and no single addresses for Pods",
    )


@then(parsers.parse('each Pod with label "{label}" that is Running has an address of its node\'s interfaces'))
def pods_have_node_addresses(lab: CheckContext, label: str) -> None:
    """Kubernetes and EC2 agree: each such Pod has an address that EC2 gave to its node, and no two have the same."""
    pods = client.CoreV1Api(lab.kubernetes()).list_pod_for_all_namespaces(label_selector=label).items
    running = [pod for pod in pods if is_running(pod)]
    expected = f'each running Pod with label "{label}" has an address of its node\'s interfaces'
    if not running:
        raise CheckFailed(expected, "no such Pod runs", f"`kubectl get pods -A -l {label}`")
    addresses = [pod.status.pod_ip for pod in running]
    if len(set(addresses)) < len(addresses):
        raise CheckFailed(expected, "two Pods have the same address", "Pods of the host's network share their node's")

    def strangers(nodes: tuple[NodeAddresses, ...]) -> list[str]:
        holders = {node.node: node for node in nodes}
        return [f"{pod.metadata.name} has {pod.status.pod_ip}" for pod in running if not _is_held(pod, holders)]

    lab.eventually(
        lambda: _observe(lab),
        lambda nodes: not strangers(nodes),
        expected=expected,
        seen=lambda nodes: "; ".join(strangers(nodes)),
        hint=HINT,
        seconds=LIMIT,
    )


@then(parsers.parse("each node has settled on at most {count:d} spare addresses"))
def nodes_settled_spare(lab: CheckContext, count: int) -> None:
    """When nothing has changed for twenty seconds, every node holds at most so many addresses that no Pod uses.

    The interfaces' own addresses do not count.
    """
    expected = f"each node settles on at most {count} spare addresses"
    nodes = _settled(lab, expected)
    wasteful = [str(node) for node in nodes if node.spare > count]
    if wasteful or not nodes:
        raise CheckFailed(expected, "; ".join(wasteful) or "no nodes", WARM_POOL)


def _settled(lab: CheckContext, expected: str) -> tuple[NodeAddresses, ...]:
    """The nodes' addresses once they have stayed the same for `STILL`: on the way there a node may look settled."""
    latest: tuple[NodeAddresses, ...] = ()
    since = time.monotonic()
    still = lab.patience(STILL, share=0.5)

    def still_for(nodes: tuple[NodeAddresses, ...]) -> bool:
        nonlocal latest, since
        if nodes != latest:
            latest, since = nodes, time.monotonic()
        return time.monotonic() - since >= still

    return lab.eventually(
        lambda: _observe(lab),
        still_for,
        expected=expected,
        seen=lambda nodes: "addresses that still change: " + "; ".join(str(node) for node in nodes),
        hint=WARM_POOL,
        seconds=SETTLING,
    )


def _each_node(lab: CheckContext, right: Callable[[NodeAddresses], bool], expected: str) -> None:
    lab.eventually(
        lambda: _observe(lab),
        lambda nodes: bool(nodes) and all(right(node) for node in nodes),
        expected=expected,
        seen=lambda nodes: "; ".join(str(node) for node in nodes if not right(node)) or "no nodes",
        hint=HINT,
        seconds=LIMIT,
    )


def _observe(lab: CheckContext) -> tuple[NodeAddresses, ...]:
    core = client.CoreV1Api(lab.kubernetes())
    return node_addresses(core.list_node().items, core.list_pod_for_all_namespaces().items, lab.aws("ec2"))


def _is_held(pod: Any, holders: dict[str, NodeAddresses]) -> bool:
    node = holders.get(pod.spec.node_name)
    return node is not None and node.offers(pod.status.pod_ip)
