"""CreateNodegroup, DescribeNodegroup, ListNodegroups, DeleteNodegroup."""

import uuid
from collections.abc import Mapping
from typing import Any

from moto.backends import get_backend
from moto.core.responses import ActionResult

from eks_local.aws import seeds
from eks_local.aws.eks.api import checks
from eks_local.aws.eks.api.base import EksCalls, tags_of, texts
from eks_local.aws.eks.api.node_rules import launch_template, repair_config, scaling, taints, update_config
from eks_local.aws.eks.errors import InvalidParameter, InvalidRequest, ResourceInUse
from eks_local.aws.eks.models.cluster import Cluster
from eks_local.aws.eks.models.nodegroup import LaunchTemplateRef, Nodegroup, RemoteAccess, Scaling
from eks_local.aws.eks.models.store import now

DEFAULT_TYPE = "t3.medium"
DEFAULT_DISK = 20  # GiB
DEFAULT_AMI = "AL2023_x86_64_STANDARD"


class NodegroupCalls(EksCalls):
    """Node groups from birth to death; changes in between are in `nodegroup_updates`."""

    def create_nodegroup(self) -> ActionResult:
        """Check, and record a group that is CREATING."""
        given = self.params
        cluster = self.backend.find_cluster(given["clusterName"])
        name = given["nodegroupName"]
        checks.nodegroup_name(name)
        if self.backend.nodegroups.get(cluster.name, name):
            raise ResourceInUse(
                f"NodeGroup already exists with name {name} and cluster name {cluster.name}",
                cluster_name=cluster.name,
                nodegroup_name=name,
            )
        if cluster.status not in ("ACTIVE", "UPDATING"):
            raise InvalidRequest(f"Cluster '{cluster.name}' is not in ACTIVE status", cluster_name=cluster.name)
        nodegroup = self._new_nodegroup(cluster, name, given)
        return ActionResult({"nodegroup": self.backend.nodegroups.put(nodegroup)})

    def describe_nodegroup(self) -> ActionResult:
        """The group's record."""
        return ActionResult({"nodegroup": self._nodegroup()})

    def list_nodegroups(self) -> ActionResult:
        """Names, sorted."""
        name = self.params["clusterName"]
        self.backend.find_cluster(name)
        return self.page("nodegroups", sorted(group.nodegroup_name for group in self.backend.nodegroups.of(name)))

    def delete_nodegroup(self) -> ActionResult:
        """Record that the group is to go; it is forgotten once its instances have ended."""
        nodegroup = self._nodegroup()
        gone = self.backend.change_nodegroup(nodegroup.cluster_name, nodegroup.nodegroup_name, status="DELETING")
        return ActionResult({"nodegroup": gone})

    def _nodegroup(self) -> Nodegroup:
        cluster = self.backend.find_cluster(self.params["clusterName"])
        return self.backend.nodegroups.find(cluster.name, self.params["nodegroupName"])

    def _new_nodegroup(self, cluster: Cluster, name: str, given: Mapping[str, Any]) -> Nodegroup:
        checks.role(self.current_account, given["nodeRole"], "ec2", "nodeRole")
        self._check_subnets(cluster, texts(given["subnets"]))
        template = launch_template(self.current_account, self.region, given.get("launchTemplate"))
        data = self._template_data(template)
        _check_template(given, data)
        own_image = bool(data.get("ImageId"))
        version = _version(cluster, given.get("version"), own_image)
        unique = str(uuid.uuid4())
        types = texts(given.get("instanceTypes")) or (() if data.get("InstanceType") else (DEFAULT_TYPE,))
        return Nodegroup(
            nodegroup_name=name,
            nodegroup_arn=self.arn(f"nodegroup/{cluster.name}/{name}/{unique}"),
            cluster_name=cluster.name,
            version=None if own_image else version,
            release_version=_release(version, given, data),
            created_at=now(),
            modified_at=now(),
            status="CREATING",
            capacity_type=given.get("capacityType") or "ON_DEMAND",
            scaling_config=scaling(given.get("scalingConfig"), Scaling(1, 2, 2)),
            subnets=texts(given["subnets"]),
            ami_type="CUSTOM" if own_image else _ami_type(given.get("amiType")),
            node_role=given["nodeRole"],
            instance_types=types,
            disk_size=None if template else given.get("diskSize") or DEFAULT_DISK,
            labels=dict(given.get("labels") or {}),
            taints=taints(given.get("taints") or ()),
            update_config=update_config(given.get("updateConfig")),
            remote_access=_remote_access(given.get("remoteAccess")),
            node_repair_config=repair_config(given.get("nodeRepairConfig")),
            launch_template=template,
            tags=tags_of(given),
            unique_id=unique,
        )

    def _check_subnets(self, cluster: Cluster, ids: tuple[str, ...]) -> None:
        found = checks.subnets(self.current_account, self.region, ids)
        if not found:
            raise InvalidParameter("Subnets cannot be empty", cluster_name=cluster.name)
        if found[0].vpc_id != cluster.resources_vpc_config.vpc_id:
            raise InvalidParameter("Subnets are not in the same VPC as the cluster", cluster_name=cluster.name)

    def _template_data(self, template: LaunchTemplateRef | None) -> Mapping[str, Any]:
        if template is None:
            return {}
        ec2: Any = get_backend("ec2")[self.current_account][self.region]
        data: Mapping[str, Any] = ec2.get_launch_template(template.id).get_version(template.version).data
        return data


def _check_template(given: Mapping[str, Any], data: Mapping[str, Any]) -> None:
    """EKS's rules for what a launch template and a node group may each say."""
    if given.get("launchTemplate") is None:
        return
    if given.get("remoteAccess"):
        raise InvalidParameter("Remote access configuration cannot be specified with a launch template.")
    if given.get("diskSize"):
        raise InvalidParameter("Disk size must be specified within the launch template.")
    if data.get("IamInstanceProfile"):
        raise InvalidParameter("Launch template should not specify an instance profile. The noderole will be used.")
    if data.get("InstanceType") and given.get("instanceTypes"):
        raise InvalidParameter(
            "Instance types in launch template and the nodegroup can't both be specified: leave one out."
        )
    if any(interface.get("SubnetId") for interface in data.get("NetworkInterfaces") or ()):
        raise InvalidParameter("Launch template should not specify a subnet.")
    if data.get("ImageId") and given.get("amiType") not in (None, "CUSTOM"):
        raise InvalidParameter("You cannot specify an image id within the launch template and an AMI type.")
    if data.get("ImageId") and (given.get("version") or given.get("releaseVersion")):
        raise InvalidParameter("You cannot specify a Kubernetes version when an image id is in the launch template.")


def _version(cluster: Cluster, wanted: str | None, own_image: bool) -> str:
    """A group is of the cluster's version or older, by at most three minor versions."""
    if own_image or not wanted:
        return cluster.version
    major, _, minor = cluster.version.partition(".")
    allowed = [f"{major}.{int(minor) - back}" for back in range(4)]
    if wanted not in allowed:
        raise InvalidParameter(
            f"Requested Nodegroup version {wanted} is not within the range of cluster version {cluster.version}",
            cluster_name=cluster.name,
        )
    return wanted


def _release(version: str, given: Mapping[str, Any], data: Mapping[str, Any]) -> str:
    if data.get("ImageId"):
        return str(data["ImageId"])
    newest = seeds.release_version(version)
    wanted = given.get("releaseVersion") or newest
    if wanted != newest:
        raise InvalidParameter(f"Requested release version {wanted} is not valid for kubernetes version {version}.")
    return wanted


def _ami_type(wanted: str | None) -> str:
    if wanted not in (None, DEFAULT_AMI):
        raise InvalidParameter(f"The local EKS has images of type {DEFAULT_AMI} only, not {wanted}")
    return DEFAULT_AMI


def _remote_access(given: Mapping[str, Any] | None) -> RemoteAccess | None:
    if not given:
        return None
    return RemoteAccess(given.get("ec2SshKey"), texts(given.get("sourceSecurityGroups")))
