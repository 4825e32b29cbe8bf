"""The tree of metadata: a plain function of a snapshot. Paths and formats: EC2 user guide, "Instance metadata"."""

import json
from collections.abc import Callable, Mapping
from typing import TypeAlias

from eks_local.aws import views
from eks_local.imds.snapshot import Interface, Snapshot

Node: TypeAlias = "str | bytes | Callable[[], str] | Mapping[str, Node]"
"""A value, a value made when asked for, or a folder. Branches whose value is empty are left out."""

FIRST_VERSIONS = (
    "1.0",
    "2007-01-19",
    "2016-09-02",
    "2018-09-24",
    "2019-10-01",
    "2020-10-27",
    "2021-07-15",
    "2024-04-11",
)


def tree(snapshot: Snapshot, credentials: Callable[[str], str]) -> Mapping[str, Node]:
    """Everything below a version; `credentials` gives the document of a role's ARN."""
    return _without_gaps(
        {
            "dynamic": {"instance-identity": {"document": _identity(snapshot)}},
            "meta-data": _meta_data(snapshot, credentials),
            "user-data": snapshot.instance.user_data,
        }
    )


def find(root: Mapping[str, Node], path: str) -> bytes | None:
    """The value at `path`, the listing when it is a folder, None when there is nothing.

    A listing has one name a line; folders end with a slash.
    """
    node: Node = root
    for step in filter(None, path.split("/")):
        if not isinstance(node, Mapping) or step not in node:
            return None
        node = node[step]
    if isinstance(node, Mapping):
        names = (f"{name}/" if isinstance(child, Mapping) else name for name, child in sorted(node.items()))
        return "\n".join(names).encode()
    value = node() if callable(node) else node
    return value if isinstance(value, bytes) else value.encode()


def _meta_data(snapshot: Snapshot, credentials: Callable[[str], str]) -> Mapping[str, Node]:
    instance, eni = snapshot.instance, snapshot.primary.eni
    return {
        "ami-id": instance.image_id,
        "ami-launch-index": "0",
        "ami-manifest-path": "(unknown)",
        "autoscaling": {"target-lifecycle-state": "InService" if instance.auto_scaling_group else ""},
        "block-device-mapping": {"ami": "/dev/xvda", "root": "/dev/xvda"},
        "events": {"maintenance": {"history": "[]", "scheduled": "[]"}},
        "hibernation": {"configured": "false"},
        "hostname": instance.private_dns_name,
        "iam": _iam(snapshot.profile, instance, credentials),
        "instance-action": "none",
        "instance-id": instance.id,
        "instance-life-cycle": "spot" if instance.is_spot else "on-demand",
        "instance-type": instance.type,
        "local-hostname": instance.private_dns_name,
        "local-ipv4": eni.private_ip,
        "mac": eni.mac,
        "network": {"interfaces": {"macs": {i.eni.mac: _interface(i, snapshot) for i in snapshot.interfaces}}},
        "placement": _placement(snapshot),
        "profile": "default-hvm",
        "public-hostname": instance.public_dns_name or "",
        "public-ipv4": eni.public_ip or "",
        "reservation-id": instance.reservation_id or "",
        "security-groups": "\n".join(group.name for group in snapshot.primary.groups),
        "services": {"domain": "amazonaws.com", "partition": "aws"},
        "system": "nitro",
        "tags": {"instance": _tags(instance)},
    }


def _tags(instance: views.Instance) -> Mapping[str, Node]:
    # EC2 shows no tag whose key would not be one step of a path.
    shown = instance.tags.items() if instance.metadata.instance_tags else ()
    return {key: value for key, value in shown if "/" not in key and " " not in key}


def _placement(snapshot: Snapshot) -> Mapping[str, Node]:
    return {
        "availability-zone": snapshot.instance.zone,
        "availability-zone-id": snapshot.primary.subnet.zone_id,
        "region": snapshot.region,
    }


def _iam(
    profile: views.InstanceProfile | None, instance: views.Instance, credentials: Callable[[str], str]
) -> Mapping[str, Node]:
    if profile is None:
        return {}
    info = {
        "Code": "Success",
        "LastUpdated": f"{instance.launch_time:%Y-%m-%dT%H:%M:%SZ}",
        "InstanceProfileArn": profile.arn,
        "InstanceProfileId": profile.id,
    }
    role = profile.role_arn
    keys: Mapping[str, Node] = {role.rpartition("/")[2]: lambda: credentials(role)} if role else {}
    return {"info": json.dumps(info, indent=2), "security-credentials": keys}


def _interface(interface: Interface, snapshot: Snapshot) -> Mapping[str, Node]:
    eni, subnet, vpc = interface.eni, interface.subnet, interface.vpc
    primary = eni.device_index == 0
    return {
        "device-number": str(eni.device_index),
        "interface-id": eni.id,
        "ipv4-associations": {eni.public_ip: eni.private_ip} if eni.public_ip else {},
        "ipv4-prefix": "\n".join(eni.prefixes),
        "local-hostname": snapshot.instance.private_dns_name if primary else "",
        "local-ipv4s": "\n".join((eni.private_ip, *eni.secondary_ips)),
        "mac": eni.mac,
        "owner-id": snapshot.account,
        "public-hostname": (snapshot.instance.public_dns_name or "") if primary else "",
        "public-ipv4s": eni.public_ip or "",
        "security-group-ids": "\n".join(group.id for group in interface.groups),
        "security-groups": "\n".join(group.name for group in interface.groups),
        "subnet-id": subnet.id,
        "subnet-ipv4-cidr-block": subnet.cidr,
        "vpc-id": vpc.id,
        "vpc-ipv4-cidr-block": vpc.cidr,
        "vpc-ipv4-cidr-blocks": "\n".join(vpc.cidrs),
    }


def _identity(snapshot: Snapshot) -> str:
    instance = snapshot.instance
    document = {
        "accountId": snapshot.account,
        "architecture": snapshot.architecture,
        "availabilityZone": instance.zone,
        "billingProducts": None,
        "devpayProductCodes": None,
        "marketplaceProductCodes": None,
        "imageId": instance.image_id,
        "instanceId": instance.id,
        "instanceType": instance.type,
        "kernelId": None,
        "pendingTime": f"{instance.launch_time:%Y-%m-%dT%H:%M:%SZ}",
        "privateIp": snapshot.primary.eni.private_ip,
        "ramdiskId": None,
        "region": snapshot.region,
        "version": "2017-09-30",
    }
    return json.dumps(document, indent=2)


def _without_gaps(branch: Mapping[str, Node]) -> Mapping[str, Node]:
    pruned: dict[str, Node] = {}
    for name, node in branch.items():
        child = _without_gaps(node) if isinstance(node, Mapping) else node
        if child or callable(child):
            pruned[name] = child
    return pruned
