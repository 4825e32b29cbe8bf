"""The host's way in: an HTTP CONNECT proxy whose connections start at the laptop.

kubectl, helm and browsers on the host use it through `proxy-url` or HTTPS_PROXY. It dials from the laptop's network
namespace and asks the world's DNS, so what the laptop may not reach, the host does not reach either. A failed dial is
answered with the reason in the status line, which is what kubectl prints.
"""

import asyncio
import contextlib
import logging
import socket
import threading
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address

from eks_local.network import model
from eks_local.network.names import Resolve
from eks_local.sandbox import kernel, netns

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Limits:
    """What one client may take."""

    connections: int = 512
    header: int = 16384
    """Bytes."""
    patience: float = 10.0
    """Seconds for the request to arrive."""
    dial: float = 30.0
    """Seconds for a connection to be made, as in client-go."""
    chunk: int = 65536
    """Bytes copied at a time."""


class Refused(Exception):
    """The proxy's own answer: an HTTP status and a reason."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


class Proxy:
    """Serves on a listening socket in a thread that lives in the laptop's namespace."""

    def __init__(
        self, listener: socket.socket, resolve: Resolve, *, place: str = model.LAPTOP, limits: Limits | None = None
    ) -> None:
        """`place`: the namespace to dial from; empty for the caller's own."""
        self._listener = listener
        self._resolve = resolve
        self._place = place
        self._limits = limits or Limits()
        self._open = 0
        self._loop = asyncio.new_event_loop()
        self._stopping = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="proxy", daemon=True)

    def start(self) -> None:
        """Start serving."""
        self._thread.start()

    def stop(self) -> None:
        """Serve no more, and end the connections."""
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(5.0)
        self._listener.close()

    def _run(self) -> None:
        if self._place:
            # The loop's sockets are made in this thread, so they are the laptop's.
            kernel.setns(netns.path(self._place), kernel.CLONE_NEWNET)
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._client, sock=self._listener, limit=self._limits.header)
        await self._stopping.wait()
        server.close()

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open += 1
        try:
            await self._tunnel(reader, writer)
        except Refused as refused:
            with contextlib.suppress(OSError):
                writer.write(_response(refused.status, refused.reason))
                await writer.drain()
        except OSError as error:
            log.debug("proxy: %s", error)
        finally:
            self._open -= 1
            await _close(writer)

    async def _tunnel(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._open > self._limits.connections:
            raise Refused(503, f"the proxy has {self._limits.connections} connections open, its limit")
        host, port = _target(await self._request(reader))
        inward, outward = await self._dial(host, port)
        try:
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            await asyncio.gather(self._copy(reader, outward), self._copy(inward, writer))
        finally:
            await _close(outward)

    async def _request(self, reader: asyncio.StreamReader) -> str:
        try:
            async with asyncio.timeout(self._limits.patience):
                head = await reader.readuntil(b"\r\n\r\n")
        except TimeoutError:
            raise Refused(408, f"no request within {self._limits.patience:g} s") from None
        except asyncio.LimitOverrunError:
            raise Refused(431, f"the request's header is longer than {self._limits.header} bytes") from None
        except asyncio.IncompleteReadError as error:
            raise (ConnectionResetError() if not error.partial else Refused(400, "the request ended early")) from None
        return head.split(b"\r\n", 1)[0].decode("latin-1")

    async def _dial(self, host: str, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        address = self._address(host)
        try:
            async with asyncio.timeout(self._limits.dial):
                return await asyncio.open_connection(str(address), port, limit=self._limits.chunk)
        except TimeoutError:
            raise Refused(504, f"dial tcp {address}:{port}: i/o timeout") from None
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise Refused(502, f"dial tcp {address}:{port}: connect: {reason}") from None

    def _address(self, host: str) -> IPv4Address:
        with contextlib.suppress(AddressValueError):
            return IPv4Address(host)
        found = self._resolve(host)
        if found is None or not found.addresses:
            raise Refused(502, f"dial tcp: lookup {host} on {model.PUBLIC_DNS}:53: no such host")
        return found.addresses[0]

    async def _copy(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        """Until the source ends; then the sink is told so, and its own direction goes on."""
        try:
            while data := await source.read(self._limits.chunk):
                sink.write(data)
                await sink.drain()
            if sink.can_write_eof():
                sink.write_eof()
        except OSError:
            # One side is gone: nothing of the other is of use any more.
            sink.transport.abort()


def _target(line: str) -> tuple[str, int]:
    """Host and port of a request line. Raises `Refused`."""
    parts = line.split(" ")
    if len(parts) != 3 or not parts[2].startswith("HTTP/1."):
        raise Refused(400, "this is an HTTP proxy; that was no HTTP request")
    method, target, _ = parts
    if method != "CONNECT":
        raise Refused(405, f"this proxy answers CONNECT alone, not {method}: use it for https addresses")
    host, _, port = target.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise Refused(400, f"CONNECT needs HOST:PORT, not {target[:200]}")
    return host.strip("[]"), int(port)


def _response(status: int, reason: str) -> bytes:
    # A reason may quote what the client sent: nothing in it may end the line.
    line = "".join(character if character.isprintable() and character.isascii() else "?" for character in reason)
    body = line + "\n"
    head = (
        f"HTTP/1.1 {status} {line}\r\nContent-Type: text/plain\r\nContent-Length: {len(body)}\r\nConnection: close\r\n"
    )
    allow = "Allow: CONNECT\r\n" if status == 405 else ""
    return f"{head}{allow}\r\n{body}".encode()


async def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
