"""The webhook a cluster's API server asks: who is this token, and does an access policy allow that?

One HTTPS server a cluster, on a loopback address inside its control plane's network namespace. It answers only to
the API server's own client certificate. It keeps nothing: every answer comes from the AWS API's state of the moment.
"""

import http.server
import json
import logging
import socket
import ssl
from collections.abc import Callable, Mapping
from typing import Any

from eks_local.cluster.pki import ClusterPKI
from eks_local.cluster.users import Unmapped, User
from eks_local.serving import Serving

log = logging.getLogger(__name__)

Authenticate = Callable[[str], User]
"""The user behind a token. Raises `Refused`."""
Authorize = Callable[[Mapping[str, Any]], str | None]
"""Why a SubjectAccessReview's spec is allowed; None when there is no opinion."""

_LARGEST = 1 << 20


class Refused(Exception):
    """A token that proves nothing; the message is the reason."""


class Webhook:
    """Serves the reviews of one cluster until stopped."""

    def __init__(self, listener: socket.socket, pki: ClusterPKI, authenticate: Authenticate, authorize: Authorize):
        """Serve on `listener`, which is listening already and is closed by `stop`."""
        self._server = _Server(listener, _tls(pki), authenticate, authorize)
        self._serving = Serving(self._server, "webhook")
        self._serving.start()

    def stop(self) -> None:
        """Stop serving; returns when the thread has ended."""
        self._serving.stop(5)
        self._server.server_close()


def review_token(request: Mapping[str, Any], authenticate: Authenticate) -> dict[str, Any]:
    """Answer a TokenReview."""
    status: dict[str, Any]
    try:
        user = authenticate(str(request["spec"]["token"]))
        status = {
            "authenticated": True,
            "user": {
                "username": user.username,
                "uid": user.uid,
                "groups": list(user.groups),
                "extra": dict(user.extra),
            },
        }
    except (Refused, Unmapped) as error:
        status = {"authenticated": False, "error": str(error)}
        log.info("access denied: %s", error)
    return {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "status": status}


def review_access(request: Mapping[str, Any], authorize: Authorize) -> dict[str, Any]:
    """Answer a SubjectAccessReview. Never denies: what no access policy allows is RBAC's to refuse."""
    reason = authorize(request["spec"])
    status = {"allowed": True, "reason": reason} if reason else {"allowed": False}
    return {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "status": status}


def _tls(pki: ClusterPKI) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pki.cert("webhook"), pki.key("webhook"))
    context.load_verify_locations(pki.cert("ca"))
    context.verify_mode = ssl.CERT_REQUIRED
    return context


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(
        self, listener: socket.socket, tls: ssl.SSLContext, authenticate: Authenticate, authorize: Authorize
    ) -> None:
        super().__init__(listener.getsockname()[:2], _Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = listener
        self._tls = tls
        self.authenticate = authenticate
        self.authorize = authorize

    def finish_request(self, request: Any, client_address: Any) -> None:
        # The handshake is done in the connection's own thread: one that stalls keeps nobody waiting.
        request.settimeout(300)
        try:
            wrapped = self._tls.wrap_socket(request, server_side=True)
        except (ssl.SSLError, OSError) as error:
            log.info("webhook: handshake with %s failed: %s", client_address, error)
            return
        with wrapped:
            super().finish_request(wrapped, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 - the base class's signature
        log.info("webhook: connection of %s ended", client_address, exc_info=True)


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if not 0 < length <= _LARGEST:
            return self.send_error(413)
        try:
            request = json.loads(self.rfile.read(length))
            path = self.path.partition("?")[0]
            if path == "/authenticate":
                answer = review_token(request, self.server.authenticate)
            elif path == "/authorize":
                answer = review_access(request, self.server.authorize)
            else:
                return self.send_error(404)
        except (ValueError, KeyError, TypeError) as error:
            log.exception("webhook: cannot answer %s", self.path)
            return self.send_error(400, explain=str(error))
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        return None

    def log_message(self, format: str, *args: Any) -> None:
        log.debug(format, *args)
