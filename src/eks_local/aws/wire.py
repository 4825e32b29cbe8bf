"""What can be told of an AWS request before anybody parses it: service, operation, protocol, caller's key.

Never raises on what a client sends: what cannot be told is None.
"""

import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from eks_local.aws.sigv4 import Scope

_CREDENTIAL = re.compile(r"Credential=([^/,\s]+)/(\d{8})/([a-z0-9-]+)/([a-z0-9-]+)/aws4_request")
_READING = ("Describe", "List", "Get", "Head", "Search", "Lookup", "Simulate", "Decode", "Filter", "BatchGet")
_REST_XML = frozenset({"s3", "route53", "cloudfront"})


@dataclass(frozen=True)
class Call:
    """One request, as far as its envelope says."""

    method: str
    path: str
    service: str | None  # signing name: ec2, eks, elasticloadbalancing, ...
    access_key: str | None
    scope: Scope | None  # what the signature is for
    session_token: str | None
    presigned: bool  # signed in the query, not in a header
    operation: str | None  # CreateCluster; None for REST protocols
    protocol: str  # ec2, query, json, rest-json, rest-xml

    @property
    def mutates(self) -> bool:
        """Whether the call may change state. Errs on the side of yes."""
        if self.operation:
            return not self.operation.startswith(_READING)
        return self.method not in ("GET", "HEAD", "OPTIONS")

    @property
    def title(self) -> str:
        """The call's name for people: `ec2 CreateVpc`, `eks GET /clusters/x`."""
        what = self.operation or f"{self.method} {self.path}"
        return f"{self.service} {what}" if self.service else what


def read(environ: dict[str, Any], body: bytes) -> Call:
    """Read the envelope of a WSGI request."""
    query = _form(str(environ.get("QUERY_STRING", "")))
    content_type = str(environ.get("CONTENT_TYPE", ""))
    form = _form(body[:65536].decode("utf-8", "replace")) if content_type.startswith(_FORM) else {}
    target = str(environ.get("HTTP_X_AMZ_TARGET", ""))
    credential = _credential(environ, query)
    service = credential[4] if credential else None
    action = _first(form, "Action") or _first(query, "Action")
    if service is None and action in ("AssumeRoleWithWebIdentity", "GetCallerIdentity"):
        service = "sts"
    operation = action or (target.rpartition(".")[2] or None)
    return Call(
        method=str(environ.get("REQUEST_METHOD", "GET")),
        path=str(environ.get("PATH_INFO", "/")),
        service=service,
        access_key=credential[1] if credential else None,
        scope=Scope(credential[2], credential[3], credential[4]) if credential else None,
        session_token=environ.get("HTTP_X_AMZ_SECURITY_TOKEN") or _first(query, "X-Amz-Security-Token"),
        presigned=credential is not None and not environ.get("HTTP_AUTHORIZATION"),
        operation=operation,
        protocol=_protocol(service, action, target),
    )


def error(call: Call, status: str, code: str, message: str) -> tuple[str, list[tuple[str, str]], bytes]:
    """An error in the protocol's own shape: (status line, headers, body)."""
    if call.protocol in ("json", "rest-json"):
        body = json.dumps({"__type": code, "message": message, "Message": message})
        return status, [("Content-Type", "application/json"), ("x-amzn-ErrorType", code)], body.encode()
    inner = f"<Code>{_escape(code)}</Code><Message>{_escape(message)}</Message>"
    if call.protocol == "ec2":
        text = f"<Response><Errors><Error>{inner}</Error></Errors><RequestID>local</RequestID></Response>"
    elif call.protocol == "rest-xml" and call.service == "s3":
        text = f"<Error>{inner}<RequestId>local</RequestId></Error>"
    else:
        side = "Sender" if status.startswith("4") else "Receiver"
        text = f"<ErrorResponse><Error><Type>{side}</Type>{inner}</Error><RequestId>local</RequestId></ErrorResponse>"
    return status, [("Content-Type", "text/xml")], text.encode()


_FORM = "application/x-www-form-urlencoded"


def _form(text: str) -> dict[str, list[str]]:
    try:
        return parse_qs(text, keep_blank_values=True, max_num_fields=5000)
    except ValueError:
        return {}


def _first(form: dict[str, list[str]], name: str) -> str | None:
    return form[name][0] if form.get(name) else None


def _credential(environ: dict[str, Any], query: dict[str, list[str]]) -> re.Match[str] | None:
    header = _CREDENTIAL.search(str(environ.get("HTTP_AUTHORIZATION", "")))
    presigned = (query.get("X-Amz-Credential") or [""])[0]
    return header or _CREDENTIAL.search(f"Credential={presigned}")


def _protocol(service: str | None, action: str | None, target: str) -> str:
    if service == "ec2":
        return "ec2"
    if action:
        return "query"
    if target:
        return "json"
    return "rest-xml" if service in _REST_XML else "rest-json"


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
