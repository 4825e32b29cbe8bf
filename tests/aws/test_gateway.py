"""What comes in never breaks the API, and what it does not do it says in the client's own shape."""

import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given, settings
from hypothesis import strategies as st

from eks_local.aws.server import ApiServer
from eks_local.changes import Changes
from tests.aws.conftest import REGION, Api, error_of, serving


@pytest.fixture(scope="module")
def served() -> Iterator[Api]:
    with serving(complete=False) as api:
        yield api


def send(
    api: Api, method: str, path: str, body: bytes = b"", service: str = "eks", **headers: str
) -> tuple[int, http.client.HTTPMessage, bytes]:
    """Send one signed request as it is; returns status, headers and body."""
    request = AWSRequest(method, f"{api.url}{path}", headers=headers, data=body)
    SigV4Auth(Credentials(api.learner.access_key, api.learner.secret), service, REGION).add_auth(request)
    connection = http.client.HTTPConnection(api.url.removeprefix("http://"), timeout=20)
    connection.request(method, path, body=body, headers=dict(request.headers))
    answer = connection.getresponse()
    return answer.status, answer.headers, answer.read()


@pytest.mark.parametrize(
    ("service", "call", "arguments", "name"),
    [
        ("eks", "create_fargate_profile", {"clusterName": "lab", "fargateProfileName": "x", "podExecutionRoleArn": "x"},
         "CreateFargateProfile"),
        ("eks", "list_insights", {"clusterName": "lab"}, "ListInsights"),
        ("ec2", "create_capacity_reservation", {"InstanceType": "t3.small", "InstancePlatform": "Linux/UNIX",
                                                "InstanceCount": 1}, "create_capacity_reservation"),
        ("sts", "get_session_token", {}, "GetSessionToken"),
        ("iam", "generate_organizations_access_report", {"EntityPath": "o-a1b2c3d4e5/r-f6g7h8"},
         "generate_organizations_access_report"),
    ],
)  # fmt: skip
def test_what_is_not_implemented_is_501_by_name(
    served: Api, service: str, call: str, arguments: dict[str, object], name: str
) -> None:
    status, code, text = error_of(getattr(served.client(service), call), **arguments)
    assert (status, code) == (501, "NotImplemented")
    assert name in text


def test_a_service_that_is_not_there_is_501(served: Api) -> None:
    status, code, text = error_of(
        served.client("eks-auth").assume_role_for_pod_identity, clusterName="a", token="a.b.c"
    )
    assert (status, code) == (501, "NotImplemented")
    assert "eks-auth" in text


def test_motos_own_pages_are_not_there(served: Api) -> None:
    for path in ("/moto-api/data.json", "/moto-api/reset", "/latest/meta-data/"):
        assert send(served, "POST", path)[0] == 501


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("POST", "/clusters", b"{", 400, "SerializationException"),
        ("POST", "/clusters", b"[]", 400, "SerializationException"),
        ("POST", "/clusters", b"\xff\xfe", 400, "SerializationException"),
        ("POST", "/clusters", b"{}", 400, "InvalidParameterException"),
        ("POST", "/clusters", b'{"name": 5, "roleArn": [], "resourcesVpcConfig": 1}', 400, "SerializationException"),
        ("POST", "/clusters", b'{"name": {"a": 1}, "tags": ["x"]}', 400, None),
        ("GET", "/clusters?maxResults=abc", b"", 400, None),
        ("GET", "/clusters?nextToken=abc", b"", 400, "InvalidParameterException"),
        ("PATCH", "/clusters", b"", 400, "UnknownOperationException"),
        ("GET", "/nowhere/at/all", b"", 400, "UnknownOperationException"),
        ("GET", "/clusters/%00", b"", 404, "ResourceNotFoundException"),
    ],
)  # fmt: skip
def test_bad_eks_requests_get_ekss_errors(
    served: Api, method: str, path: str, body: bytes, status: int, code: str | None
) -> None:
    found, headers, text = send(served, method, path, body)
    assert found == status, text
    assert headers["Content-Type"] == "application/json"
    parsed = json.loads(text)
    assert parsed.get("message") or parsed.get("Message")
    if code:
        assert headers["x-amzn-ErrorType"] == code


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=20), children, max_size=3),
    max_leaves=8,
)
MEMBERS = (
    "name", "version", "roleArn", "resourcesVpcConfig", "kubernetesNetworkConfig", "logging", "tags", "accessConfig",
    "encryptionConfig", "upgradePolicy", "zonalShiftConfig", "nodegroupName", "scalingConfig", "taints", "labels",
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(
    path=st.sampled_from(["/clusters", "/clusters/lab/node-groups", "/clusters/lab/updates", "/tags/arn%3Aaws"]),
    body=st.dictionaries(st.sampled_from(MEMBERS), ANYTHING, max_size=5),
)
def test_no_json_breaks_eks(served: Api, path: str, body: dict[str, object]) -> None:
    status, _, text = send(served, "POST", path, json.dumps(body).encode())
    assert status in (400, 404), text
    json.loads(text)


@settings(max_examples=40, deadline=None)
@given(garbage=st.binary(min_size=1, max_size=300))
def test_no_bytes_break_the_server(served: Api, garbage: bytes) -> None:
    host, _, port = served.url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(garbage + b"\r\n\r\n")
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(65536):
            continue
    assert served.client("sts").get_caller_identity()["Account"] == "123456789012"


@pytest.mark.parametrize("length", ["-1", "99999999999999", "many"])
def test_absurd_lengths_are_refused(served: Api, length: str) -> None:
    host, _, port = served.url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(f"POST /clusters HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n".encode())
        assert b" 400 " in connection.recv(200)


def test_an_exception_inside_is_not_retried_for_minutes(served: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("on purpose")

    monkeypatch.setattr("eks_local.aws.eks.api.clusters.ClusterCalls.list_clusters", broken)
    client = boto3.client(
        "eks",
        endpoint_url=served.url,
        region_name=REGION,
        aws_access_key_id=served.learner.access_key,
        aws_secret_access_key=served.learner.secret,
    )
    started = time.monotonic()
    status, code, text = error_of(client.list_clusters)
    assert time.monotonic() - started < 2
    assert (status, code) == (501, "InternalFailure")
    assert "ZeroDivisionError: on purpose" in text


def test_calls_that_change_something_wake_the_reconcilers(served: Api) -> None:
    def generation() -> int:
        return served.changes.wait(-1, 0)

    before = generation()
    served.client("ec2").describe_vpcs()
    served.client("eks").list_clusters()
    assert generation() == before
    served.client("ec2").create_vpc(CidrBlock="10.0.0.0/16")
    assert generation() > before


def test_closing_ends_threads_and_cuts_idle_connections() -> None:
    before = set(threading.enumerate())
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = ApiServer(Changes(), [listener])
        server.start()
        idle = socket.create_connection(listener.getsockname())
        time.sleep(0.2)  # until the server has taken the connection
        started = time.monotonic()
        server.close(timeout=0.5)
        assert time.monotonic() - started < 4
        assert idle.recv(1) == b""
        idle.close()
    assert {thread for thread in threading.enumerate() if thread not in before and thread.is_alive()} == set()


def test_checkip_tells_everybody_where_they_come_from(served: Api) -> None:
    connection = http.client.HTTPConnection(served.url.removeprefix("http://"), timeout=20)
    connection.request("GET", "/", headers={"Host": "checkip.amazonaws.com"})
    answer = connection.getresponse()
    assert (answer.status, answer.read()) == (200, b"127.0.0.1\n")
    connection.request("GET", "/", headers={"Host": "checkip.amazonaws.com.example"})
    assert connection.getresponse().status == 403


def make_group(api: Api, name: str, vpc: str, invocation: str, attempt: int) -> tuple[int, bytes]:
    body = f"Action=CreateSecurityGroup&Version=2016-11-15&GroupName={name}&GroupDescription=x&VpcId={vpc}".encode()
    sdk = {"amz-sdk-invocation-id": invocation, "amz-sdk-request": f"attempt={attempt}; max=3"}
    headers = {"Content-Type": "application/x-www-form-urlencoded", **sdk}
    status, _, answer = send(api, "POST", "/", body, "ec2", **headers)
    return status, answer


def test_an_attempt_after_one_whose_answer_was_lost_gets_that_answer(served: Api) -> None:
    vpc = served.client("ec2").create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    first = make_group(served, "once", vpc, "call-1", 1)
    assert first[0] == 200
    assert make_group(served, "once", vpc, "call-1", 2) == first
    other = make_group(served, "once", vpc, "call-2", 1)
    assert other[0] == 400
    assert b"InvalidGroup.Duplicate" in other[1]


def test_an_attempt_after_one_that_was_refused_is_made(served: Api) -> None:
    ec2 = served.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    taken = ec2.create_security_group(GroupName="late", Description="x", VpcId=vpc)["GroupId"]
    assert make_group(served, "late", vpc, "call-3", 1)[0] == 400
    ec2.delete_security_group(GroupId=taken)
    assert make_group(served, "late", vpc, "call-3", 2)[0] == 200


def test_an_attempt_while_an_earlier_one_is_answered_waits_for_it(served: Api) -> None:
    vpc = served.client("ec2").create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    answers: list[tuple[int, bytes]] = []
    attempts = [
        threading.Thread(target=lambda n=n: answers.append(make_group(served, "both", vpc, "call-4", n)))
        for n in (1, 2, 3, 4)
    ]
    for attempt in attempts:
        attempt.start()
    for attempt in attempts:
        attempt.join(30)
    assert len(answers) == 4
    assert {status for status, _ in answers} == {200}
    assert len({body for _, body in answers}) == 1
