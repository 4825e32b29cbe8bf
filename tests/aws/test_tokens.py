"""EKS tokens: those of the real `aws` CLI, and what becomes of them when anything in them is changed."""

import json
import os
import re
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eks_local.aws.identity import Directory
from eks_local.aws.tokens import PREFIX, Reason, TokenRejected, TokenVerifier, verify
from tests.aws.conftest import ACCOUNT, REGION, Api, serving
from tests.aws.presigned import sign, token_of, url_of

VERIFIER = TokenVerifier(Directory(ACCOUNT), REGION)


@pytest.fixture(scope="module")
def served() -> Iterator[Api]:
    with serving(complete=False) as api:
        yield api


def reason(token: str, cluster: str = "lab", **arguments: object) -> Reason:
    with pytest.raises(TokenRejected) as caught:
        VERIFIER.verify(token, cluster, **arguments)  # type: ignore[arg-type]
    return caught.value.reason


@pytest.fixture(scope="module")
def cli_token(served: Api) -> Callable[..., str]:
    def get(cluster: str = "lab", **environment: str) -> str:
        done = subprocess.run(
            ["aws", "eks", "get-token", "--cluster-name", cluster],
            env={**os.environ, **served.environment(), **environment},
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        token: str = json.loads(done.stdout)["status"]["token"]
        return token

    return get


def test_the_clis_token_proves_the_learner(cli_token: Callable[..., str]) -> None:
    identity = verify(cli_token(), "lab")
    assert identity.arn == identity.principal_arn == "arn:aws:iam::123456789012:user/learner"
    assert identity.session_name is None


def test_a_role_sessions_token_proves_the_role(served: Api, cli_token: Callable[..., str]) -> None:
    trust = '{"Statement": [{"Effect": "Allow", "Action": "sts:*", "Principal": {"AWS": "123456789012"}}]}'
    role = served.client("iam").create_role(RoleName="ops", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    session = served.client("sts").assume_role(RoleArn=role, RoleSessionName="anna")["Credentials"]
    keys = {
        "AWS_ACCESS_KEY_ID": session["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": session["SecretAccessKey"],
        "AWS_SESSION_TOKEN": session["SessionToken"],
    }
    identity = verify(cli_token(**keys), "lab")
    assert identity.arn == "arn:aws:sts::123456789012:assumed-role/ops/anna"
    assert (identity.principal_arn, identity.session_name) == (role, "anna")
    without = sign(session["SecretAccessKey"], key=session["AccessKeyId"])
    assert reason(without) is Reason.WRONG_SESSION_TOKEN
    later = datetime.now(UTC) + timedelta(hours=2)
    good = sign(session["SecretAccessKey"], key=session["AccessKeyId"], session_token=session["SessionToken"])
    assert reason(good, now=later) is Reason.EXPIRED


@pytest.mark.parametrize("host", ["sts.us-east-1.amazonaws.com", "sts.amazonaws.com", "127.0.0.1:4566", "192.0.2.10"])
def test_sts_may_be_global_regional_or_an_address(served: Api, host: str) -> None:
    token = sign(served.learner.secret, key=served.learner.access_key, host=host)
    assert VERIFIER.verify(token, "lab").user_id


def test_the_providers_token_expires_after_no_seconds_and_is_good(served: Api) -> None:
    """data.aws_eks_cluster_auth signs with X-Amz-Expires=0."""
    token = sign(served.learner.secret, key=served.learner.access_key, expires=0)
    assert VERIFIER.verify(token, "lab").user_id


def test_reasons_of_refusal(served: Api) -> None:
    key, secret = served.learner.access_key, served.learner.secret
    good = sign(secret, key=key)
    assert reason(good.removeprefix(PREFIX)) is Reason.BAD_PREFIX
    assert reason(PREFIX + "%%%") is Reason.MALFORMED
    assert reason(PREFIX) is Reason.MALFORMED
    assert reason(sign("wrong", key=key)) is Reason.WRONG_SIGNATURE
    assert reason(sign(secret, key="AKIANOBODY0000000000")) is Reason.UNKNOWN_KEY
    assert reason(good, "other") is Reason.WRONG_SIGNATURE
    assert reason(good, "other", others=["x", "lab"]) is Reason.OTHER_CLUSTER
    assert reason(good, now=datetime.now(UTC) + timedelta(minutes=16)) is Reason.EXPIRED
    assert reason(good, now=datetime.now(UTC) - timedelta(minutes=6)) is Reason.NOT_YET_VALID
    assert reason(sign(secret, key=key, headers=())) is Reason.CLUSTER_NOT_SIGNED
    assert reason(sign(secret, key=key, host="sts.eu-west-1.amazonaws.com")) is Reason.WRONG_HOST
    assert reason(sign(secret, key=key, host="sts.amazonaws.com.example.com")) is Reason.WRONG_HOST
    assert reason(sign(secret, key=key, query="Action=AssumeRole")) is Reason.MALFORMED
    assert reason(sign(secret, key=key, expires=901)) is Reason.MALFORMED
    assert reason(PREFIX + "a" * 9000) is Reason.MALFORMED


def test_a_deactivated_key_proves_nothing(served: Api) -> None:
    iam = served.client("iam")
    iam.create_user(UserName="leaver")
    key = iam.create_access_key(UserName="leaver")["AccessKey"]
    token = sign(key["SecretAccessKey"], key=key["AccessKeyId"])
    assert VERIFIER.verify(token, "lab").arn.endswith(":user/leaver")
    iam.update_access_key(UserName="leaver", AccessKeyId=key["AccessKeyId"], Status="Inactive")
    assert reason(token) is Reason.UNKNOWN_KEY


NAMES = st.from_regex(r"[0-9A-Za-z][A-Za-z0-9_-]{0,99}", fullmatch=True)
FREELY = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@FREELY
@given(cluster=NAMES, other=NAMES, expires=st.integers(0, 900))
def test_every_token_is_good_for_its_own_cluster_only(served: Api, cluster: str, other: str, expires: int) -> None:
    token = sign(served.learner.secret, key=served.learner.access_key, cluster=cluster, expires=expires)
    assert VERIFIER.verify(token, cluster).arn.endswith(":user/learner")
    if other != cluster:
        assert reason(token, other) is Reason.WRONG_SIGNATURE


@FREELY
@given(data=st.data())
def test_no_changed_url_is_good(served: Api, data: st.DataObject) -> None:
    url = url_of(sign(served.learner.secret, key=served.learner.access_key))
    at = data.draw(st.integers(0, len(url) - 1))
    changed = data.draw(
        st.sampled_from(
            [
                url[:at] + data.draw(st.characters(min_codepoint=33, max_codepoint=126)) + url[at + 1 :],
                url[:at] + url[at + 1 :],
                url[:at] + url[at] + url[at:],
                f"{url}&X-Amz-Extra=1",
                url.replace("Action=GetCallerIdentity", "Action=GetCallerIdentity&Action=GetCallerIdentity"),
                url + "#",
                url.replace("https://", "https://me@"),
            ]
        )
    )
    if _same_request(changed, url):
        return
    with pytest.raises(TokenRejected):
        VERIFIER.verify(token_of(changed), "lab")


@FREELY
@given(text=st.text(max_size=400))
def test_no_text_breaks_the_verifier(served: Api, text: str) -> None:
    for token in (text, PREFIX + text, token_of(quote(text)), token_of(f"https://sts.amazonaws.com/?{quote(text)}")):
        with pytest.raises(TokenRejected):
            VERIFIER.verify(token, "lab")


def _same_request(changed: str, url: str) -> bool:
    """Whether two URLs differ at most in the case of their percent-encoding, which signatures do not cover."""
    return _upper(changed) == _upper(url)


def _upper(url: str) -> str:
    return re.sub(r"%[0-9a-fA-F]{2}", lambda match: match[0].upper(), url)
