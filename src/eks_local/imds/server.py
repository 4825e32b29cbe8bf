"""The metadata service on a listening socket."""

import logging
import socket
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from eks_local.aws.state import AwsState
from eks_local.imds.credentials import RoleCredentials
from eks_local.imds.service import Answer, Service
from eks_local.imds.snapshot import read
from eks_local.serving import Serving

log = logging.getLogger(__name__)


def _always(_eni_id: str) -> bool:
    return True


def serve(
    listener: socket.socket,
    instance_id: str,
    *,
    state: AwsState | None = None,
    plugged: Callable[[str], bool] = _always,
) -> "Server":
    """Answer for one instance on `listener` until `close()`, which closes the socket too.

    `plugged` says whether the instance has the link of a network interface (by its id). Interfaces without one are not
    shown, as EC2's service lags behind its API: the VPC CNI looks for a link as soon as it sees the interface here,
    and a miss costs it three seconds.
    """
    state = state or AwsState()
    credentials = RoleCredentials(state.account, state.region, instance_id)
    service = Service(lambda: read(state, instance_id, plugged), credentials.document)
    return Server(listener, service, instance_id)


class Server:
    """A running metadata service; ends with `close`."""

    def __init__(self, listener: socket.socket, service: Service, name: str) -> None:
        self._http = _HttpServer(listener, service)
        self._serving = Serving(self._http, f"imds-{name}")
        self._serving.start()

    def close(self, timeout: float = 5.0) -> None:
        """Stop, cut open connections and close the listening socket."""
        self._serving.stop(timeout)
        self._http.server_close()
        self._http.cut_connections()


class _HttpServer(ThreadingHTTPServer):
    """http.server's, on a socket that somebody else opened; knows its connections."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, listener: socket.socket, service: Service) -> None:
        super().__init__(listener.getsockname()[:2], _Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = listener
        self.service = service
        self._connections: set[socket.socket] = set()

    def process_request(self, request: Any, client_address: Any) -> None:
        """Remember the connection and answer in a thread."""
        self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forget the connection and end it."""
        self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002
        """A client that went away is no error of ours."""
        log.debug("connection of %s ended early", client_address, exc_info=True)

    def cut_connections(self) -> None:
        """End what is still open."""
        for connection in list(self._connections):
            self.shutdown_request(connection)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "EC2ws"
    sys_version = ""
    timeout = 30.0
    # Head and body in one segment, and none held back for an acknowledgement: 1 ms an answer instead of 44.
    wbufsize = -1
    disable_nagle_algorithm = True
    server: _HttpServer

    def _handle(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            answer = self.server.service.answer(self.command, self.path, headers)
        except Exception:
            log.exception("%s %s", self.command, self.path)
            self.send_error(500)
            return
        # What a client sends along is not used, and must not be taken for its next request.
        if headers.get("content-length", "0") != "0" or "transfer-encoding" in headers:
            self.close_connection = True
        self._send(answer)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = do_OPTIONS = _handle

    def _send(self, answer: Answer) -> None:
        if answer.hop_limit is not None:
            # Retransmissions must not travel further than the answer, so the connection keeps the limit and ends.
            self.connection.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, answer.hop_limit)
            self.close_connection = True
        self.send_response(answer.status)
        for name, value in {"Content-Type": "text/plain", **answer.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    def log_message(self, format: str, *args: Any) -> None:
        """Log to this module's logger instead of standard error."""
        log.debug(format, *args)
