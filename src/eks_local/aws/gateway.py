"""The WSGI application: moto's, made safe for AWS clients.

What is not implemented leaves as 501 with its name, in the error shape of the service's protocol: the Terraform
provider retries a 500 up to 25 times, which is minutes of silence, and dies on moto's HTML. An exception of ours or
moto's leaves as 501 too, for the same reason, and is logged with its traceback.
"""

import io
import logging
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qs

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from eks_local.aws import checkip, sigv4, wire
from eks_local.aws.attempts import Answer, Attempts
from eks_local.aws.authentication import Authenticator
from eks_local.aws.gate import Gate
from eks_local.aws.identity import Directory
from eks_local.changes import Changes

log = logging.getLogger(__name__)

_LARGEST_BODY = 64 * 2**20

StartResponse = Callable[..., Any]


class Gateway:
    """Reads the envelope, refuses who proves nothing, lets moto answer, mends the shape, tells of changes."""

    def __init__(self, changes: Changes, directory: Directory) -> None:
        """`directory` knows the access keys; `changes` hears of every call that may have changed something."""
        self.gate = Gate()
        """What calls that change something pass through."""
        self._attempts = Attempts()
        self._changes = changes
        self._account = directory.account
        self._authenticator = Authenticator(directory)
        self._moto = _Dispatcher(create_backend_app)

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request, whatever it is."""
        status, headers, body = self._answer(environ)
        headers = [(name, value) for name, value in headers if name.lower() != "content-length"]
        if environ.get("REQUEST_METHOD") == "HEAD":
            body = b""
        start_response(status, [*headers, ("Content-Length", str(len(body)))])
        return [body]

    def _answer(self, environ: dict[str, Any]) -> Answer:
        try:
            body = _read_body(environ)
        except (OSError, ValueError) as error:
            call = wire.read(environ, b"")
            return wire.error(call, "400 Bad Request", "MalformedRequest", str(error))
        caller = checkip.answer(environ)
        if caller is not None:
            return "200 OK", [("Content-Type", "text/plain")], caller
        call = wire.read(environ, body)
        refusal = self._authenticator.refuse(call, environ, body)
        if refusal:
            return wire.error(call, refusal.status, refusal.code, refusal.message)
        # moto would look for the account of the key in every partition there is, and knows no presigned callers.
        environ["HTTP_X_MOTO_ACCOUNT_ID"] = self._account
        if call.presigned and call.service != "s3":
            environ["HTTP_AUTHORIZATION"] = f"{sigv4.ALGORITHM} Credential={call.access_key}/{call.scope}, "
        if not call.mutates:
            return self._dispatch(environ, call)
        return self._attempts.answer(call.title, environ, lambda: self._change(environ, call))

    def _change(self, environ: dict[str, Any], call: wire.Call) -> Answer:
        try:
            with self.gate.passage():
                return self._dispatch(environ, call)
        finally:
            self._changes.notify()

    def _dispatch(self, environ: dict[str, Any], call: wire.Call) -> Answer:
        seen: list[tuple[str, list[tuple[str, str]]]] = []

        def start(status: str, headers: list[tuple[str, str]], _exc: Any = None) -> Callable[[bytes], None]:
            seen.append((status, headers))
            return lambda _data: None

        try:
            body = b"".join(self._moto(environ, start))
        except NotImplementedError as error:
            return wire.error(call, "501 Not Implemented", "NotImplemented", f"{call.title}: {error}")
        except UnicodeError as error:
            return wire.error(call, "400 Bad Request", "SerializationException", f"not UTF-8: {error}")
        except Exception as error:
            log.exception("%s failed", call.title)
            text = f"{call.title} failed inside the local AWS API: {type(error).__name__}: {error}"
            return wire.error(call, "501 Not Implemented", "InternalFailure", text)
        status, headers = seen[-1]
        if status[:1] in "45" and body.lstrip()[:1] == b"<" and b"<html" in body[:200].lower():
            return wire.error(call, "501 Not Implemented", "NotImplemented", f"{call.title} is not implemented")
        return status, headers, body


class _Dispatcher(DomainDispatcherApplication):
    """moto's routing, taught presigned URLs: moto takes every unsigned GET for S3."""

    def infer_service_region_host(self, environ: dict[str, Any], path: str) -> str | None:
        """The host name that stands for the service, from the credential scope."""
        if not environ.get("HTTP_AUTHORIZATION"):
            query = parse_qs(str(environ.get("QUERY_STRING", "")))
            scope = (query.get("X-Amz-Credential") or [""])[0].split("/")
            if len(scope) == 5:
                return f"{scope[3]}.{scope[2]}.amazonaws.com"
        host: str | None = super().infer_service_region_host(environ, path)
        return host

    def get_backend_for_host(self, host: str | None) -> Any:
        """The service at a host name. Raises NotImplementedError for services that moto does not have."""
        if (
            host is not None
            and "." in host
            and not any(p.match(f"http://{host}") for _, p in self.backend_url_patterns)
        ):
            raise NotImplementedError(f"there is no service at {host}")
        return super().get_backend_for_host(host)

    def get_application(self, environ: dict[str, Any]) -> Any:
        """The service's application; moto's own control pages and metadata service are not for clients."""
        if str(environ.get("PATH_INFO", "")).startswith(("/moto-api", "/latest/")):
            raise NotImplementedError(f"there is nothing at {environ['PATH_INFO']}")
        return super().get_application(environ)


def _read_body(environ: dict[str, Any]) -> bytes:
    """Read the whole body and put it back for those who read it next. Raises ValueError when it is too long."""
    stream = environ["wsgi.input"]
    if environ.get("wsgi.input_terminated"):
        body = stream.read(_LARGEST_BODY + 1)
    else:
        length = int(environ.get("CONTENT_LENGTH") or 0)
        if not 0 <= length <= _LARGEST_BODY:
            raise ValueError(f"Content-Length {length} is not within 0 and {_LARGEST_BODY}")
        body = stream.read(length)
    if len(body) > _LARGEST_BODY:
        raise ValueError(f"the body is longer than {_LARGEST_BODY} bytes")
    environ["wsgi.input"] = io.BytesIO(body)
    environ["CONTENT_LENGTH"] = str(len(body))
    return bytes(body)
