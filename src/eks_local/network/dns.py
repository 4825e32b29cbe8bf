"""DNS servers of the world: one for each VPC, one for the internet. UDP and TCP, IPv4 addresses and their names."""

import contextlib
import logging
import os
import selectors
import socket
import struct
import threading
from collections.abc import Sequence
from functools import partial

from dnslib import PTR, QTYPE, RCODE, RR, A, DNSError, DNSRecord

from eks_local.network.names import Answer, Resolve
from eks_local.sandbox import netns

log = logging.getLogger(__name__)

_PORT = 53
_TTL = 5
_PATIENCE = 5.0
"""Seconds that a client has for its question over TCP."""


class DnsServer:
    """Answers on some addresses of one network namespace, in a thread of its own."""

    def __init__(self, sockets: Sequence[socket.socket], resolve: Resolve) -> None:
        """Serve on bound UDP and listening TCP `sockets`, which become the server's."""
        self._sockets = sockets
        self._resolve = resolve
        self._wakeup, self._wake = os.pipe()
        self._thread = threading.Thread(target=self._serve, name="dns", daemon=True)

    @classmethod
    def start(cls, place: str | None, addresses: Sequence[str], resolve: Resolve) -> "DnsServer":
        """Serve on port 53 of `addresses` in the namespace `place`, None for the caller's own. Raises OSError."""
        sockets: list[socket.socket] = []
        try:
            for address in addresses:
                sockets += netns.run_in(place, partial(_bind, address)) if place else _bind(address)
        except BaseException:
            for bound in sockets:
                bound.close()
            raise
        server = cls(sockets, resolve)
        server._thread.start()
        return server

    def stop(self) -> None:
        """Serve no more."""
        os.write(self._wake, b"x")
        self._thread.join(_PATIENCE)
        for bound in self._sockets:
            bound.close()
        os.close(self._wakeup)
        os.close(self._wake)

    def _serve(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._wakeup, selectors.EVENT_READ)
            for bound in self._sockets:
                selector.register(bound, selectors.EVENT_READ, bound)
            while True:
                for key, _ in selector.select():
                    if key.data is None:
                        return
                    with contextlib.suppress(OSError):
                        self._receive(key.data)

    def _receive(self, bound: socket.socket) -> None:
        if bound.type == socket.SOCK_DGRAM:
            question, client = bound.recvfrom(4096)
            reply = answer(question, self._resolve)
            if reply:
                bound.sendto(reply, client)
            return
        connection, _ = bound.accept()
        threading.Thread(target=self._converse, args=(connection,), name="dns-tcp", daemon=True).start()

    def _converse(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            connection.settimeout(_PATIENCE)
            stream = connection.makefile("rb")
            while len(size := stream.read(2)) == 2:
                reply = answer(stream.read(struct.unpack("!H", size)[0]), self._resolve)
                if not reply:
                    return
                connection.sendall(struct.pack("!H", len(reply)) + reply)


def answer(packet: bytes, resolve: Resolve) -> bytes | None:
    """The reply to a DNS question; None to what is no question at all."""
    try:
        question = DNSRecord.parse(packet)
        if question.header.qr or not question.questions:
            return None
        reply = question.reply()
        name = question.q.qname
        found = resolve(str(name))
        if found is None:
            reply.header.rcode = RCODE.NXDOMAIN
        else:
            for record in _records(found, QTYPE.get(question.q.qtype)):
                reply.add_answer(RR(name, QTYPE.reverse[type(record).__name__], rdata=record, ttl=_TTL))
        packed: bytes = reply.pack()
    except (DNSError, UnicodeError, IndexError, ValueError, struct.error) as error:
        log.debug("not a DNS question: %s", error)
        return None
    return packed


def _records(found: Answer, kind: str) -> list[object]:
    if kind == "PTR" and found.name:
        return [PTR(found.name)]
    if kind in ("A", "ANY"):
        return [A(str(address)) for address in found.addresses]
    return []


def _bind(address: str) -> list[socket.socket]:
    datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        datagrams.bind((address, _PORT))
        return [datagrams, socket.create_server((address, _PORT), backlog=32)]
    except BaseException:
        datagrams.close()
        raise
