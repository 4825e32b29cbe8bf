"""Service account tokens as proof of identity: JSON Web Tokens of a cluster's issuer."""

import base64
import binascii
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from eks_local.aws.sts.errors import StsError, invalid_token

LONGEST = 20000  # characters; STS's own limit


@dataclass(frozen=True)
class WebToken:
    """A token whose signature is not yet checked."""

    signing_input: bytes
    signature: bytes
    algorithm: str
    claims: Mapping[str, Any]

    @property
    def issuer(self) -> str:
        """The iss claim."""
        return str(self.claims.get("iss", ""))

    @property
    def subject(self) -> str:
        """The sub claim."""
        return str(self.claims.get("sub", ""))

    @property
    def audiences(self) -> tuple[str, ...]:
        """The aud claim, which may be one or several."""
        audience = self.claims.get("aud", ())
        return tuple(map(str, audience)) if isinstance(audience, list) else (str(audience),)

    def signed_by(self, keys: Iterable[str]) -> bool:
        """Whether one of the PEM public keys made the signature."""
        return any(_verifies(self, serialization.load_pem_public_key(key.encode())) for key in keys)

    def check_time(self, now: datetime) -> None:
        """Raise ExpiredTokenException or InvalidIdentityToken when `now` is outside of the token's time."""
        expires, not_before = self.claims.get("exp"), self.claims.get("nbf", 0)
        if not isinstance(expires, int | float) or not isinstance(not_before, int | float):
            raise invalid_token("Missing a required claim: exp")
        moment = now.timestamp()
        if moment >= expires:
            raise StsError(
                "ExpiredTokenException",
                f"Token expired: current date/time {int(moment)} must be before the expiration date/time "
                f"{int(expires)}",
            )
        if moment < not_before:
            raise invalid_token("Token is not valid yet")


def parse(token: str) -> WebToken:
    """Read a compact JWT. Raises InvalidIdentityToken."""
    parts = token.split(".")
    if len(parts) != 3 or len(token) > LONGEST:
        raise invalid_token(
            "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)"
        )
    try:
        header, claims = (json.loads(_decode(part)) for part in parts[:2])
        signature = _decode(parts[2])
    except (ValueError, binascii.Error):
        raise invalid_token("The ID Token provided is not a valid JWT.") from None
    if not isinstance(header, dict) or not isinstance(claims, dict):
        raise invalid_token("The ID Token provided is not a valid JWT.")
    signing_input = f"{parts[0]}.{parts[1]}".encode()
    return WebToken(signing_input, signature, str(header.get("alg", "")), claims)


def now() -> datetime:
    """The time tokens are measured by."""
    return datetime.now(UTC)


def _verifies(token: WebToken, key: Any) -> bool:
    """Kubernetes signs with RS256 (RSA keys) or ES256 (P-256 keys); the algorithm must be the key's."""
    try:
        if isinstance(key, rsa.RSAPublicKey) and token.algorithm == "RS256":
            key.verify(token.signature, token.signing_input, padding.PKCS1v15(), hashes.SHA256())
            return True
        if isinstance(key, ec.EllipticCurvePublicKey) and token.algorithm == "ES256" and len(token.signature) == 64:
            numbers = (int.from_bytes(half, "big") for half in (token.signature[:32], token.signature[32:]))
            key.verify(encode_dss_signature(*numbers), token.signing_input, ec.ECDSA(hashes.SHA256()))
            return True
    except InvalidSignature:
        return False
    return False


def _decode(part: str) -> bytes:
    return base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
