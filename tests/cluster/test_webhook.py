"""The webhook over real TLS, asked as the API server asks it."""

import http.client
import json
import socket
import ssl
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from eks_local.cluster.arguments import Files
from eks_local.cluster.configuration import write_webhook
from eks_local.cluster.pki import ClusterPKI, Names
from eks_local.cluster.users import Unmapped, User
from eks_local.cluster.webhook import Refused, Webhook

NAMES = Names.of_cluster("host", "172.20.0.0/16", [])


def authenticate(token: str) -> User:
    if token == "expired":
        raise Refused("the token has expired")
    if token == "stranger":
        raise Unmapped("no access entry")
    return User(token, "uid", ("devs",), {"arn": ["arn"]})


def authorize(spec: Mapping[str, Any]) -> str | None:
    return "allowed by a policy" if spec.get("user") == "admin" else None


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> ClusterPKI:
    made = ClusterPKI(tmp_path_factory.mktemp("pki"))
    made.ensure(NAMES)
    return made


@pytest.fixture
def port(pki: ClusterPKI) -> Iterator[int]:
    listener = socket.create_server(("127.0.0.1", 0))
    served: int = listener.getsockname()[1]
    webhook = Webhook(listener, pki, authenticate, authorize)
    yield served
    webhook.stop()


def client(pki: ClusterPKI, *, certificate: str | None = "apiserver-webhook-client") -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(pki.cert("ca")))
    if certificate:
        context.load_cert_chain(pki.cert(certificate), pki.key(certificate))
    return context


def post(context: ssl.SSLContext, port: int, path: str, body: object) -> tuple[int, Any]:
    connection = http.client.HTTPSConnection("127.0.0.1", port, context=context, timeout=5)
    connection.request("POST", path, body if isinstance(body, bytes) else json.dumps(body).encode())
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    return answer.status, json.loads(text) if answer.status == 200 else text


def token_review(token: str) -> dict[str, Any]:
    return {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": {"token": token}}


def test_known_token(pki: ClusterPKI, port: int) -> None:
    status, answer = post(client(pki), port, "/authenticate?timeout=30s", token_review("dev"))
    assert status == 200
    assert answer["kind"] == "TokenReview"
    assert answer["status"] == {
        "authenticated": True,
        "user": {"username": "dev", "uid": "uid", "groups": ["devs"], "extra": {"arn": ["arn"]}},
    }


@pytest.mark.parametrize(("token", "why"), [("expired", "the token has expired"), ("stranger", "no access entry")])
def test_refused_token(pki: ClusterPKI, port: int, token: str, why: str) -> None:
    _, answer = post(client(pki), port, "/authenticate", token_review(token))
    assert answer["status"] == {"authenticated": False, "error": why}


@pytest.mark.parametrize(
    ("user", "status"),
    [("admin", {"allowed": True, "reason": "allowed by a policy"}), ("dev", {"allowed": False})],
)
def test_access(pki: ClusterPKI, port: int, user: str, status: dict[str, Any]) -> None:
    _, answer = post(client(pki), port, "/authorize", {"spec": {"user": user}})
    assert (answer["kind"], answer["status"]) == ("SubjectAccessReview", status)


def test_only_the_api_server_is_answered(pki: ClusterPKI, port: int) -> None:
    with pytest.raises((ssl.SSLError, ConnectionError)):
        post(client(pki, certificate=None), port, "/authenticate", token_review("dev"))


@pytest.mark.parametrize("body", [b"{", b"[]", b"{}", b'{"spec": {}}', b'{"spec": null}'])
def test_what_makes_no_sense_is_400(pki: ClusterPKI, port: int, body: bytes) -> None:
    assert post(client(pki), port, "/authenticate", body)[0] == 400


def test_elsewhere_is_404_and_too_much_is_413(pki: ClusterPKI, port: int) -> None:
    assert post(client(pki), port, "/metrics", {})[0] == 404
    assert post(client(pki), port, "/authenticate", b"")[0] == 413


def test_a_connection_that_says_nothing_keeps_nobody_waiting(pki: ClusterPKI, port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)):
        assert post(client(pki), port, "/authenticate", token_review("dev"))[0] == 200


def test_configuration_asks_about_iam_principals_alone_and_keeps_no_answer(tmp_path: Path) -> None:
    files = Files(tmp_path)
    write_webhook(files)
    chain = yaml.safe_load(files.authorization.read_text())["authorizers"]
    assert [authorizer["type"] for authorizer in chain] == ["Node", "RBAC", "Webhook"]
    webhook = chain[2]["webhook"]
    assert "canonicalArn" in webhook["matchConditions"][0]["expression"]
    assert not webhook["cacheAuthorizedRequests"]
    assert not webhook["cacheUnauthorizedRequests"]
    server = yaml.safe_load(files.authentication_webhook.read_text())["clusters"][0]["cluster"]["server"]
    assert server == "https://127.0.0.1:9443/authenticate"
