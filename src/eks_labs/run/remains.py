"""Stage: the proof that nothing is left, asked of the AWS API rather than of Terraform."""

from collections.abc import Callable, Sequence
from typing import Any

from eks_labs.targets import Reach

Filters = list[dict[str, Any]]


def in_aws(reach: Reach, cluster: str | None, vpcs: Sequence[str] | None) -> list[str]:
    """What of a lab the AWS API still shows, in words; empty when nothing is left.

    `vpcs` names the lab's VPCs in an account that holds other things too; None when the account is all the lab's.
    """
    ec2 = reach.client("ec2")
    within: Filters = [] if vpcs is None else [{"Name": "vpc-id", "Values": list(vpcs) or ["none"]}]
    lookers: list[Callable[[], list[str]]] = [
        lambda: _clusters(reach.client("eks"), cluster if vpcs is not None else None),
        lambda: _instances(ec2, within),
        lambda: _interfaces(ec2, within),
        lambda: _vpcs(ec2, within),
        lambda: _volumes(ec2, cluster if vpcs is not None else None),
        lambda: _log_groups(reach.client("logs"), cluster if vpcs is not None else None),
    ]
    return [found for look in lookers for found in look()]


def _clusters(eks: Any, only: str | None) -> list[str]:
    names = eks.list_clusters()["clusters"]
    left = []
    for name in names if only is None else [name for name in names if name == only]:
        left.append(f"EKS cluster {name}")
        left += [f"node group {group} of {name}" for group in eks.list_nodegroups(clusterName=name)["nodegroups"]]
    return left


def _instances(ec2: Any, within: Filters) -> list[str]:
    found = ec2.describe_instances(Filters=within)["Reservations"]
    return [
        f"instance {instance['InstanceId']} ({instance['State']['Name']})"
        for reservation in found
        for instance in reservation["Instances"]
        if instance["State"]["Name"] != "terminated"
    ]


def _interfaces(ec2: Any, within: Filters) -> list[str]:
    found = ec2.describe_network_interfaces(Filters=within)["NetworkInterfaces"]
    return [f"network interface {interface['NetworkInterfaceId']}" for interface in found]


def _vpcs(ec2: Any, within: Filters) -> list[str]:
    return [f"VPC {vpc['VpcId']}" for vpc in ec2.describe_vpcs(Filters=within)["Vpcs"] if not vpc.get("IsDefault")]


def _volumes(ec2: Any, cluster: str | None) -> list[str]:
    tagged: Filters = [{"Name": "tag:eks:cluster-name", "Values": [cluster]}] if cluster else []
    return [f"volume {volume['VolumeId']}" for volume in ec2.describe_volumes(Filters=tagged)["Volumes"]]


def _log_groups(logs: Any, cluster: str | None) -> list[str]:
    """EKS makes a cluster's group when there is none, and leaves it behind: Terraform has to have made it before."""
    named = {"logGroupNamePrefix": f"/aws/eks/{cluster}/"} if cluster else {}
    pages = logs.get_paginator("describe_log_groups").paginate(**named)
    return [f"log group {group['logGroupName']}" for page in pages for group in page["logGroups"]]
