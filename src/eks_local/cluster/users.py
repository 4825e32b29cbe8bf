"""Who an IAM principal is in Kubernetes: access entries first, then the aws-auth ConfigMap, as the cluster's mode says.

Pure: the webhook fetches what is needed and answers with the result.
Sources: "Grant IAM users access to Kubernetes with EKS access entries" and aws-iam-authenticator's README.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

from eks_local.aws.eks.models import AccessEntry, Cluster
from eks_local.aws.identity import Identity
from eks_local.cluster.access import without_path

_NODES = "system:nodes"

PrivateName = Callable[[str], str | None]
"""The private DNS name of the EC2 instance with that id, None when there is none."""


class Unmapped(Exception):
    """The caller proved who it is, and the cluster does not know it."""


@dataclass(frozen=True)
class User:
    """A Kubernetes user as TokenReview describes it."""

    username: str
    uid: str
    groups: tuple[str, ...]
    extra: Mapping[str, list[str]] = field(default_factory=dict)

    @property
    def is_node(self) -> bool:
        """Whether the Node authorizer takes it for a kubelet."""
        return _NODES in self.groups


def user_of(
    caller: Identity,
    cluster: Cluster,
    entries: Iterable[AccessEntry],
    aws_auth: Callable[[], Mapping[str, str]],
    private_name: PrivateName,
) -> User:
    """The user `caller` is in `cluster`. `aws_auth` fetches the ConfigMap's data. Raises `Unmapped`."""
    mode = cluster.access_config.authentication_mode
    if "API" in mode:
        entry = next((entry for entry in entries if _same(entry.principal_arn, caller.principal_arn)), None)
        if entry:
            return _user(caller, entry.username, _groups(entry), private_name)
    if "CONFIG_MAP" in mode:
        # Until access entries came, the creator's admin rights were outside of every list; they are in that mode.
        if mode == "CONFIG_MAP" and _same(cluster.creator_arn, caller.principal_arn):
            return _user(caller, "kubernetes-admin", ("system:masters",), private_name)
        if mapped := from_config_map(caller, aws_auth(), private_name):
            return mapped
    raise Unmapped(f"no access entry or aws-auth mapping for {caller.principal_arn}")


def from_config_map(caller: Identity, data: Mapping[str, str], private_name: PrivateName) -> User | None:
    """The user the aws-auth ConfigMap's `data` says `caller` is. A part that is no YAML list maps nobody."""
    principal = without_path(caller.principal_arn)
    for key, name in (("mapRoles", "rolearn"), ("mapUsers", "userarn")):
        for mapping in _mappings(data.get(key, "")):
            # A role's ARN with a path never matches there: a well-known trap of aws-auth, kept.
            if str(mapping.get(name, "")).lower() == principal.lower():
                groups = tuple(str(group) for group in mapping.get("groups") or ())
                return _user(caller, str(mapping.get("username") or principal), groups, private_name)
    accounts = [str(account) for account in _list(data.get("mapAccounts", ""))]
    return _user(caller, principal, (), private_name) if caller.account in accounts else None


def _user(caller: Identity, template: str, groups: Sequence[str], private_name: PrivateName) -> User:
    session = caller.session_name or ""
    username = template.replace("{{AccountID}}", caller.account)
    username = username.replace("{{SessionNameRaw}}", session)
    username = username.replace("{{SessionName}}", session.replace("@", "-"))
    if "{{EC2PrivateDNSName}}" in username:
        name = private_name(session)
        if name is None:
            raise Unmapped(f"the session {session!r} of {caller.principal_arn} names no EC2 instance")
        username = username.replace("{{EC2PrivateDNSName}}", name)
    principal_id = caller.user_id.partition(":")[0]
    extra = {
        "accessKeyId": [caller.access_key],
        "arn": [caller.arn],
        "canonicalArn": [without_path(caller.principal_arn)],
        "principalId": [principal_id],
        "sessionName": [session],
    }
    return User(username, f"aws-iam-authenticator:{caller.account}:{principal_id}", tuple(groups), extra)


def _groups(entry: AccessEntry) -> tuple[str, ...]:
    if entry.type in ("EC2_LINUX", "EC2_WINDOWS", "FARGATE_LINUX", "HYBRID_LINUX") and _NODES not in (
        entry.kubernetes_groups
    ):
        return (*entry.kubernetes_groups, _NODES)
    return entry.kubernetes_groups


def _same(one: str, other: str) -> bool:
    return without_path(one) == without_path(other)


def _mappings(text: str) -> list[Mapping[str, Any]]:
    return [entry for entry in _list(text) if isinstance(entry, Mapping)]


def _list(text: str) -> list[Any]:
    try:
        parsed = yaml.safe_load(text)
    except yaml.YAMLError:
        return []
    return parsed if isinstance(parsed, list) else []
