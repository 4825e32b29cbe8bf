"""What EKS remembers: frozen records, replaced whole on every change, so that a reader never sees half of one."""

from eks_local.aws.eks.models.access import AccessEntry, AccessScope, AssociatedPolicy
from eks_local.aws.eks.models.addon import Addon
from eks_local.aws.eks.models.cluster import (
    AccessConfig,
    Cluster,
    EncryptionConfig,
    LogSetup,
    NetworkConfig,
    UpgradePolicy,
    VpcConfig,
)
from eks_local.aws.eks.models.health import Health, Issue
from eks_local.aws.eks.models.identity_provider import IdentityProvider
from eks_local.aws.eks.models.nodegroup import (
    LaunchTemplateRef,
    Nodegroup,
    RemoteAccess,
    Scaling,
    Taint,
    UpdateConfig,
)
from eks_local.aws.eks.models.pod_identity import PodIdentityAssociation
from eks_local.aws.eks.models.store import EksBackend, Settings
from eks_local.aws.eks.models.update import Update, UpdateError, UpdateParam

__all__ = [
    "AccessConfig",
    "AccessEntry",
    "AccessScope",
    "Addon",
    "AssociatedPolicy",
    "Cluster",
    "EksBackend",
    "EncryptionConfig",
    "Health",
    "IdentityProvider",
    "Issue",
    "LaunchTemplateRef",
    "LogSetup",
    "NetworkConfig",
    "Nodegroup",
    "PodIdentityAssociation",
    "RemoteAccess",
    "Scaling",
    "Settings",
    "Taint",
    "Update",
    "UpdateConfig",
    "UpdateError",
    "UpdateParam",
    "UpgradePolicy",
    "VpcConfig",
]
