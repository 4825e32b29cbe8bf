"""Serving the AWS API on sockets that somebody else opened.

moto keeps its state per process, so a process has one AWS API: starting a second one begins with empty state.
"""

import gc
import logging
import os
import socket
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

# moto reads these: managed policies are what every EKS role is given, and moto's own images take half a second to
# load and are ten years old.
os.environ.setdefault("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")
os.environ.setdefault("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import ThreadedWSGIServer

from eks_local.aws import autoscaling, ec2, eks, launch_templates, logs, seeds, snapshot, sts
from eks_local.aws.eks.addon_offers import AddonOffers
from eks_local.aws.eks.models import Settings
from eks_local.aws.eks.versions import Offer
from eks_local.aws.gateway import Gateway
from eks_local.aws.identity import Directory
from eks_local.aws.seeds import Learner
from eks_local.changes import Changes, Loop
from eks_local.serving import Serving

log = logging.getLogger(__name__)

ADDON_MANIFESTS = Path(__file__).parent.parent / "cluster" / "addons"


@dataclass(frozen=True)
class Account:
    """The AWS account a world plays."""

    number: str = "123456789012"
    region: str = "us-east-1"
    learner: Learner = field(default_factory=Learner)


class ApiServer:
    """The AWS API on one or more listening sockets."""

    def __init__(
        self,
        changes: Changes,
        listeners: Sequence[socket.socket],
        *,
        account: Account | None = None,
        settings: Settings | None = None,
        saved: Path | None = None,
    ) -> None:
        """Make the API, with what an account has from the start, or with the state in the file `saved`.

        Serves after `start`. `listeners` stay the caller's; `settings` defaults to all versions known and the addons
        with manifests. Raises `snapshot.SnapshotError` when `saved` is not a snapshot.
        """
        self.account = account or Account()
        snapshot.forget()
        self.settings = settings or Settings(Offer.of(), AddonOffers.in_folder(ADDON_MANIFESTS))
        ec2.install()
        eks.install(self.settings)
        for part in (autoscaling, launch_templates, logs, sts):
            part.install()
        if saved is None:
            seeds.plant(self.account.number, self.account.region, self.account.learner, self.settings.versions)
        else:
            snapshot.load(saved, self.settings)
        keeper = autoscaling.GroupKeeper(self.account.number, self.account.region, changes)
        self._keeping = Loop(keeper, changes)
        self._started = False
        self._gateway = Gateway(changes, Directory(self.account.number))
        self.gate = self._gateway.gate
        self._servers = [_Server(listener, self._gateway) for listener in listeners]
        self._serving = [Serving(server, "aws-api") for server in self._servers]

    def start(self) -> None:
        """Serve, in threads of its own. What there is by now stays for ever: the collector need not look through it."""
        self._started = True
        gc.freeze()
        gc.enable()
        self._keeping.start()
        for serving in self._serving:
            serving.start()

    def serve(self, listener: socket.socket) -> "Door":
        """Serve on one more listening socket, which becomes the door's, until that is closed."""
        return Door(listener, self._gateway)

    def close(self, timeout: float = 5.0) -> None:
        """Stop serving: requests in progress get `timeout` seconds, then their connections are cut."""
        if self._started:
            self._keeping.stop(timeout)
        for server, serving in zip(self._servers, self._serving, strict=True):
            serving.stop(timeout)
            server.end_connections(timeout)
            server.server_close()


class Door:
    """One more way into the API, such as a VPC endpoint; ends with `close`."""

    def __init__(self, listener: socket.socket, gateway: Gateway) -> None:
        self._listener = listener
        self._server = _Server(listener, gateway)
        self._serving = Serving(self._server, "aws-api")
        self._serving.start()

    def close(self, timeout: float = 1.0) -> None:
        """Serve no more, and close the socket."""
        self._serving.stop(timeout)
        self._server.end_connections(timeout)
        self._server.server_close()
        self._listener.close()


class _Handler(MotoRequestHandler):
    """Quiet, and patient only so long with a client that sends nothing."""

    protocol_version = "HTTP/1.1"
    timeout = 60.0

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: ARG002 - werkzeug's signature
        """Log to this module's logger instead of standard error."""
        log.debug(message, *args)


class _Server(ThreadedWSGIServer):
    """One listener; knows its connections so that it can end them."""

    def __init__(self, listener: socket.socket, application: Gateway) -> None:
        host, port = listener.getsockname()[:2]
        super().__init__(host, port, application, handler=_Handler, fd=listener.fileno())
        self._connections: dict[threading.Thread, socket.socket] = {}
        self._registry = threading.Lock()

    def process_request(self, request: Any, client_address: Any) -> None:
        """Answer in a thread of its own, and remember it."""
        thread = threading.Thread(
            target=self.process_request_thread, args=(request, client_address), name="aws-api-call", daemon=True
        )
        with self._registry:
            self._connections = {t: s for t, s in self._connections.items() if t.is_alive()}
            self._connections[thread] = request
            thread.start()

    def end_connections(self, timeout: float) -> None:
        """Wait for calls in progress, then cut what is left."""
        with self._registry:
            connections = list(self._connections.items())
        for thread, connection in connections:
            thread.join(timeout)
            if thread.is_alive():
                _cut(connection)
                thread.join(1.0)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 - socketserver's signature
        """A connection that broke is the client's business; note it and go on."""
        log.debug("connection from %s broke", client_address, exc_info=True)


def _cut(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        log.debug("connection already closed")
