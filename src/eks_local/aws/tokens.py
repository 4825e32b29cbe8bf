"""EKS tokens: presigned GetCallerIdentity calls that prove who a caller is to one cluster.

`aws eks get-token` and aws-iam-authenticator sign a GET of STS with the cluster's name in the header x-k8s-aws-id, and
send the URL as a bearer token. EKS checks it by making the call; the local EKS has the keys and checks the signature.
Rules: aws-iam-authenticator, pkg/token/token.go (Verify).
"""

import base64
import binascii
import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from urllib.parse import SplitResult, parse_qsl, urlsplit

from eks_local.aws import sigv4
from eks_local.aws.identity import Directory, Identity

PREFIX = "k8s-aws-v1."
CLUSTER_HEADER = "x-k8s-aws-id"
LIFETIME = timedelta(minutes=15)  # from X-Amz-Date, whatever X-Amz-Expires says
CLOCK_SKEW = timedelta(minutes=5)
LONGEST = 8192  # characters; the authenticator's own limit
_PARAMETERS = frozenset(
    (
        "action",
        "version",
        "x-amz-algorithm",
        "x-amz-credential",
        "x-amz-date",
        "x-amz-expires",
        "x-amz-security-token",
        "x-amz-signature",
        "x-amz-signedheaders",
        "x-amz-user-agent",
    )
)
_DATE = re.compile(r"^\d{8}T\d{6}Z$", re.ASCII)
_STS_HOST = re.compile(r"^sts\.(?:([a-z0-9-]+)\.)?amazonaws\.com$")


class Reason(Enum):
    """Why a token is refused."""

    BAD_PREFIX = "the token does not start with k8s-aws-v1."
    MALFORMED = "the token is not a presigned GetCallerIdentity URL"
    WRONG_HOST = "the token's URL is not of STS in this region"
    CLUSTER_NOT_SIGNED = "the token is for no cluster: x-k8s-aws-id is not signed"
    UNKNOWN_KEY = "the access key is not known"
    EXPIRED = "the token has expired"
    NOT_YET_VALID = "the token is of the future"
    EXPIRED_CREDENTIALS = "the credentials that signed the token have expired"
    WRONG_SESSION_TOKEN = "the session token is not that of the access key"  # noqa: S105 - a reason, not a token
    OTHER_CLUSTER = "the token is for another cluster"
    WRONG_SIGNATURE = "the signature does not match"


class TokenRejected(Exception):
    """A token that proves nothing."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(f"{reason.value}: {detail}" if detail else reason.value)
        self.reason = reason


@dataclass(frozen=True)
class TokenVerifier:
    """Checks tokens for the clusters of one account and region."""

    directory: Directory
    region: str

    def verify(self, token: str, cluster: str, *, others: Iterable[str] = (), now: datetime | None = None) -> Identity:
        """The identity that signed `token` for `cluster`. Raises `TokenRejected`.

        `others`: names of clusters to try, so that a token for one of them is refused as such.
        """
        url, query = _parse(token)
        self._check_host(url)
        presigned = _presigned(url, query)
        identity = self.directory.identity(presigned.access_key)
        if identity is None:
            raise TokenRejected(Reason.UNKNOWN_KEY, presigned.access_key)
        if query.get("X-Amz-Security-Token") != identity.session_token:
            raise TokenRejected(Reason.WRONG_SESSION_TOKEN)
        _check_time(presigned, identity, now or datetime.now(UTC))
        if not presigned.signed_by(identity.secret, cluster):
            meant = next((name for name in others if presigned.signed_by(identity.secret, name)), None)
            raise TokenRejected(Reason.OTHER_CLUSTER, meant) if meant else TokenRejected(Reason.WRONG_SIGNATURE)
        return identity

    def _check_host(self, url: SplitResult) -> None:
        """STS's names for this region; or an address. Inside the world STS is plain HTTP at the port of HTTPS."""
        host = url.hostname or ""
        match = _STS_HOST.match(host)
        ours = (url.scheme, url.port) in (("https", None), ("http", 443))
        if match and ours and match[1] in (None, self.region):
            return
        if not _is_address(host):
            raise TokenRejected(Reason.WRONG_HOST, url.netloc)


def verify(
    token: str, cluster: str, region: str = "us-east-1", *, account: str = "123456789012", others: Iterable[str] = ()
) -> Identity:
    """`TokenVerifier.verify` for one call: the identity that signed `token`. Raises `TokenRejected`."""
    return TokenVerifier(Directory(account), region).verify(token, cluster, others=others)


@dataclass(frozen=True)
class _Presigned:
    """A well-formed token, not yet checked."""

    netloc: str
    query: tuple[tuple[str, str], ...]
    access_key: str
    scope: sigv4.Scope
    date: str
    signed_headers: tuple[str, ...]
    signature: str

    def signed_by(self, secret: str, cluster: str) -> bool:
        """Whether the signature is that of `secret` over this URL for `cluster`."""
        headers = sigv4.choose(self.signed_headers, {"host": self.netloc, CLUSTER_HEADER: cluster})
        if headers is None:
            return False
        request = sigv4.Signed("GET", "/", self.query, headers, sigv4.EMPTY_PAYLOAD)
        return sigv4.matches(sigv4.signature(request, secret, self.date, self.scope), self.signature)


def _parse(token: str) -> tuple[SplitResult, dict[str, str]]:
    if not token.startswith(PREFIX):
        raise TokenRejected(Reason.BAD_PREFIX)
    if len(token) > LONGEST:
        raise TokenRejected(Reason.MALFORMED, f"longer than {LONGEST} characters")
    encoded = token[len(PREFIX) :]
    try:
        text = base64.b64decode(encoded + "=" * (-len(encoded) % 4), altchars=b"-_", validate=True).decode("ascii")
        url = urlsplit(text)
        _ = url.port  # a port that is none is found only when asked for
        pairs = parse_qsl(url.query, keep_blank_values=True, strict_parsing=True, max_num_fields=50)
    except (binascii.Error, ValueError) as error:
        raise TokenRejected(Reason.MALFORMED, str(error)) from None
    query = dict(pairs)
    names = {name.lower() for name in query}
    if len(names) < len(pairs) or not names <= _PARAMETERS:
        raise TokenRejected(Reason.MALFORMED, "unexpected or repeated query parameters")
    # What urlsplit would quietly drop (spaces, an empty fragment) makes it no plain URL either.
    if url.scheme not in ("https", "http") or url.path != "/" or "@" in url.netloc or url.geturl() != text:
        raise TokenRejected(Reason.MALFORMED, "not a plain URL of STS")
    return url, query


def _presigned(url: SplitResult, query: dict[str, str]) -> _Presigned:
    if query.get("Action") != "GetCallerIdentity":
        raise TokenRejected(Reason.MALFORMED, "Action is not GetCallerIdentity")
    if query.get("X-Amz-Algorithm") != sigv4.ALGORITHM:
        raise TokenRejected(Reason.MALFORMED, f"the algorithm is not {sigv4.ALGORITHM}")
    credential = query.get("X-Amz-Credential", "").split("/")
    date, expires = query.get("X-Amz-Date", ""), query.get("X-Amz-Expires", "")
    if len(credential) != 5 or credential[3:] != ["sts", "aws4_request"]:
        raise TokenRejected(Reason.MALFORMED, "the credential is not of STS")
    if not _DATE.match(date) or credential[1] != date[:8]:
        raise TokenRejected(Reason.MALFORMED, "X-Amz-Date is no date, or not the credential's")
    if not expires.isascii() or not expires.isdigit() or int(expires) > LIFETIME.total_seconds():
        raise TokenRejected(Reason.MALFORMED, "X-Amz-Expires is not between 0 and 900")
    signed = tuple(query.get("X-Amz-SignedHeaders", "").lower().split(";"))
    if "host" not in signed:
        raise TokenRejected(Reason.MALFORMED, "host is not signed")
    if CLUSTER_HEADER not in signed:
        raise TokenRejected(Reason.CLUSTER_NOT_SIGNED)
    return _Presigned(
        netloc=url.netloc,
        query=tuple((name, value) for name, value in query.items() if name != "X-Amz-Signature"),
        access_key=credential[0],
        scope=sigv4.Scope(credential[1], credential[2], credential[3]),
        date=date,
        signed_headers=signed,
        signature=query.get("X-Amz-Signature", ""),
    )


def _check_time(presigned: _Presigned, identity: Identity, now: datetime) -> None:
    try:
        signed_at = datetime.strptime(presigned.date, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise TokenRejected(Reason.MALFORMED, "X-Amz-Date is no date") from None
    if now > signed_at + LIFETIME:
        raise TokenRejected(Reason.EXPIRED, f"signed at {signed_at:%Y-%m-%d %H:%M:%S} UTC")
    if signed_at > now + CLOCK_SKEW:
        raise TokenRejected(Reason.NOT_YET_VALID, f"signed at {signed_at:%Y-%m-%d %H:%M:%S} UTC")
    if identity.expired(now):
        raise TokenRejected(Reason.EXPIRED_CREDENTIALS)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost"
    return True
