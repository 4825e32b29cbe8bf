"""Access entries and the access policies associated with them."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from moto.core.responses import ActionResult

from eks_local.aws.eks import access_policies
from eks_local.aws.eks.api.base import EksCalls, tags_of, texts
from eks_local.aws.eks.api.clusters import access_entry_arn
from eks_local.aws.eks.errors import InvalidParameter, InvalidRequest, ResourceInUse, ResourceNotFound
from eks_local.aws.eks.models.access import AccessEntry, AccessScope, AssociatedPolicy
from eks_local.aws.eks.models.cluster import Cluster
from eks_local.aws.eks.models.store import now

_PRINCIPAL = re.compile(r"^arn:aws[a-z-]*:iam::\d{12}:(user|role|root)(/.+)?$")
_NODE_GROUPS = {
    "EC2_LINUX": ("system:nodes",),
    "EC2_WINDOWS": ("system:nodes", "eks:kube-proxy-windows"),
    "FARGATE_LINUX": ("system:nodes",),
    "EC2": (),
    "HYBRID_LINUX": ("system:nodes",),
    "HYPERPOD_LINUX": ("system:nodes",),
}
_RESERVED = ("system:", "eks:", "aws:", "amazon:", "iam:")


class AccessCalls(EksCalls):
    """Who may do what in a cluster. In effect at once."""

    def create_access_entry(self) -> ActionResult:
        """A principal becomes known to the cluster."""
        given, cluster = self.params, self._cluster_with_entries()
        arn = given["principalArn"]
        if not _PRINCIPAL.match(arn):
            raise InvalidParameter(f"The principalArn parameter format is not valid: {arn}", cluster_name=cluster.name)
        if self.backend.access_entries.get(cluster.name, arn):
            raise ResourceInUse(
                "The specified access entry resource is already in use on this cluster.", cluster_name=cluster.name
            )
        kind = given.get("type") or "STANDARD"
        if kind != "STANDARD" and kind not in _NODE_GROUPS:
            raise InvalidParameter(f"The type {kind} is not valid for an access entry.", cluster_name=cluster.name)
        groups = texts(given.get("kubernetesGroups"))
        username = given.get("username")
        if kind != "STANDARD" and (groups or username):
            raise InvalidRequest(f"username and kubernetesGroups cannot be set for type {kind}")
        _check_groups(groups)
        entry = AccessEntry(
            cluster_name=cluster.name,
            principal_arn=arn,
            access_entry_arn=access_entry_arn(cluster, arn),
            created_at=now(),
            modified_at=now(),
            username=_username(kind, arn, username, cluster),
            type=kind,
            kubernetes_groups=_NODE_GROUPS.get(kind, groups),
            tags=tags_of(given),
        )
        return ActionResult({"accessEntry": self.backend.access_entries.put(entry)})

    def describe_access_entry(self) -> ActionResult:
        """One entry."""
        return ActionResult({"accessEntry": self._entry()})

    def list_access_entries(self) -> ActionResult:
        """Principal ARNs, sorted; filter: associatedPolicyArn."""
        cluster = self._cluster_with_entries()
        policy = self.params.get("associatedPolicyArn")
        entries = self.backend.access_entries.of(cluster.name)
        return self.page(
            "accessEntries",
            sorted(
                entry.principal_arn
                for entry in entries
                if not policy or policy in {given.policy_arn for given in entry.policies}
            ),
        )

    def update_access_entry(self) -> ActionResult:
        """Other groups, another username."""
        entry, given = self._entry(), self.params
        if entry.type != "STANDARD":
            raise InvalidRequest(f"An access entry of type {entry.type} cannot be updated.")
        groups = entry.kubernetes_groups
        if given.get("kubernetesGroups") is not None:
            groups = texts(given["kubernetesGroups"])
        _check_groups(groups)
        changed = replace(
            entry, kubernetes_groups=groups, username=given.get("username") or entry.username, modified_at=now()
        )
        return ActionResult({"accessEntry": self.backend.access_entries.put(changed)})

    def delete_access_entry(self) -> ActionResult:
        """The principal is unknown again."""
        entry = self._entry()
        self.backend.access_entries.remove(entry.cluster_name, entry.principal_arn)
        return ActionResult({})

    def associate_access_policy(self) -> ActionResult:
        """Give a policy to an entry, or change its scope."""
        entry, given = self._entry(), self.params
        arn = given["policyArn"]
        if arn not in access_policies.ARNS:
            raise InvalidParameter(f"The policyArn parameter format is not valid: {arn}")
        if entry.type != "STANDARD":
            raise InvalidRequest(f"Access policies cannot be associated with an access entry of type {entry.type}.")
        scope = _scope(given["accessScope"])
        before = next((policy for policy in entry.policies if policy.policy_arn == arn), None)
        policy = AssociatedPolicy(arn, scope, before.associated_at if before else now(), now())
        others = tuple(other for other in entry.policies if other.policy_arn != arn)
        self.backend.access_entries.put(replace(entry, policies=(*others, policy)))
        return ActionResult(
            {
                "clusterName": entry.cluster_name,
                "principalArn": entry.principal_arn,
                "associatedAccessPolicy": policy,
            }
        )

    def disassociate_access_policy(self) -> ActionResult:
        """Take a policy from an entry."""
        entry, arn = self._entry(), unquote(self.params["policyArn"])
        left = tuple(policy for policy in entry.policies if policy.policy_arn != arn)
        if len(left) == len(entry.policies):
            raise ResourceNotFound(
                f"The access policy {arn} is not associated with {entry.principal_arn}.",
                cluster_name=entry.cluster_name,
            )
        self.backend.access_entries.put(replace(entry, policies=left))
        return ActionResult({})

    def list_associated_access_policies(self) -> ActionResult:
        """The policies of an entry."""
        entry = self._entry()
        answer = self.page("associatedAccessPolicies", entry.policies)
        names = {"clusterName": entry.cluster_name, "principalArn": entry.principal_arn}
        return ActionResult({**_result(answer), **names})

    def list_access_policies(self) -> ActionResult:
        """The policies there are."""
        return self.page(
            "accessPolicies", [{"name": arn.rpartition("/")[2], "arn": arn} for arn in access_policies.ARNS]
        )

    def _cluster_with_entries(self) -> Cluster:
        cluster = self.backend.find_cluster(self.params["clusterName"])
        if cluster.access_config.authentication_mode == "CONFIG_MAP":
            raise InvalidRequest(
                "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] to perform this "
                "operation.",
                cluster_name=cluster.name,
            )
        return cluster

    def _entry(self) -> AccessEntry:
        cluster = self._cluster_with_entries()
        return self.backend.access_entries.find(cluster.name, unquote(self.params["principalArn"]))


def _username(kind: str, arn: str, given: str | None, cluster: Cluster) -> str:
    """EKS's default: the ARN of a user, the assumed-role ARN with the session's name for a role."""
    if kind == "STANDARD" and given:
        return given
    if kind in ("EC2_LINUX", "EC2_WINDOWS", "EC2"):
        return "system:node:{{EC2PrivateDNSName}}"
    if kind != "STANDARD":
        return "system:node:{{SessionName}}"
    if ":role/" in arn:
        name = arn.rpartition("/")[2]
        return f"arn:aws:sts::{cluster.account}:assumed-role/{name}/{{{{SessionName}}}}"
    return arn


def _check_groups(groups: Iterable[str]) -> None:
    for group in groups:
        if group.startswith(_RESERVED):
            raise InvalidParameter(f"The kubernetes group name {group} is invalid, it cannot start with {_RESERVED}")


def _scope(given: Mapping[str, Any]) -> AccessScope:
    kind, namespaces = given.get("type") or "cluster", texts(given.get("namespaces"))
    if kind == "cluster" and namespaces:
        raise InvalidParameter("The namespaces parameter must be empty when the access scope is cluster.")
    if kind == "namespace" and not namespaces:
        raise InvalidParameter("The namespaces parameter is required when the access scope is namespace.")
    return AccessScope(kind, namespaces)


def _result(answer: ActionResult) -> dict[str, Any]:
    result: dict[str, Any] = answer.result
    return result
