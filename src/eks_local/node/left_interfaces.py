"""Network interfaces that the VPC CNI of a node left behind: EKS deletes them once the instance is gone.

The CNI deletes its interfaces itself, but not when its node ends at the wrong moment, or when it lost the answer to its
AttachNetworkInterface. One that is left holds its subnet and the cluster's security group. EKS's VPC resource
controller looks for them by the CNI's tag: https://github.com/aws/amazon-vpc-resource-controller-k8s.
"""

import logging
from collections.abc import Collection, Iterable

from eks_local.aws.state import AwsState
from eks_local.aws.views import NetworkInterface

log = logging.getLogger(__name__)

_TAG = "node.k8s.amazonaws.com/instance_id"


def left(interfaces: Iterable[NetworkInterface], up: Collection[str]) -> list[str]:
    """Ids of those that a CNI made for an instance which is not `up` any more, and that nothing uses."""
    return [
        interface.id
        for interface in interfaces
        if interface.status == "available" and _TAG in interface.tags and interface.tags[_TAG] not in up
    ]


def remove(aws: AwsState, up: Collection[str]) -> bool:
    """Delete them; whether there were any."""
    found = left(aws.network_interfaces(), up)
    for interface in found:
        log.info("network interface %s was left behind by its node: deleted", interface)
        aws.ec2().delete_network_interface(interface)
    return bool(found)
