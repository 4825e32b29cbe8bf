"""Roles are assumed by those their trust policies name, and by nobody else."""

import base64
import json
import time
from dataclasses import dataclass
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from eks_local.aws.sts.trust import Request, allows
from tests.aws.conftest import Api, error_of

LEARNER = "arn:aws:iam::123456789012:user/learner"


def trusting(api: Api, name: str, **statement: Any) -> str:
    document = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]})
    return str(api.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"])


@pytest.mark.parametrize("principal", [LEARNER, "123456789012", "arn:aws:iam::123456789012:root", "*"])
def test_a_trusted_caller_becomes_the_role(api: Api, principal: str) -> None:
    role = trusting(api, "ops", Action="sts:AssumeRole", Principal={"AWS": principal})
    given = api.client("sts").assume_role(RoleArn=role, RoleSessionName="anna")
    keys = given["Credentials"]
    caller = api.client(
        "sts",
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    ).get_caller_identity()
    assert caller["Arn"] == given["AssumedRoleUser"]["Arn"] == "arn:aws:sts::123456789012:assumed-role/ops/anna"
    stolen = api.client("sts", aws_access_key_id=keys["AccessKeyId"], aws_secret_access_key=keys["SecretAccessKey"])
    assert error_of(stolen.get_caller_identity)[:2] == (403, "InvalidClientTokenId")


def test_others_are_refused(api: Api) -> None:
    role = trusting(api, "ops", Action="sts:AssumeRole", Principal={"Service": "ec2.amazonaws.com"})
    sts = api.client("sts")
    status, code, text = error_of(sts.assume_role, RoleArn=role, RoleSessionName="anna")
    assert (status, code) == (403, "AccessDenied")
    assert text == f"User: {LEARNER} is not authorized to perform: sts:AssumeRole on resource: {role}"
    assert error_of(sts.assume_role, RoleArn=f"{role}x", RoleSessionName="anna")[:2] == (403, "AccessDenied")


def test_external_ids_and_durations(api: Api) -> None:
    role = trusting(
        api,
        "partner",
        Action="sts:AssumeRole",
        Principal={"AWS": LEARNER},
        Condition={"StringEquals": {"sts:ExternalId": "42"}},
    )
    sts = api.client("sts")
    request = {"RoleArn": role, "RoleSessionName": "anna"}
    assert error_of(sts.assume_role, **request)[1] == "AccessDenied"
    assert sts.assume_role(**request, ExternalId="42")["Credentials"]
    assert error_of(sts.assume_role, **request, ExternalId="42", DurationSeconds=7200)[1] == "ValidationError"


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"StringEquals": {"i:sub": "system:serviceaccount:web:app"}}, True),
        ({"StringEquals": {"i:sub": ["x", "system:serviceaccount:web:app"]}}, True),
        ({"StringEquals": {"I:SUB": "system:serviceaccount:web:app"}}, True),
        ({"StringEquals": {"i:sub": "system:serviceaccount:web:*"}}, False),
        ({"StringLike": {"i:sub": "system:serviceaccount:web:*"}}, True),
        ({"StringLike": {"i:sub": "system:serviceaccount:we?:app"}}, True),
        ({"StringLike": {"i:sub": "system:serviceaccount:[w]eb:app"}}, False),
        ({"StringNotEquals": {"i:sub": "system:serviceaccount:web:app"}}, False),
        ({"StringNotLike": {"i:sub": "system:serviceaccount:other:*"}}, True),
        ({"StringEquals": {"i:aud": "sts.amazonaws.com", "i:sub": "system:serviceaccount:web:app"}}, True),
        ({"StringEquals": {"i:aud": "other"}, "StringLike": {"i:sub": "*"}}, False),
        ({"StringEquals": {"i:email": "a@b"}}, False),
        ({"StringEqualsIfExists": {"i:email": "a@b"}}, True),
        ({"ForAnyValue:StringEquals": {"i:aud": ["sts.amazonaws.com"]}}, True),
        ({"ForAllValues:StringLike": {"i:aud": ["sts.*"]}}, True),
        ({"Null": {"i:email": "true"}}, True),
    ],
)
def test_conditions(condition: dict[str, Any], expected: bool) -> None:
    statement = {"Effect": "Allow", "Action": "sts:*", "Principal": {"Federated": "p"}, "Condition": condition}
    context = {"i:aud": ("sts.amazonaws.com",), "i:sub": ("system:serviceaccount:web:app",)}
    request = Request("sts:AssumeRoleWithWebIdentity", "Federated", ("p",), context)
    assert allows({"Statement": statement}, request) is expected


def test_a_denial_wins_and_an_unknown_operator_is_no_guess() -> None:
    allow = {"Effect": "Allow", "Action": "*", "Principal": "*"}
    request = Request("sts:AssumeRole", "AWS", ("me",))
    assert allows({"Statement": [allow]}, request)
    assert not allows({"Statement": [allow, {**allow, "Effect": "Deny"}]}, request)
    with pytest.raises(NotImplementedError, match="IpAddress"):
        allows({"Statement": {**allow, "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}}, request)


@dataclass(frozen=True)
class Issuer:
    """A cluster's issuer, with its private key."""

    url: str
    key: rsa.RSAPrivateKey

    def token(self, key: rsa.RSAPrivateKey | None = None, algorithm: str = "RS256", **changed: Any) -> str:
        claims = {
            "iss": self.url,
            "aud": ["sts.amazonaws.com"],
            "sub": "system:serviceaccount:web:app",
            "exp": int(time.time()) + 600,
            "nbf": int(time.time()) - 10,
            **changed,
        }
        parts = [_encode(json.dumps(part).encode()) for part in ({"alg": algorithm, "kid": "1"}, claims)]
        signature = (key or self.key).sign(".".join(parts).encode(), padding.PKCS1v15(), hashes.SHA256())
        return ".".join((*parts, _encode(signature)))


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _public(key: rsa.RSAPrivateKey) -> str:
    form = (serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return key.public_key().public_bytes(*form).decode()


@pytest.fixture
def issuer(api: Api, cluster: str) -> Issuer:
    key = rsa.generate_private_key(65537, 2048)
    api.state.eks().change_cluster(cluster, signing_keys=(_public(key),))
    found = api.state.cluster(cluster)
    assert found
    return Issuer(found.issuer, key)


@pytest.fixture
def pod_role(api: Api, issuer: Issuer) -> str:
    provider = api.client("iam").create_open_id_connect_provider(Url=issuer.url, ClientIDList=["sts.amazonaws.com"])
    name = issuer.url.removeprefix("https://")
    return trusting(
        api,
        "pod",
        Action="sts:AssumeRoleWithWebIdentity",
        Principal={"Federated": provider["OpenIDConnectProviderArn"]},
        Condition={
            "StringEquals": {f"{name}:aud": "sts.amazonaws.com", f"{name}:sub": "system:serviceaccount:web:app"}
        },
    )


def test_a_service_accounts_token_becomes_its_role(api: Api, issuer: Issuer, pod_role: str) -> None:
    given = api.client("sts").assume_role_with_web_identity(
        RoleArn=pod_role, RoleSessionName="web", WebIdentityToken=issuer.token()
    )
    assert given["SubjectFromWebIdentityToken"] == "system:serviceaccount:web:app"
    assert given["Audience"] == "sts.amazonaws.com"
    keys = given["Credentials"]
    caller = api.client(
        "sts",
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    ).get_caller_identity()
    assert caller["Arn"] == "arn:aws:sts::123456789012:assumed-role/pod/web"


@pytest.mark.parametrize(
    ("changed", "status", "code", "text"),
    [
        ({"sub": "system:serviceaccount:web:other"}, 403, "AccessDenied", "Not authorized to perform"),
        ({"aud": ["https://kubernetes.default.svc"]}, 400, "InvalidIdentityToken", "Incorrect token audience"),
        ({"exp": 1000}, 400, "ExpiredTokenException", "Token expired"),
        ({"exp": None}, 400, "InvalidIdentityToken", "exp"),
        ({"nbf": 99999999999}, 400, "InvalidIdentityToken", "not valid yet"),
        ({"iss": "https://example.com"}, 400, "InvalidIdentityToken", "No OpenIDConnect provider found"),
        ({"algorithm": "none"}, 400, "InvalidIdentityToken", "Invalid signature"),
        ({"algorithm": "HS256"}, 400, "InvalidIdentityToken", "Invalid signature"),
    ],
)
def test_other_tokens_are_refused(
    api: Api, issuer: Issuer, pod_role: str, changed: dict[str, Any], status: int, code: str, text: str
) -> None:
    found = error_of(
        api.client("sts").assume_role_with_web_identity,
        RoleArn=pod_role,
        RoleSessionName="web",
        WebIdentityToken=issuer.token(**changed),
    )
    assert found[:2] == (status, code), found
    assert text in found[2]


def test_forged_and_broken_tokens_are_refused(api: Api, issuer: Issuer, pod_role: str) -> None:
    assume = api.client("sts").assume_role_with_web_identity
    request = {"RoleArn": pod_role, "RoleSessionName": "web"}
    forged = issuer.token(key=rsa.generate_private_key(65537, 2048))
    assert error_of(assume, **request, WebIdentityToken=forged)[:2] == (400, "InvalidIdentityToken")
    for token in ("abcd", "a.b.c", "e30.e30.e30", "bnVsbA.bnVsbA.AA", "." * 10):
        assert error_of(assume, **request, WebIdentityToken=token)[:2] == (400, "InvalidIdentityToken")
    good = issuer.token()
    api.state.eks().change_cluster("lab", signing_keys=())
    assert "Couldn't retrieve verification key" in error_of(assume, **request, WebIdentityToken=good)[2]
