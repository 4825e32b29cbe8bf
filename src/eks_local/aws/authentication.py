"""Whether a request proves who sent it: the access key is known and the signature is that of its secret.

Permissions are not looked at: who is known may do everything through the AWS API.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, quote

from eks_local.aws import sigv4
from eks_local.aws.identity import Directory, Identity
from eks_local.aws.wire import Call

_SIGNED_HEADERS = re.compile(r"SignedHeaders=([A-Za-z0-9;_-]+)")
_SIGNATURE = re.compile(r"Signature=([0-9a-f]{64})")
_NEEDS_NO_SIGNATURE = frozenset(("AssumeRoleWithWebIdentity",))


@dataclass(frozen=True)
class Refusal:
    """Why a request is not let in, as AWS says it."""

    status: str
    code: str
    message: str


class Authenticator:
    """Checks requests against the identities of a directory."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    def refuse(self, call: Call, environ: Mapping[str, Any], body: bytes) -> Refusal | None:
        """Why the request is not let in, or None when it is."""
        if call.access_key is None:
            if call.service == "sts" and call.operation in _NEEDS_NO_SIGNATURE:
                return None
            return Refusal("403 Forbidden", "MissingAuthenticationToken", "Missing Authentication Token")
        identity = self._directory.identity(call.access_key)
        if identity is None or call.session_token != identity.session_token:
            return _unknown(call)
        if identity.expired(datetime.now(UTC)):
            text = "The security token included in the request is expired"
            return Refusal("403 Forbidden", "ExpiredToken", text)
        return None if _signed_by(identity, call, environ, body) else _mismatch(call)


def _unknown(call: Call) -> Refusal:
    """AWS's answer to a key it does not know, in each service's own words."""
    if call.service == "ec2":
        text = "AWS was not able to validate the provided access credentials"
        return Refusal("401 Unauthorized", "AuthFailure", text)
    if call.service == "s3":
        text = "The AWS Access Key Id you provided does not exist in our records."
        return Refusal("403 Forbidden", "InvalidAccessKeyId", text)
    code = "InvalidClientTokenId" if call.protocol == "query" else "UnrecognizedClientException"
    return Refusal("403 Forbidden", code, "The security token included in the request is invalid.")


def _mismatch(call: Call) -> Refusal:
    text = (
        "The request signature we calculated does not match the signature you provided. "
        "Check your AWS Secret Access Key and signing method."
    )
    code = "InvalidSignatureException" if call.protocol in ("json", "rest-json") else "SignatureDoesNotMatch"
    return Refusal("403 Forbidden", code, text)


def _signed_by(identity: Identity, call: Call, environ: Mapping[str, Any], body: bytes) -> bool:
    """Whether the signature, in the Authorization header or the query, is that of the identity's secret."""
    raw_path, _, raw_query = str(environ.get("RAW_URI", "/")).partition("?")
    query = parse_qsl(raw_query, keep_blank_values=True)
    header = str(environ.get("HTTP_AUTHORIZATION", ""))
    parts = dict(query) if not header else {}
    names = _found(_SIGNED_HEADERS, header) or parts.get("X-Amz-SignedHeaders", "")
    given = _found(_SIGNATURE, header) or parts.get("X-Amz-Signature", "")
    date = str(environ.get("HTTP_X_AMZ_DATE") or parts.get("X-Amz-Date", ""))
    headers = sigv4.choose(names.split(";"), _headers(environ))
    if headers is None or call.scope is None or "host" not in headers:
        return False
    request = sigv4.Signed(
        method=call.method,
        # Every service but S3 signs the path with its percent signs encoded once more.
        path=raw_path if call.service == "s3" else quote(raw_path or "/", safe="/-_.~"),
        query=tuple((name, value) for name, value in query if name != "X-Amz-Signature"),
        headers=headers,
        payload_hash=_payload_hash(call, environ, body, presigned=not header),
    )
    return sigv4.matches(sigv4.signature(request, identity.secret, date, call.scope), given)


def _payload_hash(call: Call, environ: Mapping[str, Any], body: bytes, *, presigned: bool) -> str:
    """S3 says itself what it signed: a hash, or that it signed no payload. What is said must be so."""
    actual = hashlib.sha256(body).hexdigest()
    if call.service != "s3":
        return actual
    if presigned:
        return "UNSIGNED-PAYLOAD"
    said = str(environ.get("HTTP_X_AMZ_CONTENT_SHA256", actual))
    return actual if re.fullmatch(r"[0-9a-f]{64}", said) else said


def _headers(environ: Mapping[str, Any]) -> dict[str, str]:
    headers = {
        name.removeprefix("HTTP_").replace("_", "-").lower(): str(value)
        for name, value in environ.items()
        if name.startswith("HTTP_")
    }
    for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if environ.get(name):
            headers[name.replace("_", "-").lower()] = str(environ[name])
    return headers


def _found(pattern: re.Pattern[str], text: str) -> str | None:
    match = pattern.search(text)
    return match[1] if match else None
