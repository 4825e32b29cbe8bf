"""The launch template that EKS makes for a managed node group, from the group's settings and the caller's template."""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import yaml

from eks_local.aws.eks.models import Cluster, Nodegroup
from eks_local.kube import cluster_dns
from eks_local.node import user_data
from eks_local.node.user_data import NODE_CONFIG, Part

CLUSTER_TAG = "eks:cluster-name"
#: EKS's spelling of a taint's effect to Kubernetes'.
EFFECTS = {"NO_SCHEDULE": "NoSchedule", "NO_EXECUTE": "NoExecute", "PREFER_NO_SCHEDULE": "PreferNoSchedule"}


@dataclass(frozen=True)
class Inputs:
    """What a template is made of."""

    cluster: Cluster
    group: Nodegroup
    image_id: str
    own: Mapping[str, Any]  # data of the caller's launch template without its user data; empty when there is none
    own_user_data: bytes
    instance_profile: str  # name


def template_data(inputs: Inputs) -> dict[str, Any]:
    """RequestLaunchTemplateData but for the user data. The caller's settings stay unless EKS has to set them."""
    group = inputs.group
    data: dict[str, Any] = deepcopy(dict(inputs.own))
    data["ImageId"] = inputs.own.get("ImageId") or inputs.image_id
    if not data.get("InstanceType"):
        data["InstanceType"] = group.instance_types[0]
    data["IamInstanceProfile"] = {"Name": inputs.instance_profile}
    if not data.get("MetadataOptions"):
        # Pods on the Pod network are one hop further from the metadata service.
        data["MetadataOptions"] = {"HttpTokens": "required", "HttpPutResponseHopLimit": 2}
    if group.disk_size and not data.get("BlockDeviceMappings"):
        volume = {"VolumeSize": group.disk_size, "VolumeType": "gp3", "DeleteOnTermination": True}
        data["BlockDeviceMappings"] = [{"DeviceName": "/dev/xvda", "Ebs": volume}]
    _set_security_groups(data, inputs.cluster.resources_vpc_config.cluster_security_group_id)
    data["TagSpecifications"] = _tag_specifications(inputs)
    return data


def user_data_of(inputs: Inputs) -> bytes:
    """The user data: the caller's with EKS's part behind it. Whoever brings an image brings the whole user data."""
    if inputs.own.get("ImageId"):
        return inputs.own_user_data
    return user_data.merged(inputs.own_user_data, [Part(NODE_CONFIG, _node_config(inputs))])


def instance_tags(cluster: str, group: str) -> dict[str, str]:
    """Tags EKS gives to a group's instances and Auto Scaling group."""
    return {
        CLUSTER_TAG: cluster,
        "eks:nodegroup-name": group,
        f"kubernetes.io/cluster/{cluster}": "owned",
        "k8s.io/cluster-autoscaler/enabled": "true",
        f"k8s.io/cluster-autoscaler/{cluster}": "owned",
    }


def node_labels(group: Nodegroup, image_id: str) -> dict[str, str]:
    """Labels EKS gives to a group's Nodes, then the group's own."""
    labels = {
        "eks.amazonaws.com/nodegroup": group.nodegroup_name,
        "eks.amazonaws.com/nodegroup-image": image_id,
        "eks.amazonaws.com/capacityType": group.capacity_type,
    }
    if template := group.launch_template:
        labels["eks.amazonaws.com/sourceLaunchTemplateId"] = template.id
        labels["eks.amazonaws.com/sourceLaunchTemplateVersion"] = template.version
    return {**labels, **group.labels}


def _node_config(inputs: Inputs) -> str:
    cluster, group = inputs.cluster, inputs.group
    cidr = cluster.kubernetes_network_config.service_ipv4_cidr
    labels = node_labels(group, inputs.image_id)
    config: dict[str, Any] = {"clusterDNS": [cluster_dns(cidr)]}
    if group.taints:
        config["registerWithTaints"] = [
            {"key": taint.key, "value": taint.value or "", "effect": EFFECTS[taint.effect]} for taint in group.taints
        ]
    document = {
        "apiVersion": "node.eks.aws/v1alpha1",
        "kind": "NodeConfig",
        "spec": {
            "cluster": {
                "name": cluster.name,
                "apiServerEndpoint": cluster.endpoint,
                "certificateAuthority": cluster.ca_data,
                "cidr": cidr,
            },
            "kubelet": {
                "config": config,
                "flags": ["--node-labels=" + ",".join(f"{name}={value}" for name, value in labels.items())],
            },
        },
    }
    return "---\n" + yaml.safe_dump(document, sort_keys=False, width=10**6)


def _set_security_groups(data: dict[str, Any], cluster_group: str) -> None:
    """The cluster security group, unless the caller named groups. EC2 takes them on the interface or beside it."""
    named = data.pop("SecurityGroupIds", None) or [cluster_group]
    interfaces = data.setdefault("NetworkInterfaces", [{"DeviceIndex": 0}])
    if not interfaces[0].get("Groups"):
        interfaces[0]["Groups"] = named


def _tag_specifications(inputs: Inputs) -> list[dict[str, Any]]:
    tags = instance_tags(inputs.cluster.name, inputs.group.nodegroup_name)
    given = [deepcopy(spec) for spec in inputs.own.get("TagSpecifications") or () if spec["ResourceType"] != "instance"]
    for spec in inputs.own.get("TagSpecifications") or ():
        if spec["ResourceType"] == "instance":
            tags = {**{tag["Key"]: tag["Value"] for tag in spec["Tags"]}, **tags}
    listed = [{"Key": key, "Value": value} for key, value in tags.items()]
    return [*given, {"ResourceType": "instance", "Tags": listed}]
