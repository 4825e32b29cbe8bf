"""Pods and what makes them: which run, which wait, and for what."""

from typing import Any

from kubernetes import client
from pytest_bdd import parsers, then

from eks_labs.checks import CheckFailed, true_of_nothing
from eks_labs.checks.context import CheckContext

LIMIT = 120.0
"""Seconds for Pods to reach a state: enough for a node on AWS to pull an image."""


@then(parsers.parse('{count:d} Pods with label "{label}" are Running'))
@then(parsers.parse('{count:d} Pod with label "{label}" is Running'))
def labelled_pods_running(lab: CheckContext, count: int, label: str) -> None:
    """So many Pods with this label run, neither more nor fewer, with all their containers started."""
    _running(lab, count, f'with label "{label}"', label_selector=label)


@then(parsers.parse('{count:d} Pods in namespace "{namespace}" are Running'))
def namespace_pods_running(lab: CheckContext, count: int, namespace: str) -> None:
    """So many Pods of this namespace run, neither more nor fewer."""
    _running(lab, count, f'in namespace "{namespace}"', field_selector=f"metadata.namespace={namespace}")


@then(parsers.parse('{count:d} Pods with label "{label}" are Pending because "{reason}"'))
@then(parsers.parse('{count:d} Pod with label "{label}" is Pending because "{reason}"'))
def labelled_pods_pending(lab: CheckContext, count: int, label: str, reason: str) -> None:
    """So many Pods with this label wait for a node, neither more nor fewer, and the scheduler gives this reason."""

    def accept(pods: list[Any]) -> bool:
        reasons = [_scheduler_says(pod) for pod in pods if _waits_for_node(pod)]
        return len(reasons) == count and all(reason in said for said in reasons)

    def seen(pods: list[Any]) -> str:
        reasons = {_scheduler_says(pod) for pod in pods if _waits_for_node(pod)}
        return "; ".join([_states(pods), *sorted(reasons - {""})])

    lab.eventually(
        lambda: _pods(lab, label_selector=label),
        accept,
        expected=f'{count} Pods with label "{label}" Pending because "{reason}"',
        seen=seen,
        hint=f"`kubectl describe pods -l {label}` shows what the scheduler says of each",
        seconds=LIMIT,
    )


@then(parsers.parse('no Pods with label "{label}" are left'))
@true_of_nothing
def no_pods_left(lab: CheckContext, label: str) -> None:
    """Every Pod with this label is gone, also those that were terminating."""
    lab.eventually(
        lambda: _pods(lab, label_selector=label),
        lambda pods: not pods,
        expected=f'no Pods with label "{label}"',
        seen=_states,
        hint=f"`kubectl get pods -A -l {label}` shows which are left",
        seconds=LIMIT,
    )


@then(parsers.parse('the Deployment "{name}" has {count:d} replicas, all available'))
def deployment_available(lab: CheckContext, name: str, count: int) -> None:
    """The Deployment asks for so many replicas, and they all serve. The name is NAMESPACE/NAME, or one of `default`."""
    expected = f"Deployment {name} with {count} replicas, all available"
    namespace, _, own = name.rpartition("/")
    where = f" -n {namespace}" if namespace else ""
    hint = f"`kubectl{where} describe deployment {own}`, and `kubectl{where} get pods -o wide` for where its Pods are"
    apps = client.AppsV1Api(lab.kubernetes())

    def look() -> list[Any]:
        selector = f"metadata.name={own}"
        return list(apps.list_namespaced_deployment(namespace or "default", field_selector=selector).items)

    wanted = [deployment.spec.replicas for deployment in look()]
    if wanted != [count]:  # nothing but the learner changes this: waiting would be for nothing
        raise CheckFailed(expected, f"it asks for {wanted[0]} replicas" if wanted else f"no Deployment {name}", hint)
    lab.eventually(
        look,
        lambda found: len(found) == 1 and _all_available(found[0], count),
        expected=expected,
        seen=lambda found: f"{(found[0].status.available_replicas or 0) if found else 0} of {count} available",
        hint=hint,
        seconds=LIMIT,
    )


@then(parsers.parse('each Pod with label "{label}" runs on a node with label "{node_label}"'))
def pods_run_on(lab: CheckContext, label: str, node_label: str) -> None:
    """Every Pod with this label has been given a node, and that node has the other label."""

    def look() -> list[str]:
        nodes = client.CoreV1Api(lab.kubernetes()).list_node(label_selector=node_label).items
        names = {node.metadata.name for node in nodes}
        pods = _pods(lab, label_selector=label)
        strays = [f"{pod.metadata.name} on {pod.spec.node_name}" for pod in pods if pod.spec.node_name not in names]
        return strays if pods else ["no such Pods"]

    lab.eventually(
        look,
        lambda strays: not strays,
        expected=f'each Pod with label "{label}" on a node with label "{node_label}"',
        seen=lambda strays: ", ".join(strays[:3]) + (" …" if len(strays) > 3 else ""),
        hint=f"`kubectl get pods -A -o wide -l {label}` and `kubectl get nodes -l {node_label}`",
        seconds=LIMIT,
    )


@then(parsers.parse('the add-on "{name}" is active'))
def addon_active(lab: CheckContext, name: str) -> None:
    """EKS manages this add-on in the lab's cluster, and reports it ACTIVE."""
    eks = lab.aws("eks")

    def status() -> str:
        if name not in eks.list_addons(clusterName=lab.cluster_name)["addons"]:
            return "not installed as an add-on"
        return str(eks.describe_addon(clusterName=lab.cluster_name, addonName=name)["addon"]["status"])

    lab.eventually(
        status,
        lambda seen: seen == "ACTIVE",
        expected=f"the add-on {name} ACTIVE",
        hint=f"`aws eks describe-addon --cluster-name {lab.cluster_name} --addon-name {name}` shows its health",
        seconds=LIMIT,
    )


def is_running(pod: Any) -> bool:
    """Whether all containers of a Pod have started, and it is not on its way out."""
    if pod.status.phase != "Running" or pod.metadata.deletion_timestamp:
        return False
    return all(container.state.running for container in pod.status.container_statuses or [])


def _running(lab: CheckContext, count: int, which: str, **selection: str) -> None:
    lab.eventually(
        lambda: _pods(lab, **selection),
        lambda pods: len([pod for pod in pods if is_running(pod)]) == count,
        expected=f"{count} Pods {which} Running",
        seen=_states,
        hint="`kubectl get pods -A -o wide`, then `kubectl describe pod` of one that does not",
        seconds=LIMIT,
    )


def _pods(lab: CheckContext, **selection: str) -> list[Any]:
    return list(client.CoreV1Api(lab.kubernetes()).list_pod_for_all_namespaces(**selection).items)


def _states(pods: list[Any]) -> str:
    """The states of some Pods as kubectl would say them, counted: `7 Running, 2 Pending`."""
    states = ["Terminating" if pod.metadata.deletion_timestamp else _state(pod) for pod in pods]
    return ", ".join(f"{states.count(state)} {state}" for state in sorted(set(states), reverse=True)) or "no Pods"


def _state(pod: Any) -> str:
    for container in pod.status.container_statuses or []:
        if container.state.waiting and container.state.waiting.reason:
            return str(container.state.waiting.reason)
    return str(pod.status.phase)


def _waits_for_node(pod: Any) -> bool:
    return pod.status.phase == "Pending" and not pod.spec.node_name


def _scheduler_says(pod: Any) -> str:
    """Why the scheduler found no node for a Pod; empty before it has looked."""
    for condition in pod.status.conditions or []:
        if condition.type == "PodScheduled" and condition.reason == "Unschedulable":
            return str(condition.message)
    return ""


def _all_available(deployment: Any, count: int) -> bool:
    status = deployment.status
    observed = (status.observed_generation or 0) >= deployment.metadata.generation
    return observed and status.available_replicas == status.updated_replicas == status.replicas == count
