"""The Kubernetes API of the lab's cluster, reached as the learner reaches it: with an EKS token of their identity."""

import base64
import time
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import unquote

from eks_labs.checks import tokens
from eks_labs.checks.failure import CheckFailed
from eks_labs.targets import Reach


def connect(reach: Reach, cluster: str, folder: Path, *, vantage: str = "laptop", sts: Any = None) -> Any:
    """A `kubernetes.client.ApiClient` for `cluster`, dialled from the vantage point.

    The cluster's certificate is kept in `folder`. The token renews itself; it is of the identity of the boto3 client
    `sts`, the learner's when None. Raises `CheckFailed` when there is no such cluster.
    """
    from kubernetes import client

    found = reach.cluster(cluster)
    if found is None:
        look = f"Terraform makes it. What EKS says of it: aws eks describe-cluster --name {cluster}"
        raise CheckFailed(f"the cluster {cluster}", "no cluster of that name that has an endpoint", look)
    certificate = folder / f"{cluster}.pem"
    certificate.write_bytes(base64.b64decode(found.certificate_authority))
    configuration = client.Configuration()
    configuration.host = found.url
    configuration.ssl_ca_cert = str(certificate)
    configuration.proxy, configuration.proxy_headers = _proxy(reach.proxy_from(vantage))
    configuration.no_proxy = None
    configuration.retries = 2
    configuration.refresh_api_key_hook = _Renewal(sts or reach.client("sts"), cluster)
    configuration.api_key_prefix = {"BearerToken": "Bearer"}
    configuration.refresh_api_key_hook(configuration)
    made = client.ApiClient(configuration)
    # Its own reader, dateutil's, tries all ways to write a time: more than half of what reading a list of Pods costs.
    made._ApiClient__deserialize_datetime = datetime.fromisoformat
    return made


def dynamic(api: Any) -> Any:
    """A `kubernetes.dynamic.DynamicClient` that finds out by itself what there is, and leaves no file.

    Left alone it keeps in the machine's folder for temporary files what it found of each cluster that there ever was.
    """
    from kubernetes.dynamic import DynamicClient

    with TemporaryDirectory(prefix="eks-labs-discovery-") as soon_gone:
        return DynamicClient(api, cache_file=f"{soon_gone}/found.json")


def assumed(sts: Any, role: str) -> Any:
    """A boto3 STS client like `sts`, with the credentials of the role (by its ARN)."""
    import boto3

    keys = sts.assume_role(RoleArn=role, RoleSessionName="eks-labs")["Credentials"]
    return boto3.session.Session(
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
        region_name=sts.meta.region_name,
    ).client("sts", endpoint_url=sts.meta.endpoint_url, config=sts.meta.config)


def _proxy(url: str | None) -> tuple[str | None, dict[str, str] | None]:
    """A proxy's URL without its user name, and the header that says it: urllib3 takes none from the URL."""
    from urllib3.util import make_headers, parse_url

    if url is None:
        return None, None
    parsed = parse_url(url)
    if parsed.auth is None:
        return url, None
    user, _, password = parsed.auth.partition(":")
    headers = make_headers(proxy_basic_auth=f"{unquote(user)}:{unquote(password)}")
    return parsed._replace(auth=None).url, headers


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
        configuration.api_key = {"BearerToken": tokens.token(self._sts, self._cluster)}
        self._renew_at = time.monotonic() + tokens.LIFETIME
