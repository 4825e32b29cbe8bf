"""A small Kubernetes client: JSON over one TLS connection a call, dialled by whoever makes the client.

The control planes of a world listen inside network namespaces, which no library's client can dial into. What the
world asks of Kubernetes is little: get, list, apply, patch, delete, watch.
"""

import http.client
import json
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote, urlencode

Object = dict[str, Any]
Dial = Callable[[float], socket.socket]
"""Connects to the API server, given a time limit in seconds. Raises OSError."""

MERGE = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
_APPLY = "application/apply-patch+yaml"


class KubeError(RuntimeError):
    """The API server refused: `status` is HTTP's, `reason` and `causes` are Kubernetes' own."""

    def __init__(self, status: int, reason: str, message: str, causes: Sequence[Mapping[str, str]] = ()) -> None:
        super().__init__(f"{status} {reason}: {message}")
        self.status = status
        self.reason = reason
        self.message = message
        self.causes = tuple(causes)


class KubeClient:
    """Calls one API server as one identity. Safe to use from several threads."""

    def __init__(self, dial: Dial, tls: ssl.SSLContext, *, server_name: str, agent: str = "eks") -> None:
        self._dial = dial
        self._tls = tls
        self._server_name = server_name
        self._agent = agent
        self._resources: dict[tuple[str, str], tuple[str, bool]] = {}

    def get(self, path: str, **query: str) -> Object:
        """The object at `path`. Raises `KubeError` (404 when there is none)."""
        return self.call("GET", path, query=query)

    def find(self, path: str) -> Object | None:
        """The object at `path`, None when there is none."""
        try:
            return self.get(path)
        except KubeError as error:
            if error.status == http.client.NOT_FOUND:
                return None
            raise

    def list(self, path: str, **query: str) -> list[Object]:
        """All objects at the collection `path`; `query` as labelSelector."""
        return list(self.get(path, **query).get("items") or [])

    def create(self, path: str, body: Object) -> Object:
        """Add an object to the collection `path`. Raises `KubeError` (409 when it exists)."""
        return self.call("POST", path, body)

    def patch(self, path: str, body: Object, kind: str = MERGE, **query: str) -> Object:
        """Change part of the object (or its subresource) at `path`."""
        return self.call("PATCH", path, body, content_type=kind, query=query)

    def delete(self, path: str, **query: str) -> bool:
        """Delete the object at `path`; False when there was none."""
        try:
            self.call("DELETE", path, query=query)
        except KubeError as error:
            if error.status == http.client.NOT_FOUND:
                return False
            raise
        return True

    def apply(self, body: Object, *, manager: str, force: bool) -> Object:
        """Server-side apply `body` as `manager`. Raises `KubeError` (409 with causes on a conflict, unless `force`)."""
        query = {"fieldManager": manager, "force": "true" if force else "false"}
        return self.call("PATCH", self.path_of(body), body, content_type=_APPLY, query=query)

    def delete_object(self, body: Object) -> bool:
        """Delete the object that `body` describes; False when there was none."""
        return self.delete(self.path_of(body), propagationPolicy="Background")

    def path_of(self, body: Object) -> str:
        """Where the object that `body` describes lives, by the server's own discovery."""
        api, kind, metadata = body["apiVersion"], body["kind"], body["metadata"]
        plural, namespaced = self._resource(api, kind)
        root = f"/apis/{api}" if "/" in api else f"/api/{api}"
        space = f"/namespaces/{metadata.get('namespace', 'default')}" if namespaced else ""
        return f"{root}{space}/{plural}/{quote(metadata['name'], safe='')}"

    def watch(self, path: str, *, resource_version: str, seconds: int, timeout: float) -> Iterator[Object]:
        """Events of the collection `path` after `resource_version`; ends after `seconds`. Raises as `call` does."""
        query = {"watch": "1", "resourceVersion": resource_version, "timeoutSeconds": str(seconds)}
        with self._answer("GET", path, None, "application/json", query, timeout) as answer:
            _require_success(answer.status, answer)
            while line := answer.readline():
                yield json.loads(line)

    def ready(self) -> bool:
        """Whether the API server says it is. Raises OSError while nothing answers."""
        with self._answer("GET", "/readyz", None, "application/json", {}, 5.0) as answer:
            return answer.status == http.client.OK

    def call(
        self,
        method: str,
        path: str,
        body: Object | None = None,
        *,
        content_type: str = "application/json",
        query: Mapping[str, str] | None = None,
    ) -> Object:
        """One request; the decoded answer. Raises `KubeError`, OSError when the server cannot be reached, or ends."""
        with self._answer(method, path, body, content_type, query or {}, 30.0) as answer:
            _require_success(answer.status, answer)
            return cast(Object, json.loads(answer.read() or b"{}"))

    @contextmanager
    def _answer(
        self, method: str, path: str, body: Object | None, content_type: str, query: Mapping[str, str], timeout: float
    ) -> Iterator[http.client.HTTPResponse]:
        """The answer to one request, as long as it is read. What breaks off in the middle of it is an OSError, too."""
        connection = http.client.HTTPConnection(self._server_name, timeout=timeout)
        raw = self._dial(timeout)
        try:
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.sock = self._tls.wrap_socket(raw, server_hostname=self._server_name)
            headers = {"Accept": "application/json", "Content-Type": content_type, "User-Agent": self._agent}
            data = None if body is None else json.dumps(body).encode()
            connection.request(method, f"{path}?{urlencode(query)}" if query else path, data, headers)
            yield connection.getresponse()
        except http.client.HTTPException as error:
            raise ConnectionAbortedError(f"the answer of the API server broke off: {error!r}") from error
        finally:
            raw.close()
            connection.close()

    def _resource(self, api: str, kind: str) -> tuple[str, bool]:
        if (api, kind) not in self._resources:
            listed = self.get(f"/apis/{api}" if "/" in api else f"/api/{api}")["resources"]
            for entry in listed:
                if "/" not in entry["name"]:
                    self._resources[(api, entry["kind"])] = (entry["name"], entry["namespaced"])
        try:
            return self._resources[(api, kind)]
        except KeyError:
            raise KubeError(http.client.NOT_FOUND, "NotFound", f"the server has no {kind} in {api}") from None


def client_context(authority: Path, certificate: Path, key: Path) -> ssl.SSLContext:
    """TLS that trusts `authority` alone and shows `certificate`."""
    context = ssl.create_default_context(cafile=str(authority))
    context.load_cert_chain(certificate, key)
    return context


def _require_success(status: int, answer: http.client.HTTPResponse) -> None:
    if status < http.client.BAD_REQUEST:
        return
    text = answer.read().decode(errors="replace")
    try:
        told = json.loads(text)
    except ValueError:
        told = {"message": text.strip()[:500]}
    causes = (told.get("details") or {}).get("causes") or ()
    raise KubeError(status, told.get("reason", answer.reason), told.get("message", ""), causes)
