"""A socket server in a thread of its own."""

import socket
import threading
from collections.abc import Iterator
from socketserver import StreamRequestHandler, ThreadingTCPServer

import pytest

from eks_local.serving import Serving


class Echo(StreamRequestHandler):
    def handle(self) -> None:
        self.wfile.write(self.rfile.readline())


@pytest.fixture
def server() -> Iterator[ThreadingTCPServer]:
    with ThreadingTCPServer(("127.0.0.1", 0), Echo) as made:
        yield made


def asked(server: ThreadingTCPServer) -> bytes:
    with socket.create_connection(server.server_address[:2], timeout=5) as connection:
        connection.sendall(b"hello\n")
        return connection.makefile("rb").readline()


def test_it_serves_until_it_is_stopped(server: ThreadingTCPServer) -> None:
    serving = Serving(server, "echo")
    serving.start()
    assert [asked(server), asked(server)] == [b"hello\n"] * 2
    serving.stop(5)
    assert "echo" not in {thread.name for thread in threading.enumerate()}


def test_one_that_never_began_can_be_stopped(server: ThreadingTCPServer) -> None:
    Serving(server, "echo").stop(5)
