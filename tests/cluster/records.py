"""Records of EKS for tests, as the AWS API would keep them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from eks_local.aws.eks.models import (
    AccessConfig,
    AccessEntry,
    AccessScope,
    AssociatedPolicy,
    Cluster,
    NetworkConfig,
    UpgradePolicy,
    VpcConfig,
)
from eks_local.aws.identity import Identity

ACCOUNT = "123456789012"
NOW = datetime(2026, 11, 23, tzinfo=UTC)
POLICY = "arn:aws:eks::aws:cluster-access-policy/"


def cluster(**changes: Any) -> Cluster:
    """A cluster called demo."""
    mode = changes.pop("mode", "API_AND_CONFIG_MAP")
    fields: dict[str, Any] = {
        "name": "demo",
        "arn": f"arn:aws:eks:us-east-1:{ACCOUNT}:cluster/demo",
        "created_at": NOW,
        "version": "1.35",
        "platform_version": "eks.1",
        "role_arn": f"arn:aws:iam::{ACCOUNT}:role/cluster",
        "status": "ACTIVE",
        "resources_vpc_config": VpcConfig(("subnet-1", "subnet-2"), "vpc-1", "sg-1"),
        "kubernetes_network_config": NetworkConfig("172.20.0.0/16"),
        "access_config": AccessConfig(mode),
        "upgrade_policy": UpgradePolicy("STANDARD"),
        "cluster_logging": (),
        "region": "us-east-1",
        "account": ACCOUNT,
        "unique_id": "ABC",
        "creator_arn": f"arn:aws:iam::{ACCOUNT}:user/creator",
        "endpoint": "https://ABC.gr7.us-east-1.eks.amazonaws.com",
        "ca_data": "Q0E=",
    }
    return Cluster(**{**fields, **changes})


def entry(principal: str, **changes: Any) -> AccessEntry:
    """An access entry of demo; `policies` as (name, scope, namespaces…)."""
    policies: Sequence[tuple[str, ...]] = changes.pop("policies", ())
    fields: dict[str, Any] = {
        "cluster_name": "demo",
        "principal_arn": principal,
        "access_entry_arn": "arn:aws:eks:us-east-1:123456789012:access-entry/demo/x",
        "created_at": NOW,
        "modified_at": NOW,
        "username": principal,
        "type": "STANDARD",
        "policies": tuple(
            AssociatedPolicy(POLICY + name, AccessScope(scope, tuple(namespaces)), NOW, NOW)
            for name, scope, *namespaces in policies
        ),
    }
    return AccessEntry(**{**fields, **changes})


def user(name: str = "dev", path: str = "/") -> Identity:
    """An IAM user's key."""
    arn = f"arn:aws:iam::{ACCOUNT}:user{path}{name}"
    return Identity("AKIADEV", "secret", arn, arn, "AIDADEV", ACCOUNT)


def session(role: str = "ops", name: str = "sess", path: str = "/") -> Identity:
    """An assumed role's key."""
    return Identity(
        "ASIAOPS",
        "secret",
        f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{name}",
        f"arn:aws:iam::{ACCOUNT}:role{path}{role}",
        f"AROAOPS:{name}",
        ACCOUNT,
        session_token="token",
    )
