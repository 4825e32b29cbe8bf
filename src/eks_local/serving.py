"""A socket server in a thread of its own, that waits for a connection or its end: it does not look around meanwhile."""

import selectors
import socket
import threading
from socketserver import TCPServer


class Serving:
    """Serves from `start` on, until `stop`. Closing the server is the caller's."""

    def __init__(self, server: TCPServer, name: str) -> None:
        server.timeout = 0  # of a connection that has gone before it was accepted
        self._server = server
        self._end, self._ended = socket.socketpair()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self, timeout: float) -> None:
        """Accept no more; waits `timeout` seconds for the one that is being accepted. Once, started or not."""
        self._end.close()
        if self._thread.ident is None:
            self._ended.close()
        else:
            self._thread.join(timeout)

    def _run(self) -> None:
        with self._ended, selectors.DefaultSelector() as waiting:
            waiting.register(self._server, selectors.EVENT_READ)
            end = waiting.register(self._ended, selectors.EVENT_READ)
            while end not in [key for key, _ in waiting.select()]:
                self._server.handle_request()
