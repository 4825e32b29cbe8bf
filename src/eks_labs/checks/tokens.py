"""Bearer tokens for an EKS cluster, made as `aws eks get-token` makes them: a presigned STS URL in base64."""

import base64
from typing import Any

LIFETIME = 14 * 60.0
"""Seconds after which a token is renewed. EKS accepts one for 15 minutes, whatever the URL says."""

_EXPIRY = 60
_CLUSTER = "x-k8s-aws-id"


def token(sts: Any, cluster: str) -> str:
    """A token for `cluster`, signed with the credentials of the boto3 STS client `sts` (its own, not shared)."""

    def name_cluster(request: Any, **_: object) -> None:
        request.headers[_CLUSTER] = cluster

    sts.meta.events.register("before-sign.sts.GetCallerIdentity", name_cluster, unique_id="eks-labs-cluster")
    url = sts.generate_presigned_url("get_caller_identity", ExpiresIn=_EXPIRY, HttpMethod="GET")
    return "k8s-aws-v1." + base64.urlsafe_b64encode(url.encode()).decode().rstrip("=")
