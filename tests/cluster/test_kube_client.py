"""The client of an API server that ends in the middle of an answer: it was killed, and another one begins."""

import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import cast

import pytest

from eks_local.kube import NODES, KubeClient, KubeError
from eks_local.node.watch import NodeWatch
from eks_local.waiting import wait_for

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


class _Plain:
    """In place of TLS."""

    def wrap_socket(self, raw: socket.socket, server_hostname: str) -> socket.socket:
        return raw


Server = Callable[[Sequence[bytes]], KubeClient]


@pytest.fixture
def server() -> Iterator[Server]:
    """A client of a server that gives these answers, one a connection, and then no more."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(30)

    def serve(answers: Sequence[bytes]) -> None:
        for answer in answers:
            with listener.accept()[0] as connection:
                connection.recv(65536)
                connection.sendall(answer)
        listener.close()

    threads: list[threading.Thread] = []

    def start(answers: Sequence[bytes]) -> KubeClient:
        threads.append(threading.Thread(target=serve, args=(answers,)))
        threads[-1].start()
        address = listener.getsockname()

        def dial(seconds: float) -> socket.socket:
            return socket.create_connection(address, seconds)

        return KubeClient(dial, cast(ssl.SSLContext, _Plain()), server_name="kubernetes")

    yield start
    for thread in threads:
        thread.join(20)
    listener.close()


def whole(body: object) -> bytes:
    text = json.dumps(body).encode()
    return HEAD + b"Content-Length: %d\r\n\r\n%s" % (len(text), text)


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"", id="before it"),
        pytest.param(b"HTT", id="in its first line"),
        pytest.param(HEAD + b"Content-Length: 100\r\n\r\n{", id="in its body"),
        pytest.param(CHUNKED + b"64\r\n{", id="in a chunk"),
        pytest.param(b"HTTP/1.1 500 No\r\nContent-Length: 100\r\n\r\n{", id="in a refusal"),
    ],
)
def test_an_answer_that_breaks_off_is_an_os_error(server: Server, answer: bytes) -> None:
    with pytest.raises(ConnectionError):
        server([answer]).get(NODES)


def test_a_refusal_is_kubernetes(server: Server) -> None:
    with pytest.raises(KubeError, match="404"):
        server([b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}"]).get(NODES)


def test_a_watch_that_breaks_off_is_begun_anew(server: Server) -> None:
    def listed(*names: str) -> bytes:
        nodes = [{"metadata": {"name": name}, "spec": {}, "status": {}} for name in names]
        return whole({"metadata": {"resourceVersion": "1"}, "items": nodes})

    watch = NodeWatch("it", server([listed("a"), CHUNKED + b"64\r\n{", listed("a", "b")]), lambda: None)
    try:
        wait_for(lambda: set(watch.nodes) == {"a", "b"}, what="the second list", seconds=20)
    finally:
        watch.stop()
