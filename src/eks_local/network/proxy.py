"""The host's way in: an HTTP CONNECT proxy whose connections start at the laptop, or where the client says.

kubectl, helm and browsers on the host use it through `proxy-url` or HTTPS_PROXY. It dials from the laptop's network
namespace and asks the world's DNS, so what the laptop may not reach, the host does not reach either. A failed dial is
answered with the reason in the status line, which is what kubectl prints.

The user name of the proxy's URL is a vantage point: `http://bastion@127.0.0.1:PORT` dials from the bastion's
namespace, and asks its VPC's resolver. There is no password: who can reach the proxy has the world.
"""

import asyncio
import base64
import binascii
import contextlib
import logging
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address
from urllib.parse import unquote

from eks_local.network import model
from eks_local.network.names import Resolve
from eks_local.sandbox import netns

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


@dataclass(frozen=True)
class Place:
    """Where connections start: a network namespace (empty: that of the caller), and what names mean there."""

    netns: str
    resolve: Resolve
    resolver: str = model.PUBLIC_DNS
    """Address of the DNS server there, for messages."""


class UnknownPlace(LookupError):
    """There is no such vantage point. The message says which there are."""


Find = Callable[[str], Place]
"""The place of a vantage point by its name. Raises `UnknownPlace`."""


def _nowhere(name: str) -> Place:
    raise UnknownPlace(f"there is no vantage point “{name}”; there is “{model.LAPTOP}”")


class Refused(Exception):
    """The proxy's own answer: an HTTP status and a reason."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


class Proxy:
    """Serves on a listening socket in a thread of its own."""

    def __init__(
        self, listener: socket.socket, laptop: Place, *, find: Find = _nowhere, limits: Limits | None = None
    ) -> None:
        """`laptop`: where connections start of clients that name no vantage point; `find` knows the others."""
        self._listener = listener
        self._laptop = laptop
        self._find = find
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
        head = await self._request(reader)
        host, port = _target(head[0])
        # To find a place takes locks of the AWS API: other connections must not wait for them.
        place = await asyncio.to_thread(self._place, _vantage(head[1:]))
        inward, outward = await self._dial(place, host, port)
        try:
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            await asyncio.gather(self._copy(reader, outward), self._copy(inward, writer))
        finally:
            await _close(outward)

    async def _request(self, reader: asyncio.StreamReader) -> list[str]:
        """The lines of the request's head."""
        try:
            async with asyncio.timeout(self._limits.patience):
                head = await reader.readuntil(b"\r\n\r\n")
        except TimeoutError:
            raise Refused(408, f"no request within {self._limits.patience:g} s") from None
        except asyncio.LimitOverrunError:
            raise Refused(431, f"the request's header is longer than {self._limits.header} bytes") from None
        except asyncio.IncompleteReadError as error:
            raise (ConnectionResetError() if not error.partial else Refused(400, "the request ended early")) from None
        return head.decode("latin-1").split("\r\n")

    def _place(self, vantage: str) -> Place:
        if vantage in ("", model.LAPTOP):
            return self._laptop
        try:
            return self._find(vantage)
        except UnknownPlace as error:
            raise Refused(407, str(error)) from error

    async def _dial(self, place: Place, host: str, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        address = _address(place, host)
        try:
            async with asyncio.timeout(self._limits.dial):
                return await self._connect(place, address, port)
        except TimeoutError:
            raise Refused(504, f"dial tcp {address}:{port}: i/o timeout") from None
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise Refused(502, f"dial tcp {address}:{port}: connect: {reason}") from None

    async def _connect(
        self, place: Place, address: IPv4Address, port: int
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        made = _socket(place)
        try:
            await self._loop.sock_connect(made, (str(address), port))
            return await asyncio.open_connection(sock=made, limit=self._limits.chunk)
        except BaseException:
            made.close()
            raise

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


def _socket(place: Place) -> socket.socket:
    """A TCP socket of the place: it keeps the namespace that it was made in."""

    def make() -> socket.socket:
        made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        made.setblocking(False)
        return made

    return netns.run_in(place.netns, make) if place.netns else make()


def _address(place: Place, host: str) -> IPv4Address:
    with contextlib.suppress(AddressValueError):
        return IPv4Address(host)
    found = place.resolve(host)
    if found is None or not found.addresses:
        raise Refused(502, f"dial tcp: lookup {host} on {place.resolver}:53: no such host")
    return found.addresses[0]


def _vantage(headers: list[str]) -> str:
    """The user name of `Proxy-Authorization: Basic …`; empty when there is none. Raises `Refused`."""
    for line in headers:
        name, _, value = line.partition(":")
        if name.strip().lower() != "proxy-authorization":
            continue
        scheme, _, coded = value.strip().partition(" ")
        try:
            if scheme.lower() != "basic":
                raise ValueError(scheme)
            user = base64.b64decode(coded.strip(), validate=True).decode().partition(":")[0]
        except (ValueError, binascii.Error):
            raise Refused(407, "the proxy takes the name of a vantage point as user name, by Basic alone") from None
        # curl and Go decode the URL's user name before they send it; who does not means the same.
        return unquote(user)
    return ""


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


_DEMANDED = {405: "Allow: CONNECT\r\n", 407: 'Proxy-Authenticate: Basic realm="vantage point"\r\n'}
"""What HTTP wants such an answer to have."""


def _response(status: int, reason: str) -> bytes:
    # A reason may quote what the client sent: nothing in it may end the line.
    plain = reason.replace("“", '"').replace("”", '"')
    line = "".join(character if character.isprintable() and character.isascii() else "?" for character in plain)
    body = line + "\n"
    head = (
        f"HTTP/1.1 {status} {line}\r\nContent-Type: text/plain\r\nContent-Length: {len(body)}\r\nConnection: close\r\n"
    )
    return f"{head}{_DEMANDED.get(status, '')}\r\n{body}".encode()


async def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
