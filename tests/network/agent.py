"""Runs in a namespace: answers on ports, and calls other places. One JSON line a call on stdin, one a result on stdout.

    → {"id": 1, "protocol": "tcp", "to": "10.7.1.4", "port": 80, "from": "", "seconds": 0.4}
    ← {"id": 1, "result": "reaches"}

Results: reaches, times out, refused (a program's or a stack's answer), nowhere (no such network).
"""

import errno
import itertools
import json
import os
import selectors
import socket
import struct
import sys
import threading

TCP = (22, 80, 443, 5000, 5001, 5009, 5010, 6000, 8080, 10250, 30000, 40000)
UDP = (53, 5000, 6000)
NUMBER = 253
"""A protocol that has no ports: for experiments, says IANA."""
IP_RECVERR = 11

out = threading.Lock()
idents = itertools.count(os.getpid() * 16)


def serve() -> None:
    """Answer whoever calls."""
    waiting = selectors.DefaultSelector()
    for port in TCP:
        waiting.register(socket.create_server(("", port), backlog=64), selectors.EVENT_READ, "tcp")
    for port in UDP:
        datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        datagrams.bind(("", port))
        waiting.register(datagrams, selectors.EVENT_READ, "udp")
    waiting.register(socket.socket(socket.AF_INET, socket.SOCK_RAW, NUMBER), selectors.EVENT_READ, "raw")
    while True:
        for key, _ in waiting.select():
            answer(key.fileobj, key.data)


def answer(ready: socket.socket, kind: str) -> None:
    if kind == "tcp":
        client, _ = ready.accept()
        client.close()
        return
    data, address = ready.recvfrom(2048)
    if kind == "udp":
        ready.sendto(data, address)
    elif data[20:24] == b"ping":
        ready.sendto(b"pong", address)


def call(asked: dict) -> None:
    """Returns when there was an answer. Raises OSError."""
    protocol, to, port = asked["protocol"], asked["to"], asked["port"]
    if protocol == "tcp":
        # A handshake goes both ways; not everybody speaks first.
        socket.create_connection((to, port), asked["seconds"], (asked["from"], 0)).close()
        return
    if protocol == "udp":
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
            made.settimeout(asked["seconds"])
            made.bind((asked["from"], 0))
            made.connect((to, port))
            made.send(b"hello")
            made.recv(64)
            return
    number = socket.IPPROTO_ICMP if protocol == "icmp" else int(protocol)
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, number) as made:
        # Raw sockets are told of unreachable networks only when they ask to be.
        made.setsockopt(socket.IPPROTO_IP, IP_RECVERR, 1)
        made.settimeout(asked["seconds"])
        made.bind((asked["from"], 0))
        made.connect((to, 0))
        (ping if protocol == "icmp" else pang)(made)


def ping(made: socket.socket) -> None:
    ident = next(idents) & 0xFFFF
    words = struct.pack("!BBHHH", 8, 0, 0, ident, 1)
    total = sum(struct.unpack("!4H", words))
    made.send(struct.pack("!BBHHH", 8, 0, ~((total & 0xFFFF) + (total >> 16)) & 0xFFFF, ident, 1))
    while True:
        kind, _, _, found, _ = struct.unpack("!BBHHH", made.recv(2048)[20:28])
        if (kind, found) == (0, ident):
            return


def pang(made: socket.socket) -> None:
    made.send(b"ping")
    while made.recv(2048)[20:] != b"pong":
        pass


def result(asked: dict) -> None:
    found = {"id": asked["id"], "result": "reaches"}
    try:
        call(asked)
    except TimeoutError:
        found["result"] = "times out"
    except OSError as error:
        if error.errno in (errno.ENETUNREACH, errno.EHOSTUNREACH):
            found["result"] = "nowhere"
        else:
            found |= {"result": "refused", "error": str(error)}
    with out:
        print(json.dumps(found), flush=True)


if __name__ == "__main__":
    threading.Thread(target=serve, daemon=True).start()
    for line in sys.stdin:
        threading.Thread(target=result, args=(json.loads(line),), daemon=True).start()
