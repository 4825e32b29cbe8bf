"""The Kubernetes API of the lab's cluster, reached as the learner reaches it: with an EKS token of their identity."""

import base64
import time
from pathlib import Path
from typing import Any

from eks_labs.checks import tokens
from eks_labs.targets import Reach


def connect(reach: Reach, cluster: str, folder: Path) -> Any:
    """A `kubernetes.client.ApiClient` for `cluster`, found by DescribeCluster and dialled through `reach.proxy`.

    The cluster's certificate is kept in `folder`. The token renews itself.
    """
    from kubernetes import client

    found = reach.client("eks").describe_cluster(name=cluster)["cluster"]
    certificate = folder / f"{cluster}.pem"
    certificate.write_bytes(base64.b64decode(found["certificateAuthority"]["data"]))
    configuration = client.Configuration()
    configuration.host = found["endpoint"]
    configuration.ssl_ca_cert = str(certificate)
    configuration.proxy = reach.proxy
    configuration.no_proxy = None
    configuration.retries = 2
    configuration.refresh_api_key_hook = _Renewal(reach.client("sts"), cluster)
    configuration.api_key_prefix = {"authorization": "Bearer"}
    configuration.refresh_api_key_hook(configuration)
    return client.ApiClient(configuration)


def warm_up() -> None:
    """Import what the first use of the client would import."""
    from kubernetes import client, watch

    for name in ("AppsV1Api", "CoreV1Api"):
        getattr(client, name)
    watch.Watch()


class _Renewal:
    """Puts a fresh token into a configuration when the last one is about to expire."""

    def __init__(self, sts: Any, cluster: str) -> None:
        self._sts = sts
        self._cluster = cluster
        self._renew_at = 0.0

    def __call__(self, configuration: Any) -> None:
        if time.monotonic() < self._renew_at:
            return
        configuration.api_key = {"authorization": tokens.token(self._sts, self._cluster)}
        self._renew_at = time.monotonic() + tokens.LIFETIME
