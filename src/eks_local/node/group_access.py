"""How a node group's role gets into its cluster: an access entry, or a line in the aws-auth ConfigMap."""

import http.client
from typing import Any

import yaml

from eks_local.aws.eks.api.clusters import access_entry_arn
from eks_local.aws.eks.models import AccessEntry, Cluster, Nodegroup
from eks_local.aws.eks.models.store import EksBackend, now
from eks_local.kube import KubeClient, KubeError

_AWS_AUTH = "/api/v1/namespaces/kube-system/configmaps"
NODE_USER = "system:node:{{EC2PrivateDNSName}}"
_GROUPS = ("system:bootstrappers", "system:nodes")


def grant(eks: EksBackend, client: KubeClient, cluster: Cluster, group: Nodegroup) -> None:
    """Let the group's nodes in. Does nothing when they are."""
    if "API" in cluster.access_config.authentication_mode:
        _put_entry(eks, cluster, group.node_role)
    else:
        _change_config_map(client, lambda roles: _with_role(roles, group.node_role))


def revoke(eks: EksBackend, client: KubeClient, cluster: Cluster, group: Nodegroup) -> None:
    """Take the role out again, unless another group of the cluster uses it."""
    others = [other for other in eks.nodegroups.of(cluster.name) if other.nodegroup_name != group.nodegroup_name]
    if any(other.node_role == group.node_role for other in others):
        return
    if "API" in cluster.access_config.authentication_mode:
        entry = eks.access_entries.get(cluster.name, group.node_role)
        if entry and entry.type == "EC2_LINUX":
            eks.access_entries.remove(cluster.name, group.node_role)
    else:
        _change_config_map(client, lambda roles: [role for role in roles if role.get("rolearn") != group.node_role])


def _put_entry(eks: EksBackend, cluster: Cluster, role: str) -> None:
    with eks.lock:
        if eks.access_entries.get(cluster.name, role):
            return
        eks.access_entries.put(
            AccessEntry(
                cluster_name=cluster.name,
                principal_arn=role,
                access_entry_arn=access_entry_arn(cluster, role),
                created_at=now(),
                modified_at=now(),
                username=NODE_USER,
                type="EC2_LINUX",
                kubernetes_groups=("system:nodes",),
            )
        )


def _with_role(roles: list[dict[str, Any]], role: str) -> list[dict[str, Any]]:
    if any(entry.get("rolearn") == role for entry in roles):
        return roles
    return [*roles, {"groups": list(_GROUPS), "rolearn": role, "username": NODE_USER}]


def _change_config_map(client: KubeClient, change: Any) -> None:
    """Change `mapRoles`, leaving everything else of the ConfigMap as it is."""
    found = client.find(f"{_AWS_AUTH}/aws-auth")
    before = yaml.safe_load(((found or {}).get("data") or {}).get("mapRoles", "")) or []
    after = change(before)
    if after == before:
        return
    data = {"mapRoles": yaml.safe_dump(after)}
    if found:
        metadata = {"resourceVersion": found["metadata"]["resourceVersion"]}
        client.patch(f"{_AWS_AUTH}/aws-auth", {"metadata": metadata, "data": data})
        return
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "aws-auth", "namespace": "kube-system"}}
    try:
        client.create(_AWS_AUTH, {**body, "data": data})
    except KubeError as error:
        if error.status != http.client.CONFLICT:
            raise
