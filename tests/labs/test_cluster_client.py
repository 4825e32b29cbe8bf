"""The checks' Kubernetes client: by which proxy it dials, and as whom it presents itself there."""

import base64
import json
import tempfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
from kubernetes import client

from eks_labs.checks import CheckFailed, cluster_client
from eks_local.serving import Serving
from eks_local.status import ClusterEndpoint

CLUSTER = ClusterEndpoint("demo", "arn:demo", "https://x.eks.amazonaws.com", "")


class _Api:
    """STS, as far as a client is made with it."""

    class meta:
        class events:
            register = staticmethod(lambda *_, **__: None)

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

    def cluster(self, name: str) -> ClusterEndpoint | None:
        return CLUSTER if name == CLUSTER.name else None

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


def test_a_cluster_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(CheckFailed) as failed:
        cluster_client.connect(_Reach(None), "other", tmp_path)
    assert failed.value.expected == "the cluster other"
    assert "aws eks describe-cluster --name other" in failed.value.hint


class _Found(BaseHTTPRequestHandler):
    """A Kubernetes API that has ConfigMaps."""

    answers: ClassVar[dict[str, Any]] = {
        "/version": {"major": "1", "minor": "35"},
        "/apis": {"kind": "APIGroupList", "groups": []},
        "/api/v1": {
            "kind": "APIResourceList",
            "resources": [{"name": "configmaps", "kind": "ConfigMap", "namespaced": True, "verbs": ["get"]}],
        },
    }

    def do_GET(self) -> None:
        body = json.dumps(self.answers.get(self.path.rstrip("/"), {})).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        return


def test_what_a_cluster_has_is_found_out_and_not_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with ThreadingHTTPServer(("127.0.0.1", 0), _Found) as server:
        serving = Serving(server, "kubernetes")
        serving.start()
        try:
            configuration = client.Configuration()
            configuration.host = f"http://127.0.0.1:{server.server_port}"
            dynamic = cluster_client.dynamic(client.ApiClient(configuration))
            assert dynamic.resources.get(api_version="v1", kind="ConfigMap").namespaced
        finally:
            serving.stop(5)
    assert list(tmp_path.iterdir()) == []
