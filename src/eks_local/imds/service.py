"""What the metadata service answers to a request: paths, versions 1 and 2, the instance's metadata options."""

import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from eks_local.imds import metadata
from eks_local.imds.snapshot import Snapshot

TOKEN_PATH = "/latest/api/token"  # noqa: S105
TOKEN_HEADER = "x-aws-ec2-metadata-token"  # noqa: S105
TTL_HEADER = "x-aws-ec2-metadata-token-ttl-seconds"
LONGEST_TOKEN = 6 * 3600


@dataclass(frozen=True)
class Answer:
    """An HTTP answer. `hop_limit`: how many hops its packets may take; None for as many as usual."""

    status: HTTPStatus
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    hop_limit: int | None = None


class Service:
    """The metadata service of one instance. Remembers nothing but the tokens it gave out."""

    def __init__(
        self,
        snapshot: Callable[[], Snapshot | None],
        credentials: Callable[[str], str],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`snapshot` reads the instance, `credentials` gives the credentials document of a role's ARN."""
        self._snapshot = snapshot
        self._credentials = credentials
        self._clock = clock
        self._tokens: dict[str, float] = {}
        self._lock = threading.Lock()

    def answer(self, method: str, path: str, headers: Mapping[str, str]) -> Answer:
        """Answer one request; names in `headers` are lower case."""
        snapshot = self._snapshot()
        if snapshot is None:
            return _error(HTTPStatus.NOT_FOUND)
        if not snapshot.instance.metadata.enabled:
            return _error(HTTPStatus.FORBIDDEN)
        path = path.partition("?")[0]
        if method == "PUT":
            return self._new_token(path, headers, snapshot.instance.metadata.hop_limit)
        if method not in ("GET", "HEAD"):
            return _error(HTTPStatus.METHOD_NOT_ALLOWED)
        token = headers.get(TOKEN_HEADER)
        if (token is not None and not self._valid(token)) or (
            token is None and snapshot.instance.metadata.tokens_required
        ):
            return _error(HTTPStatus.UNAUTHORIZED)
        return self._get(path, snapshot)

    def _get(self, path: str, snapshot: Snapshot) -> Answer:
        version, _, rest = path.lstrip("/").partition("/")
        if not version:
            return Answer(HTTPStatus.OK, "\n".join((*metadata.FIRST_VERSIONS, "latest")).encode())
        if version != "latest" and version not in metadata.FIRST_VERSIONS:
            return _error(HTTPStatus.NOT_FOUND)
        found = metadata.find(metadata.tree(snapshot, self._credentials), rest)
        return _error(HTTPStatus.NOT_FOUND) if found is None else Answer(HTTPStatus.OK, found)

    def _new_token(self, path: str, headers: Mapping[str, str], hop_limit: int) -> Answer:
        if path.rstrip("/") != TOKEN_PATH:
            return _error(HTTPStatus.METHOD_NOT_ALLOWED)
        # A proxy that forwards without being asked to must not get a token for a stranger.
        if "x-forwarded-for" in headers:
            return _error(HTTPStatus.FORBIDDEN)
        seconds = headers.get(TTL_HEADER, "")
        if not seconds.isascii() or not seconds.isdigit() or not 1 <= int(seconds) <= LONGEST_TOKEN:
            return _error(HTTPStatus.BAD_REQUEST)
        token = secrets.token_urlsafe(40) + "=="
        now = self._clock()
        with self._lock:
            self._tokens = {known: until for known, until in self._tokens.items() if until > now}
            self._tokens[token] = now + int(seconds)
        return Answer(HTTPStatus.OK, token.encode(), {"X-Aws-Ec2-Metadata-Token-Ttl-Seconds": seconds}, hop_limit)

    def _valid(self, token: str) -> bool:
        return self._tokens.get(token, 0.0) > self._clock()


def _error(status: HTTPStatus) -> Answer:
    title = f"{status.value} - {status.phrase}"
    body = (
        '<?xml version="1.0" encoding="iso-8859-1"?>\n'
        '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN"\n'
        '\t"http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">\n'
        '<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="en" lang="en">\n'
        f" <head>\n  <title>{title}</title>\n </head>\n <body>\n  <h1>{title}</h1>\n </body>\n</html>\n"
    )
    return Answer(status, body.encode(), {"Content-Type": "text/html"})
