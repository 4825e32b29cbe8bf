"""UpdateNodegroupConfig, UpdateNodegroupVersion."""

from collections.abc import Mapping
from typing import Any

from moto.core.responses import ActionResult

from eks_local.aws import seeds
from eks_local.aws.eks.api import node_rules
from eks_local.aws.eks.api.base import EksCalls
from eks_local.aws.eks.api.updates import open_update
from eks_local.aws.eks.errors import InvalidParameter, InvalidRequest, ResourceInUse
from eks_local.aws.eks.models.nodegroup import LaunchTemplateRef, Nodegroup, Taint
from eks_local.aws.eks.models.store import now


class NodegroupUpdateCalls(EksCalls):
    """Changes of a node group: in the record at once, in the world when the update is Successful."""

    def update_nodegroup_config(self) -> ActionResult:
        """Scaling, labels, taints, update config."""
        group, given = self._nodegroup_to_update(), self.params
        labels, taints = given.get("labels") or {}, given.get("taints") or {}
        sizes = node_rules.scaling(given.get("scalingConfig"), group.scaling_config)
        update = node_rules.update_config(given["updateConfig"]) if given.get("updateConfig") else group.update_config
        self._change_nodegroup(
            group,
            scaling_config=sizes,
            labels=_labels(group.labels, labels),
            taints=_taints(group.taints, taints),
            update_config=update,
            node_repair_config=node_rules.repair_config(given.get("nodeRepairConfig")) or group.node_repair_config,
        )
        wanted = given.get("scalingConfig") or {}
        params = {
            "MinSize": _number(wanted.get("minSize")),
            "MaxSize": _number(wanted.get("maxSize")),
            "DesiredSize": _number(wanted.get("desiredSize")),
            "LabelsToAdd": labels.get("addOrUpdateLabels"),
            "LabelsToRemove": labels.get("removeLabels"),
            "TaintsToAdd": taints.get("addOrUpdateTaints"),
            "TaintsToRemove": taints.get("removeTaints"),
            "MaxUnavailable": _number((given.get("updateConfig") or {}).get("maxUnavailable")),
            "MaxUnavailablePercentage": _number((given.get("updateConfig") or {}).get("maxUnavailablePercentage")),
        }
        return open_update(self.backend, group.cluster_name, "ConfigUpdate", params, nodegroup=group.nodegroup_name)

    def update_nodegroup_version(self) -> ActionResult:
        """A newer Kubernetes version, or another version of the launch template: every node is replaced."""
        group, given = self._nodegroup_to_update(), self.params
        cluster = self.backend.find_cluster(group.cluster_name)
        template = self._template(group, given.get("launchTemplate"))
        if group.ami_type == "CUSTOM":
            if given.get("version") or given.get("releaseVersion"):
                raise InvalidParameter("Version cannot be updated for a nodegroup with its own image id")
            version, release = None, group.release_version
        else:
            version = given.get("version") or (group.version if template != group.launch_template else cluster.version)
            if version not in (group.version, cluster.version):
                raise InvalidParameter(
                    f"Requested Nodegroup version {version} is neither its own nor the cluster's {cluster.version}",
                    nodegroup_name=group.nodegroup_name,
                )
            release = seeds.release_version(str(version))
        self._change_nodegroup(group, version=version, release_version=release, launch_template=template)
        params = {
            "Version": version,
            "ReleaseVersion": release if version else None,
            "LaunchTemplateName": template.name if template else None,
            "LaunchTemplateVersion": template.version if template else None,
        }
        return open_update(self.backend, group.cluster_name, "VersionUpdate", params, nodegroup=group.nodegroup_name)

    def _template(self, group: Nodegroup, given: Mapping[str, Any] | None) -> LaunchTemplateRef | None:
        if not given:
            return group.launch_template
        if group.launch_template is None:
            raise InvalidRequest("You cannot add a launch template to a nodegroup that was created without one.")
        template = node_rules.launch_template(self.current_account, self.region, given)
        if template is None or template.id != group.launch_template.id:
            raise InvalidRequest("You cannot change the launch template of a nodegroup, only its version.")
        return template

    def _nodegroup_to_update(self) -> Nodegroup:
        cluster = self.backend.find_cluster(self.params["clusterName"])
        group = self.backend.nodegroups.find(cluster.name, self.params["nodegroupName"])
        if group.status not in ("ACTIVE", "DEGRADED"):
            raise ResourceInUse(
                f"Nodegroup cannot be updated as it is currently not in Active State, it is {group.status}",
                cluster_name=cluster.name,
                nodegroup_name=group.nodegroup_name,
            )
        return group

    def _change_nodegroup(self, group: Nodegroup, **fields: Any) -> None:
        self.backend.change_nodegroup(
            group.cluster_name, group.nodegroup_name, status="UPDATING", modified_at=now(), **fields
        )


def _labels(before: Mapping[str, str], given: Mapping[str, Any]) -> dict[str, str]:
    kept = {key: value for key, value in before.items() if key not in (given.get("removeLabels") or ())}
    return {**kept, **(given.get("addOrUpdateLabels") or {})}


def _taints(before: tuple[Taint, ...], given: Mapping[str, Any]) -> tuple[Taint, ...]:
    """A taint is known by key and effect; adding one that is there replaces its value."""
    added = node_rules.taints(given.get("addOrUpdateTaints") or ())
    removed = node_rules.taints(given.get("removeTaints") or ())
    gone = {(taint.key, taint.effect) for taint in (*added, *removed)}
    return (*(taint for taint in before if (taint.key, taint.effect) not in gone), *added)


def _number(value: int | None) -> str | None:
    return None if value is None else str(value)
