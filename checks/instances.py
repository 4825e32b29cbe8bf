"""The instances of a cluster's managed node groups, as EC2 knows them: Kubernetes may be out of reach just now."""

from eks_labs.checks import CheckFailed
from eks_labs.checks.context import CheckContext


def first_node(lab: CheckContext) -> str:
    """The id of a running instance of the cluster's managed node groups, always the same one while it runs."""
    filters = [
        {"Name": "tag:eks:cluster-name", "Values": [lab.cluster_name]},
        {"Name": "instance-state-name", "Values": ["running"]},
    ]
    found = lab.aws("ec2").describe_instances(Filters=filters)["Reservations"]
    ids = [str(instance["InstanceId"]) for reservation in found for instance in reservation["Instances"]]
    if not ids:
        raise CheckFailed("a running node", "none", "`aws eks describe-nodegroup` shows what keeps them")
    return min(ids)
