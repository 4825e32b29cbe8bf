"""The control plane: its network interfaces, and the logs that it sends to CloudWatch."""

from typing import Any

from kubernetes import client
from pytest_bdd import parsers, then

from eks_labs.checks import true_of_nothing
from eks_labs.checks.context import CheckContext

LIMIT = 120.0
"""Seconds for what the control plane's own state follows from."""
DELIVERY = 600.0
"""Seconds for a log event to arrive: EKS delivers within minutes."""


@then(parsers.parse('no Pod has a container "{names}"'))
@true_of_nothing
def no_container(lab: CheckContext, names: str) -> None:
    """No Pod of any namespace has a container with one of these names, which stand with commas between them."""
    unwanted = _listed(names)

    def look() -> list[str]:
        pods = client.CoreV1Api(lab.kubernetes()).list_pod_for_all_namespaces().items
        return [
            f"{container.name} in {pod.metadata.namespace}/{pod.metadata.name}"
            for pod in pods
            for container in pod.spec.containers
            if container.name in unwanted
        ]

    lab.eventually(
        look,
        lambda found: not found,
        expected=f"no Pod with a container {names}",
        seen=", ".join,
        hint="`kubectl get pods --all-namespaces`",
        seconds=LIMIT,
    )


@then(parsers.parse("the control plane has {count:d} network interfaces in the cluster's subnets"))
def control_plane_interfaces(lab: CheckContext, count: int) -> None:
    """EKS has so many network interfaces for the cluster's control plane, all in subnets that the cluster names."""
    subnets = set(lab.aws("eks").describe_cluster(name=lab.cluster_name)["cluster"]["resourcesVpcConfig"]["subnetIds"])
    lab.eventually(
        lambda: _interfaces(lab),
        lambda found: len(found) == count and all(interface["SubnetId"] in subnets for interface in found),
        expected=f"{count} network interfaces of the control plane in {', '.join(sorted(subnets))}",
        seen=lambda found: ", ".join(f"{i['NetworkInterfaceId']} in {i['SubnetId']}" for i in found) or "none",
        hint=f"`aws ec2 describe-network-interfaces` shows them with the description `Amazon EKS {lab.cluster_name}`",
        seconds=LIMIT,
    )


@then('the Service "kubernetes" leads to the control plane\'s network interfaces')
def service_leads_to_interfaces(lab: CheckContext) -> None:
    """Each address behind the Service `kubernetes` is that of a network interface of the control plane."""

    def look() -> tuple[list[str], list[str]]:
        discovery = client.DiscoveryV1Api(lab.kubernetes())
        slices = discovery.list_namespaced_endpoint_slice(
            "default", label_selector="kubernetes.io/service-name=kubernetes"
        ).items
        behind = [address for each in slices for endpoint in each.endpoints or [] for address in endpoint.addresses]
        return sorted(behind), sorted(interface["PrivateIpAddress"] for interface in _interfaces(lab))

    lab.eventually(
        look,
        lambda found: bool(found[0]) and set(found[0]) <= set(found[1]),
        expected="the Service kubernetes with addresses of the control plane's network interfaces",
        seen=lambda found: f"{', '.join(found[0]) or 'no address'} behind it; interfaces: {', '.join(found[1])}",
        hint="`kubectl get endpointslices`, and `aws ec2 describe-network-interfaces`",
        seconds=LIMIT,
    )


@then(parsers.parse('the logs of the control plane that are on are "{types}"'))
def logs_on(lab: CheckContext, types: str) -> None:
    """EKS sends these types of control plane logs to CloudWatch and no others; commas stand between them."""

    def look() -> set[str]:
        cluster = lab.aws("eks").describe_cluster(name=lab.cluster_name)["cluster"]
        setups = cluster["logging"]["clusterLogging"]
        return {log_type for setup in setups if setup["enabled"] for log_type in setup["types"]}

    lab.eventually(
        look,
        lambda found: found == set(_listed(types)),
        expected=f"control plane logs {types}, and no others",
        seen=lambda found: ", ".join(sorted(found)) or "none",
        hint=f"`aws eks describe-cluster --name {lab.cluster_name} --query cluster.logging`",
        seconds=30,
    )


@then(parsers.parse("the control plane's log group keeps events for {days:d} days"))
def log_group_keeps(lab: CheckContext, days: int) -> None:
    """CloudWatch deletes what is older than so many days from the cluster's log group."""

    def look() -> int | None:
        groups = lab.aws("logs").describe_log_groups(logGroupNamePrefix=_group(lab))["logGroups"]
        return next((group.get("retentionInDays", 0) for group in groups if group["logGroupName"] == _group(lab)), None)

    lab.eventually(
        look,
        lambda found: found == days,
        expected=f"the log group {_group(lab)} with a retention of {days} days",
        seen=lambda found: (
            "no such group" if found is None else f"{found} days" if found else "events that never expire"
        ),
        hint="retention_in_days of aws_cloudwatch_log_group",
        seconds=30,
    )


@then(parsers.parse('the control plane\'s log "{component}" has events'))
def log_has_events(lab: CheckContext, component: str) -> None:
    """A stream COMPONENT-… of the cluster's log group has an event, whatever it says."""
    log_has_event(lab, component, "")


@then(parsers.parse("the control plane's log \"{component}\" has an event that matches '{pattern}'"))
def log_has_event(lab: CheckContext, component: str, pattern: str) -> None:
    """A stream COMPONENT-… of the cluster's log group has an event that matches a filter pattern of CloudWatch.

    Waits for it as long as EKS may take to deliver.
    """
    logs = lab.aws("logs")

    def look() -> tuple[int, list[str]]:
        # A stream's name ends with a hexadecimal number: kube-apiserver-audit-… is not one of kube-apiserver's.
        pages = logs.get_paginator("describe_log_streams").paginate(logGroupName=_group(lab))
        names = [stream["logStreamName"] for page in pages for stream in page["logStreams"]]
        streams = [name for name in names if name.rpartition("-")[0] == component]
        if not streams:
            return 0, names
        pages = logs.get_paginator("filter_log_events").paginate(
            logGroupName=_group(lab), logStreamNames=streams, filterPattern=pattern
        )
        return next((1 for page in pages if page["events"]), 0), names

    lab.eventually(
        look,
        lambda found: found[0] > 0,
        expected=f"an event in {component}-… of {_group(lab)}" + (f" that matches {pattern}" if pattern else ""),
        seen=lambda found: f"no such event; streams: {', '.join(found[1]) or 'none'}",
        hint=f"`aws logs filter-log-events --log-group-name {_group(lab)}` shows what has arrived",
        seconds=DELIVERY if lab.target == "aws" else 30,
    )


def _group(lab: CheckContext) -> str:
    return f"/aws/eks/{lab.cluster_name}/cluster"


def _interfaces(lab: CheckContext) -> list[Any]:
    filters = [{"Name": "description", "Values": [f"Amazon EKS {lab.cluster_name}"]}]
    return list(lab.aws("ec2").describe_network_interfaces(Filters=filters)["NetworkInterfaces"])


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",")]
