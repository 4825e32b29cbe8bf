"""The CONNECT proxy against real sockets: tunnels, half-closed connections, and what it says when it cannot."""

import base64
import contextlib
import socket
import threading
from collections.abc import Iterator
from ipaddress import IPv4Address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eks_local.network.names import Answer
from eks_local.network.proxy import Limits, Place, Proxy, UnknownPlace
from eks_local.waiting import wait_for


def resolve(name: str) -> Answer | None:
    return Answer((IPv4Address("127.0.0.1"),)) if name == "here.world" else None


def inside(name: str) -> Answer | None:
    """The names of another place, where here.world is somebody else."""
    return Answer((IPv4Address("127.0.0.2"),)) if name in ("here.world", "inner.world") else None


def find(name: str) -> Place:
    if name in ("bastion", "instance web 1"):
        return Place("", inside, "10.0.0.2")
    raise UnknownPlace(f"there is no vantage point “{name}”; there are “laptop” and “bastion”")


def user(name: str, scheme: str = "Basic") -> str:
    return f"Proxy-Authorization: {scheme} {base64.b64encode(f'{name}:'.encode()).decode()}\r\n"


@contextlib.contextmanager
def proxy(**limits: float) -> Iterator[tuple[str, int]]:
    listener = socket.create_server(("127.0.0.1", 0))
    address = listener.getsockname()
    running = Proxy(listener, Place("", resolve), find=find, limits=Limits(**limits))  # type: ignore[arg-type]
    running.start()
    try:
        yield address
    finally:
        running.stop()


@contextlib.contextmanager
def echo() -> Iterator[int]:
    """Answers with all that it got, once the other side has finished."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    with connection:
                        connection.sendall(b"".join(iter(lambda c=connection: c.recv(65536), b"")))

        threading.Thread(target=serve, daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)


def head(connection: socket.socket) -> str:
    received = b""
    while b"\r\n\r\n" not in received:
        part = connection.recv(1)
        if not part:
            break
        received += part
    return received.decode()


def ask(address: tuple[str, int], request: bytes) -> str:
    with socket.create_connection(address, 10) as connection:
        connection.sendall(request)
        return head(connection).split("\r\n")[0]


def test_a_tunnel_carries_both_directions_after_one_has_ended():
    with proxy() as address, echo() as port, socket.create_connection(address, 10) as client:
        client.sendall(f"CONNECT here.world:{port} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        assert head(client).startswith("HTTP/1.1 200 ")
        payload = bytes(range(256)) * 4096
        client.sendall(payload)
        client.shutdown(socket.SHUT_WR)
        assert b"".join(iter(lambda: client.recv(65536), b"")) == payload


def test_what_follows_the_request_at_once_is_carried_too():
    with proxy() as address, echo() as port, socket.create_connection(address, 10) as client:
        client.sendall(f"CONNECT 127.0.0.1:{port} HTTP/1.1\r\n\r\nearly".encode())
        client.shutdown(socket.SHUT_WR)
        assert head(client).startswith("HTTP/1.1 200 ")
        assert client.recv(100) == b"early"


@pytest.mark.parametrize(
    ("request_", "answer"),
    [
        (b"GET http://x/ HTTP/1.1\r\n\r\n", "HTTP/1.1 405 this proxy answers CONNECT alone, not GET"),
        (b"CONNECT nowhere.example:443 HTTP/1.1\r\n\r\n", "HTTP/1.1 502 dial tcp: lookup nowhere.example on"),
        (b"CONNECT here.world:1 HTTP/1.1\r\n\r\n", "HTTP/1.1 502 dial tcp 127.0.0.1:1: connect: "),
        (b"CONNECT here.world HTTP/1.1\r\n\r\n", "HTTP/1.1 400 CONNECT needs HOST:PORT"),
        (b"CONNECT :443 HTTP/1.1\r\n\r\n", "HTTP/1.1 400 CONNECT needs HOST:PORT"),
        (b"CONNECT here.world:99999 HTTP/1.1\r\n\r\n", "HTTP/1.1 400 CONNECT needs HOST:PORT"),
        (b"\x16\x03\x01\x02\x00\r\n\r\n", "HTTP/1.1 400 this is an HTTP proxy"),
    ],
)
def test_a_refusal_says_what_was_wrong(request_, answer):
    with proxy() as address:
        assert ask(address, request_).startswith(answer)


@pytest.mark.parametrize("name", ["bastion", "instance web 1", "instance%20web%201"])
def test_the_user_name_is_the_place_that_names_are_asked_at_and_connections_start_from(name):
    with proxy() as address, socket.create_server(("127.0.0.2", 0)) as listener:
        request = f"CONNECT inner.world:{listener.getsockname()[1]} HTTP/1.1\r\n{user(name)}\r\n".encode()
        with socket.create_connection(address, 10) as client:
            client.sendall(request)
            assert head(client).startswith("HTTP/1.1 200 ")
            connection, _ = listener.accept()
            with connection:
                client.sendall(b"through")
                assert connection.recv(100) == b"through"


@pytest.mark.parametrize("header", ["", user(""), user("laptop")])
def test_who_names_no_place_is_at_the_laptop(header):
    with proxy() as address:
        answer = ask(address, f"CONNECT inner.world:443 HTTP/1.1\r\n{header}\r\n".encode())
        assert answer == "HTTP/1.1 502 dial tcp: lookup inner.world on 192.0.2.53:53: no such host"


def test_a_lookup_that_fails_elsewhere_names_the_resolver_there():
    with proxy() as address:
        answer = ask(address, f"CONNECT nowhere.example:443 HTTP/1.1\r\n{user('bastion')}\r\n".encode())
        assert answer == "HTTP/1.1 502 dial tcp: lookup nowhere.example on 10.0.0.2:53: no such host"


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (user("moon"), 'there is no vantage point "moon"; there are "laptop" and "bastion"'),
        (user("bastion", "Bearer"), "the proxy takes the name of a vantage point as user name, by Basic alone"),
        ("Proxy-Authorization: Basic ***\r\n", "the proxy takes the name of a vantage point as user name"),
        ("proxy-authorization:\r\n", "the proxy takes the name of a vantage point as user name"),
    ],
)
def test_an_unknown_place_is_refused_with_the_ones_there_are(header, reason):
    with proxy() as address, socket.create_connection(address, 10) as connection:
        connection.sendall(f"CONNECT here.world:443 HTTP/1.1\r\nHost: x\r\n{header}\r\n".encode())
        answer = head(connection)
        assert answer.startswith(f"HTTP/1.1 407 {reason}")
        assert 'Proxy-Authenticate: Basic realm="vantage point"\r\n' in answer


def test_limits_are_told_and_hold_for_nobody_else():
    with proxy(header=1024, patience=0.2, connections=2) as address, echo() as port:
        assert ask(address, b"CONNECT " + b"x" * 5000).startswith("HTTP/1.1 431 ")
        assert ask(address, b"CONNECT slow").startswith("HTTP/1.1 408 ")
        with socket.create_connection(address, 5) as one, socket.create_connection(address, 5) as two:
            for client in (one, two):
                client.sendall(f"CONNECT 127.0.0.1:{port} HTTP/1.1\r\n\r\n".encode())
                assert head(client).startswith("HTTP/1.1 200 ")
            assert ask(address, b"CONNECT 127.0.0.1:1 HTTP/1.1\r\n\r\n").startswith("HTTP/1.1 503 ")
        request = f"CONNECT 127.0.0.1:{port} HTTP/1.1\r\n\r\n".encode()
        wait_for(lambda: ask(address, request).startswith("HTTP/1.1 200 "), what="room for one more", seconds=10)


def test_a_dial_that_gets_no_answer_is_a_timeout():
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        fillers = []
        for _ in range(4):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(deaf.getsockname())
            fillers.append(filler)
        with proxy(dial=0.3) as address:
            port = deaf.getsockname()[1]
            request = f"CONNECT 127.0.0.1:{port} HTTP/1.1\r\n\r\n".encode()
            assert ask(address, request) == f"HTTP/1.1 504 dial tcp 127.0.0.1:{port}: i/o timeout"
        for filler in fillers:
            filler.close()


def test_stopping_ends_open_tunnels():
    with echo() as port, proxy() as address:
        client = socket.create_connection(address, 10)
        client.sendall(f"CONNECT 127.0.0.1:{port} HTTP/1.1\r\n\r\n".encode())
        assert head(client).startswith("HTTP/1.1 200 ")
    assert client.recv(1) == b""
    client.close()


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=300))
def test_garbage_never_takes_the_proxy_down(garbage: bytes):
    with proxy(patience=0.05) as address:
        with socket.create_connection(address, 10) as connection:
            connection.sendall(garbage + b"\r\n\r\n")
            head(connection)
        assert ask(address, b"GET / HTTP/1.1\r\n\r\n").startswith("HTTP/1.1 405 ")
