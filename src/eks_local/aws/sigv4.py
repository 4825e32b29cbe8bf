"""AWS Signature Version 4: what a signature over a request has to be.

Source: AWS General Reference, "Create a signed AWS API request".
"""

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import quote

ALGORITHM = "AWS4-HMAC-SHA256"
EMPTY_PAYLOAD = hashlib.sha256(b"").hexdigest()


@dataclass(frozen=True)
class Scope:
    """What a signing key is good for: a day (YYYYMMDD), a region and a service."""

    date: str
    region: str
    service: str

    def __str__(self) -> str:
        return f"{self.date}/{self.region}/{self.service}/aws4_request"


@dataclass(frozen=True)
class Signed:
    """The parts of a request that a signature covers. `headers` are those that are signed, lower case."""

    method: str
    path: str  # as canonical requests have it: percent-encoded
    query: tuple[tuple[str, str], ...]  # decoded, without the signature itself
    headers: Mapping[str, str]
    payload_hash: str

    def canonical(self) -> str:
        """The canonical request."""
        query = "&".join(sorted(f"{_encode(name)}={_encode(value)}" for name, value in self.query))
        names = sorted(self.headers)
        headers = "".join(f"{name}:{' '.join(self.headers[name].split())}\n" for name in names)
        return "\n".join([self.method, self.path, query, headers, ";".join(names), self.payload_hash])


def signature(request: Signed, secret: str, date: str, scope: Scope) -> str:
    """The signature, in hexadecimal. `date` is X-Amz-Date's text."""
    hashed = hashlib.sha256(request.canonical().encode()).hexdigest()
    text = "\n".join([ALGORITHM, date, str(scope), hashed])
    key = f"AWS4{secret}".encode()
    for part in (scope.date, scope.region, scope.service, "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def matches(expected: str, given: str) -> bool:
    """Compare signatures in constant time."""
    return hmac.compare_digest(expected.encode(), given.encode("utf-8", "replace"))


def choose(names: Iterable[str], headers: Mapping[str, str]) -> dict[str, str] | None:
    """The named headers; None when one of them is not there."""
    chosen = {name.lower(): headers.get(name.lower()) for name in names}
    return None if None in chosen.values() else {name: value or "" for name, value in chosen.items()}


def _encode(text: str) -> str:
    return quote(text, safe="-_.~")
