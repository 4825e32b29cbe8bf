"""The checks' Kubernetes client: by which proxy it dials, and as whom it presents itself there."""

import base64
from pathlib import Path
from typing import Any

import pytest

from eks_labs.checks import cluster_client

CLUSTER = {"cluster": {"endpoint": "https://x.eks.amazonaws.com", "certificateAuthority": {"data": ""}}}


class _Api:
    """EKS and STS, as far as a client is made with them."""

    class meta:
        class events:
            register = staticmethod(lambda *_, **__: None)

    def describe_cluster(self, **_: str) -> Any:
        return CLUSTER

    def generate_presigned_url(self, *_: Any, **__: Any) -> str:
        return "https://sts"


class _Reach:
    """A target whose proxy is what the test says."""

    region = "us-east-1"

    def __init__(self, proxy: str | None) -> None:
        self._proxy = proxy

    def proxy_from(self, _: str) -> str | None:
        return self._proxy

    def client(self, _: str) -> Any:
        return _Api()

    def command(self, *_: Any) -> Any:
        raise NotImplementedError


@pytest.mark.parametrize(
    ("proxy", "url", "user"),
    [
        (None, None, None),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080", None),
        ("http://bastion@127.0.0.1:8080", "http://127.0.0.1:8080", "bastion:"),
        ("http://instance%20web%3A1@127.0.0.1:8080", "http://127.0.0.1:8080", "instance web:1:"),
        ("http://me:s%40fe@proxy.example:3128", "http://proxy.example:3128", "me:s@fe"),
    ],
)
def test_the_user_of_a_proxys_url_is_said_in_a_header(
    tmp_path: Path, proxy: str | None, url: str | None, user: str | None
) -> None:
    made = cluster_client.connect(_Reach(proxy), "demo", tmp_path, vantage="bastion").configuration
    assert made.proxy == url
    if user is None:
        assert made.proxy_headers is None
    else:
        assert base64.b64decode(made.proxy_headers["proxy-authorization"].removeprefix("Basic ")).decode() == user
