"""Health: what becomes of a Pod on its node. Init containers, probes, restarts, requests, and classes of service."""

import time
from typing import Any

from kubernetes import client
from kubernetes.stream import stream
from kubernetes.utils.quantity import parse_quantity
from pytest_bdd import parsers, then, when

from checks.steps.pods import is_running
from eks_labs.checks import CheckFailed
from eks_labs.checks.context import CheckContext

LIMIT = 90.0
"""Seconds for probes to be noticed and containers to be started again, on a busy machine too."""


@when(parsers.parse('I run in the first Pod with label "{label}"'))
def run_in_pod(lab: CheckContext, label: str, docstring: str) -> None:
    """Run the lines between the quotes in a shell in the first container of a Pod: the first that runs, by its name.

    They must succeed.
    """
    core = client.CoreV1Api(lab.kubernetes())
    pods = core.list_pod_for_all_namespaces(label_selector=label).items
    running = sorted(
        (pod for pod in pods if is_running(pod)), key=lambda pod: (pod.metadata.namespace, pod.metadata.name)
    )
    if not running:
        raise CheckFailed(f'a running Pod with label "{label}"', "none", f"`kubectl get pods -A -l {label}`")
    pod = running[0]
    session = stream(
        core.connect_get_namespaced_pod_exec,
        pod.metadata.name,
        pod.metadata.namespace,
        container=pod.spec.containers[0].name,
        command=["sh", "-euc", docstring],
        stdout=True,
        stderr=True,
        _preload_content=False,
    )
    session.run_forever(timeout=30)
    said = " ".join((session.read_stdout() + session.read_stderr()).split())
    if session.returncode != 0:
        expected = f"this to succeed in {pod.metadata.namespace}/{pod.metadata.name}: {' '.join(docstring.split())}"
        raise CheckFailed(expected, said or "it failed without a word", f"`kubectl exec` it yourself, and read {label}")


@then(parsers.parse('{count:d} Pod with label "{label}" waits for its init container "{container}"'))
@then(parsers.parse('{count:d} Pods with label "{label}" wait for their init container "{container}"'))
def wait_for_init(lab: CheckContext, count: int, label: str, container: str) -> None:
    """In so many Pods this init container runs, and no container after it has begun."""

    def waits(pod: Any) -> bool:
        own = [status for status in pod.status.init_container_statuses or [] if status.name == container]
        begun = any(status.state.running for status in pod.status.container_statuses or [])
        return bool(own) and own[0].state.running is not None and not begun

    lab.eventually(
        lambda: _pods(lab, label),
        lambda pods: len([pod for pod in pods if waits(pod)]) == count,
        expected=f'{count} Pods with label "{label}" that wait for the init container {container}',
        seen=_described,
        hint=f"`kubectl describe pods -A -l {label}` shows each init container's state",
        seconds=LIMIT,
    )


@then(parsers.parse('the Service "{name}" sends requests to {count:d} Pods'))
@then(parsers.parse('the Service "{name}" sends requests to {count:d} Pod'))
def service_endpoints(lab: CheckContext, name: str, count: int) -> None:
    """So many addresses in the Service's EndpointSlices are ready. The name is NAMESPACE/NAME, or one of `default`."""
    namespace, _, service = name.rpartition("/")
    selector = f"kubernetes.io/service-name={service}"

    def look() -> list[str]:
        slices = client.DiscoveryV1Api(lab.kubernetes()).list_namespaced_endpoint_slice(
            namespace or "default", label_selector=selector
        )
        endpoints = [endpoint for found in slices.items for endpoint in found.endpoints or []]
        return sorted(address for one in endpoints if one.conditions.ready is not False for address in one.addresses)

    lab.eventually(
        look,
        lambda ready: len(set(ready)) == count,
        expected=f"{count} Pods behind the Service {name}",
        seen=lambda ready: f"{len(set(ready))}: {', '.join(ready)}" if ready else "none",
        hint="A Pod is behind a Service while it is ready, and its readiness probe says when that is; "
        f"`kubectl get endpointslices -A -l {selector} -o yaml` shows it",
        seconds=LIMIT,
    )


@then(parsers.parse('no Pod with label "{label}" has restarted'))
def none_restarted(lab: CheckContext, label: str) -> None:
    """There are such Pods, and every container of theirs is the first: none has ended and been started again."""
    restarts = _restarts(_pods(lab, label))
    restarted = {name: times for name, times in restarts.items() if times}
    if restarted or not restarts:
        raise _restarted(label, "has restarted", restarted)


@then(parsers.parse('no Pod with label "{label}" restarts within {seconds:d} seconds'))
def none_restarts(lab: CheckContext, label: str, seconds: int) -> None:
    """There are such Pods, and watched for so long no container of them ends and is started again."""
    deadline = time.monotonic() + lab.patience(seconds, share=0.5)
    before = _restarts(_pods(lab, label))

    def look() -> dict[str, int]:
        # A Pod that has come meanwhile began with none.
        return {name: times for name, times in _restarts(_pods(lab, label)).items() if times > before.get(name, 0)}

    restarted = before and lab.eventually(
        look,
        lambda found: bool(found) or time.monotonic() > deadline,
        expected=f'no restart of a Pod with label "{label}"',
        seconds=seconds + LIMIT,
    )
    if restarted or not before:
        raise _restarted(label, f"restarts within {seconds} seconds", restarted)


@then(parsers.parse('{count:d} Pod with label "{label}" has restarted'))
@then(parsers.parse('{count:d} Pods with label "{label}" have restarted'))
def some_restarted(lab: CheckContext, count: int, label: str) -> None:
    """In so many of these Pods a container has ended and been started again, and the Pods run."""
    lab.eventually(
        lambda: _pods(lab, label),
        lambda pods: len([pod for pod in pods if _times(pod) and is_running(pod)]) == count,
        expected=f'{count} Pods with label "{label}" restarted',
        seen=_described,
        hint=f"`kubectl describe pods -A -l {label}` shows the liveness probe, and what came of it in the events",
        seconds=LIMIT,
    )


@then(parsers.parse('the Pods with label "{label}" have the QoS class "{qos}"'))
@then(parsers.parse('the Pod with label "{label}" has the QoS class "{qos}"'))
def pods_in_class(lab: CheckContext, label: str, qos: str) -> None:
    """Kubernetes has put all Pods with this label into this class: Guaranteed, Burstable or BestEffort."""
    lab.eventually(
        lambda: [pod for pod in _pods(lab, label) if not pod.metadata.deletion_timestamp],
        lambda pods: bool(pods) and all(pod.status.qos_class == qos for pod in pods),
        expected=f'each Pod with label "{label}" {qos}',
        seen=lambda pods: ", ".join(f"{pod.metadata.name}: {pod.status.qos_class}" for pod in pods) or "no such Pods",
        hint="It follows from the requests and limits of all containers, and init containers count",
        seconds=LIMIT,
    )


@then(parsers.parse('in each Pod with label "{label}" the container "{container}" may use {amount} of {resource}'))
def container_limit(lab: CheckContext, label: str, container: str, amount: str, resource: str) -> None:
    """The container's limit is this amount, however it is written: 1Gi and 1024Mi are the same."""
    pods = [pod for pod in _pods(lab, label) if not pod.metadata.deletion_timestamp]
    limits = {
        pod.metadata.name: str(((one.resources.limits if one.resources else None) or {}).get(resource, "none"))
        for pod in pods
        for one in pod.spec.containers
        if one.name == container
    }
    wrong = [f"{pod}: {limit}" for pod, limit in limits.items() if not _equal(limit, amount)]
    if wrong or len(limits) < max(len(pods), 1):
        raise CheckFailed(
            f'a limit of {amount} of {resource} for the container {container} in each Pod with label "{label}"',
            "; ".join(wrong) or f"{len(pods)} Pods, and {len(limits)} with such a container",
            "resources.limits of the container, or a LimitRange of its namespace",
        )


@then(parsers.parse('the Pods with label "{label}" belong to nobody'))
@then(parsers.parse('the Pod with label "{label}" belongs to nobody'))
def pods_unowned(lab: CheckContext, label: str) -> None:
    """There are such Pods, and none has an owner: no controller would replace it."""

    def look() -> list[str]:
        pods = _pods(lab, label)
        owned = [
            f"{pod.metadata.name} of {owner.name}" for pod in pods for owner in pod.metadata.owner_references or []
        ]
        return owned if pods else ["no such Pods"]

    lab.eventually(
        look,
        lambda owned: not owned,
        expected=f'Pods with label "{label}" without an owner',
        seen=", ".join,
        hint="A ReplicaSet owns the Pods that its selector finds: `kubectl describe pod` says who controls one",
        seconds=LIMIT,
    )


def _restarted(label: str, what: str, restarted: dict[str, int]) -> CheckFailed:
    return CheckFailed(
        f'no Pod with label "{label}" that {what}',
        "; ".join(f"{name}: {times} restarts" for name, times in restarted.items()) or "no such Pods",
        "A liveness probe restarts, and must not ask whether a Pod is warm: `kubectl describe pod` has the probes",
    )


def _restarts(pods: list[Any]) -> dict[str, int]:
    return {pod.metadata.name: _times(pod) for pod in pods}


def _times(pod: Any) -> int:
    return sum(status.restart_count for status in pod.status.container_statuses or [])


def _described(pods: list[Any]) -> str:
    return ", ".join(f"{pod.metadata.name}: {pod.status.phase}, {_times(pod)} restarts" for pod in pods) or "no Pods"


def _equal(one: str, other: str) -> bool:
    try:
        return bool(parse_quantity(one) == parse_quantity(other))
    except ValueError:
        return False


def _pods(lab: CheckContext, label: str) -> list[Any]:
    return list(client.CoreV1Api(lab.kubernetes()).list_pod_for_all_namespaces(label_selector=label).items)
