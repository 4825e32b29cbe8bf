"""The cluster security group, as EKS makes and removes it."""

import random
from typing import Any

from moto.backends import get_backend

from eks_local.aws.eks.models.cluster import Cluster

DESCRIPTION = (
    "EKS created security group applied to ENI that is attached to EKS Control Plane master nodes, "
    "as well as any managed workloads."
)


def create_security_group(cluster: Cluster) -> str:
    """Make the group that joins control plane and nodes: everything within it, everything out. Returns its id."""
    ec2: Any = get_backend("ec2")[cluster.account][cluster.region]
    name = f"eks-cluster-sg-{cluster.name}-{random.randrange(10**9)}"  # noqa: S311 - a name, not a secret
    vpc_id = cluster.resources_vpc_config.vpc_id
    tags = {
        "Name": name,
        f"kubernetes.io/cluster/{cluster.name}": "owned",
        "aws:eks:cluster-name": cluster.name,
    }
    group = ec2.create_security_group(name, DESCRIPTION, vpc_id=vpc_id, tags=tags)
    ec2.authorize_security_group_ingress(
        group.id, "-1", None, None, [], source_groups=[{"GroupId": group.id}], vpc_id=vpc_id
    )
    return str(group.id)


def delete_security_group(cluster: Cluster) -> None:
    """Remove the group, if it is still there."""
    ec2: Any = get_backend("ec2")[cluster.account][cluster.region]
    group_id = cluster.resources_vpc_config.cluster_security_group_id
    groups = ec2.groups.get(cluster.resources_vpc_config.vpc_id, {})
    if group_id in groups:
        ec2.delete_security_group(group_id=group_id)
