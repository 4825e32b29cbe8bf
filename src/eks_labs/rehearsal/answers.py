"""Kubernetes' and AWS's own clients, whose requests are answered from a `World`."""

import json
from typing import Any
from urllib.parse import urlsplit

from eks_labs.rehearsal.worlds import World

REGION = "us-east-1"


class Aws:
    """boto3 clients that ask nobody."""

    def __init__(self) -> None:
        import boto3

        self._session = boto3.session.Session("rehearsal", "rehearsal", region_name=REGION)
        self._made: dict[tuple[str, str], Any] = {}

    def client(self, service: str, world: World) -> Any:
        """A client of the service in this world. Making one takes longer than all that it is then asked."""
        known = (service, world.name)
        if known not in self._made:
            self._made[known] = self._new(service, world)
        return self._made[known]

    def _new(self, service: str, world: World) -> Any:
        made = self._session.client(service)

        def answer(model: Any, **_: Any) -> tuple[Any, dict[str, Any]]:
            return _answer(model, world)

        made.meta.events.register("before-call", answer)
        return made


def _answer(operation: Any, world: World) -> tuple[Any, dict[str, Any]]:
    """(HTTP response, parsed body) as botocore would have them of the service."""
    from botocore.awsrequest import AWSResponse

    if operation.name == "DescribeCluster" and world.cluster is not None:
        return AWSResponse("", 200, {}, None), {"cluster": world.cluster}
    members = operation.output_shape.members if operation.output_shape else {}
    lists: dict[str, list[Any]] = {name: [] for name, shape in members.items() if shape.type_name == "list"}
    if lists:
        return AWSResponse("", 200, {}, None), lists
    # What has no list in its answer is about one thing, and that is not there.
    missing = {"Code": "ResourceNotFoundException", "Message": "there is nothing in a rehearsal"}
    return AWSResponse("", 404, {}, None), {"Error": missing, "ResponseMetadata": {"HTTPStatusCode": 404}}


def kubernetes(world: World) -> Any:
    """A `kubernetes.client.ApiClient` of the world's cluster."""
    from kubernetes import client

    configuration = client.Configuration()
    configuration.host = "https://rehearsal.invalid"
    made = client.ApiClient(configuration)
    made.rest_client.pool_manager = _Pool(world)
    return made


class _Pool:
    """What the client takes for urllib3's pool of connections."""

    def __init__(self, world: World) -> None:
        self._world = world

    def request(self, method: str, url: str, **_: Any) -> Any:
        """The Kubernetes API's answer."""
        import urllib3

        status, body = self._respond(method, urlsplit(url).path)
        # The answer to a watch is a stream, which ends at once.
        return urllib3.HTTPResponse(
            json.dumps(body).encode(),
            {"Content-Type": "application/json"},
            status,
            reason="Not Found" if status == 404 else "OK",
            preload_content=False,
        )

    def clear(self) -> None:
        """There are no connections to close."""

    def _respond(self, method: str, path: str) -> tuple[int, dict[str, Any]]:
        _, _, kind = path.rpartition("/")
        if method == "POST" and kind.endswith("reviews"):
            return 201, {"kind": "Review", "spec": {}, "status": {"allowed": False}}
        if path == "/apis":
            return 200, {"kind": "APIGroupList", "groups": []}
        if path == "/version":
            return 200, {"major": "1", "minor": "35", "gitVersion": "v1.35.0"}
        if method == "GET" and _is_list(path):
            items = {"nodes": self._world.nodes, "pods": self._world.pods}.get(kind, [])
            return 200, {"kind": "List", "apiVersion": "v1", "metadata": {}, "items": items}
        return 404, {"kind": "Status", "status": "Failure", "reason": "NotFound", "code": 404}


def _is_list(path: str) -> bool:
    """/api/v1/RESOURCE, /apis/GROUP/V1/RESOURCE, either with namespaces/NAME before the resource."""
    parts = path.strip("/").split("/")
    rest = parts[2:] if parts[0] == "api" else parts[3:]
    return len(rest) == 1 or (len(rest) == 3 and rest[0] == "namespaces")
