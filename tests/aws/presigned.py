"""EKS tokens as botocore signs them, with everything in them to choose."""

import base64
from datetime import datetime
from unittest import mock

import botocore.auth
import botocore.awsrequest
import botocore.credentials

from eks_local.aws.tokens import PREFIX
from tests.aws.conftest import REGION


def sign(
    secret: str,
    *,
    key: str,
    cluster: str = "lab",
    host: str = "sts.us-east-1.amazonaws.com",
    expires: int = 60,
    session_token: str | None = None,
    query: str = "Action=GetCallerIdentity&Version=2011-06-15",
    headers: tuple[str, ...] = ("x-k8s-aws-id",),
    at: datetime | None = None,
) -> str:
    """A token, signed by botocore: now, or at another time."""
    credentials = botocore.credentials.Credentials(key, secret, session_token)
    signed = dict.fromkeys(headers, cluster)
    request = botocore.awsrequest.AWSRequest("GET", f"https://{host}/?{query}", headers=signed)
    clock = (lambda: at) if at else botocore.auth.get_current_datetime
    with mock.patch("botocore.auth.get_current_datetime", clock):
        botocore.auth.SigV4QueryAuth(credentials, "sts", REGION, expires=expires).add_auth(request)
    return token_of(request.url)


def token_of(url: str) -> str:
    return PREFIX + base64.urlsafe_b64encode(url.encode()).decode().rstrip("=")


def url_of(token: str) -> str:
    encoded = token.removeprefix(PREFIX)
    return base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode()
