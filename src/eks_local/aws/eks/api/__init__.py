"""EKS's operations, one module a subject; each method is one operation, named as moto names them (snake_case)."""

from eks_local.aws.eks.api.access import AccessCalls
from eks_local.aws.eks.api.addons import AddonCalls
from eks_local.aws.eks.api.cluster_updates import ClusterUpdateCalls
from eks_local.aws.eks.api.clusters import ClusterCalls
from eks_local.aws.eks.api.identity_providers import IdentityProviderCalls
from eks_local.aws.eks.api.nodegroup_updates import NodegroupUpdateCalls
from eks_local.aws.eks.api.nodegroups import NodegroupCalls
from eks_local.aws.eks.api.pod_identity import PodIdentityCalls
from eks_local.aws.eks.api.tags import TagCalls
from eks_local.aws.eks.api.updates import UpdateCalls
from eks_local.aws.eks.api.versions import VersionCalls


class EksResponse(
    ClusterCalls,
    ClusterUpdateCalls,
    NodegroupCalls,
    NodegroupUpdateCalls,
    AddonCalls,
    AccessCalls,
    PodIdentityCalls,
    IdentityProviderCalls,
    UpdateCalls,
    TagCalls,
    VersionCalls,
):
    """All of them: what moto dispatches to."""


__all__ = ["EksResponse"]
