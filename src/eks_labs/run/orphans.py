"""What Terraform has made and lost.

A provider that is interrupted in the middle of CreateCluster or CreateNodegroup leaves what the call made, and nothing
of it in Terraform's state. The subnets could then not be deleted for as long as it lives, and on AWS it costs money.
What is in a VPC of the state is the lab's, so it can be told from everything else in the account.
"""

from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eks_labs.events import Bus, Progress
from eks_labs.targets import Reach
from eks_labs.terraform.state import resources

LIMIT = 1200.0
"""Seconds that EKS gets to delete a cluster or a node group."""


@dataclass(frozen=True)
class Known:
    """What a Terraform state knows of, by the ids that Terraform gives."""

    vpcs: frozenset[str]
    clusters: frozenset[str]
    node_groups: frozenset[str]
    """Each as CLUSTER:NODE_GROUP."""


def known_in(state: Path) -> Known:
    """What the state file `state` names; nothing when it cannot be read."""
    ids: dict[str, set[str]] = defaultdict(set)
    for resource in resources(state):
        if resource.attributes.get("id"):
            ids[resource.type].add(str(resource.attributes["id"]))
    return Known(*(frozenset(ids[kind]) for kind in ("aws_vpc", "aws_eks_cluster", "aws_eks_node_group")))


def remove(reach: Reach, known: Known, bus: Bus) -> None:
    """Delete clusters and node groups that are in the state's VPCs but not in the state. Waits for their end."""
    if not known.vpcs:
        return
    eks = reach.client("eks")
    for cluster in eks.list_clusters()["clusters"]:
        if eks.describe_cluster(name=cluster)["cluster"]["resourcesVpcConfig"]["vpcId"] not in known.vpcs:
            continue
        groups = eks.list_nodegroups(clusterName=cluster)["nodegroups"]
        for group in [group for group in groups if f"{cluster}:{group}" not in known.node_groups]:
            _say(bus, f"node group {group} of {cluster}")
            _settle(eks, "nodegroup_active", clusterName=cluster, nodegroupName=group)
            eks.delete_nodegroup(clusterName=cluster, nodegroupName=group)
            _wait(eks, "nodegroup_deleted", clusterName=cluster, nodegroupName=group)
        if cluster not in known.clusters:
            _say(bus, f"cluster {cluster}")
            _settle(eks, "cluster_active", name=cluster)
            eks.delete_cluster(name=cluster)
            _wait(eks, "cluster_deleted", name=cluster)


def _say(bus: Bus, what: str) -> None:
    text = f"{what} is deleted: Terraform was interrupted as it made it, and does not know of it"
    bus(Progress("destroy", text))


def _settle(eks: Any, waiter: str, **names: str) -> None:
    """EKS deletes nothing that it is still creating. What could not be created can be deleted as well."""
    from botocore.exceptions import WaiterError

    with suppress(WaiterError):
        _wait(eks, waiter, **names)


def _wait(eks: Any, waiter: str, **names: str) -> None:
    # A world answers at once; AWS limits how often it may be asked.
    delay = 1 if "127.0.0.1" in eks.meta.endpoint_url else 15
    eks.get_waiter(waiter).wait(**names, WaiterConfig={"Delay": delay, "MaxAttempts": int(LIMIT / delay)})
