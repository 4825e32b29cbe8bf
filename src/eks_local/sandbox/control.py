"""Questions from the host, answered inside the box: one line of JSON each way over a Unix socket.

→ {"do": "status", "with": {}}
← {"answer": …}        or        ← {"refused": "why"}
"""

import contextlib
import json
import os
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from eks_local.sandbox.errors import WorldError

LONGEST = 1 << 20
"""Bytes of the longest line that is read."""

Json = Any
Handler = Callable[[Mapping[str, Json]], Json]


class Refused(Exception):
    """A handler's way to say no: the text goes to whoever asked."""


def bind(path: Path) -> socket.socket:
    """A listening socket at `path`, which only its owner can reach. Replaces a stale one."""
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    with _short(path) as short:
        listener.bind(short)
    path.chmod(0o600)
    listener.listen(16)
    return listener


def ask(path: Path, do: str, timeout: float = 10.0, **arguments: Json) -> Json:
    """The answer of the world whose control socket is `path`. Raises `WorldError`."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(timeout)
        try:
            with _short(path) as short:
                connection.connect(short)
            connection.sendall(json.dumps({"do": do, "with": arguments}).encode() + b"\n")
            line = _read_line(connection)
        except TimeoutError:
            raise WorldError(f"{path}: the world did not answer “{do}” within {timeout:g} s") from None
        except OSError as error:
            raise WorldError(f"{path}: no world answers here ({error.strerror or error})") from None
    if not line:
        raise WorldError(f"{path}: the world ended while it was asked for “{do}”")
    reply = json.loads(line)
    if "refused" in reply:
        raise WorldError(reply["refused"])
    return reply["answer"]


class ControlServer:
    """Answers in a thread of its own, one question at a time a connection."""

    def __init__(self, listener: socket.socket, handlers: Mapping[str, Handler]) -> None:
        self._listener = listener
        self._handlers = handlers
        self._thread = threading.Thread(target=self._serve, name="control", daemon=True)

    def start(self) -> None:
        """Start answering."""
        self._thread.start()

    def stop(self) -> None:
        """Accept no more questions."""
        # Closing alone does not wake a thread that is in accept().
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5.0)

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(connection,), name="control-answer", daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            connection.settimeout(10.0)
            line = _read_line(connection)
            if line:
                connection.sendall(json.dumps(self._reply(line)).encode() + b"\n")

    def _reply(self, line: bytes) -> dict[str, Json]:
        try:
            question = json.loads(line)
            handler = self._handlers.get(question["do"])
            arguments = question.get("with", {})
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            return {"refused": f"not a question: {error}"}
        if handler is None:
            return {"refused": f"the world knows no “{question['do']}”; it knows {', '.join(sorted(self._handlers))}"}
        try:
            return {"answer": handler(arguments)}
        except Refused as error:
            return {"refused": str(error)}
        except Exception as error:
            # Who only asks, on the host, does not wait for it to be imported.
            import logging

            logging.getLogger(__name__).exception("control: %s failed", question["do"])
            return {"refused": f"{question['do']} failed: {type(error).__name__}: {error}"}


def _read_line(connection: socket.socket) -> bytes:
    line = bytearray()
    while not line.endswith(b"\n") and len(line) < LONGEST:
        part = connection.recv(65536)
        if not part:
            break
        line += part
    return bytes(line)


@contextlib.contextmanager
def _short(path: Path) -> Iterator[str]:
    """A name of `path` that fits into a socket's address (107 bytes), however deep the folder is."""
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
