"""The metadata service over HTTP, with moto's EC2, IAM and STS behind it."""

import http.client
import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from moto import mock_aws

from eks_local.aws.ec2 import install
from eks_local.aws.state import AwsState
from eks_local.imds import Server, serve
from eks_local.imds.service import Service
from eks_local.imds.snapshot import read

REGION = "us-east-1"


@dataclass
class World:
    ec2: Any
    subnet: str
    instance: dict[str, Any]


@pytest.fixture(scope="module")
def account() -> Iterator[Any]:
    """An account with a role for instances; its EC2."""
    with mock_aws():
        install()
        iam = boto3.client("iam", region_name=REGION)
        iam.create_role(RoleName="node", AssumeRolePolicyDocument="{}")
        iam.create_instance_profile(InstanceProfileName="node")
        iam.add_role_to_instance_profile(InstanceProfileName="node", RoleName="node")
        yield boto3.client("ec2", region_name=REGION)


@pytest.fixture
def world(account: Any) -> World:
    vpc = account.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    account.associate_vpc_cidr_block(VpcId=vpc, CidrBlock="100.64.0.0/16")
    made = account.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24", AvailabilityZone="us-east-1b")
    subnet = made["Subnet"]["SubnetId"]
    instance = account.run_instances(
        ImageId="ami-03cf127a",
        MinCount=1,
        MaxCount=1,
        InstanceType="t3.small",
        UserData="#!/bin/sh\n",
        IamInstanceProfile={"Name": "node"},
        NetworkInterfaces=[{"DeviceIndex": 0, "SubnetId": subnet, "AssociatePublicIpAddress": True}],
    )["Instances"][0]
    return World(account, subnet, instance)


def listening() -> socket.socket:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    return listener


@pytest.fixture
def imds(world: World) -> Iterator["Client"]:
    listener = listening()
    server = serve(listener, world.instance["InstanceId"])
    yield Client(listener.getsockname()[1])
    server.close()


class Client:
    def __init__(self, port: int) -> None:
        self.port = port

    def ask(self, path: str, method: str = "GET", **headers: str) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        connection.request(method, path, headers=headers)
        answer = connection.getresponse()
        body = answer.read().decode()
        connection.close()
        return answer.status, body

    def meta(self, path: str) -> str:
        status, body = self.ask(f"/latest/meta-data/{path}")
        assert status == 200, f"{path}: {status}"
        return body

    def token(self, seconds: str = "60") -> tuple[int, str]:
        return self.ask("/latest/api/token", "PUT", **{"X-aws-ec2-metadata-token-ttl-seconds": seconds})


def test_what_an_instance_is(world: World, imds: Client) -> None:
    instance = world.instance
    assert imds.meta("instance-id") == instance["InstanceId"]
    assert imds.meta("instance-type") == "t3.small"
    assert imds.meta("ami-id") == "ami-03cf127a"
    assert imds.meta("local-ipv4") == instance["PrivateIpAddress"]
    assert imds.meta("local-hostname") == imds.meta("hostname") == "ip-10-0-1-4.ec2.internal"
    described = world.ec2.describe_instances(InstanceIds=[instance["InstanceId"]])["Reservations"][0]["Instances"][0]
    assert imds.meta("public-ipv4") == described["PublicIpAddress"]
    assert imds.meta("placement/availability-zone") == "us-east-1b"
    assert imds.meta("placement/region") == "us-east-1"
    assert imds.meta("services/domain") == "amazonaws.com"
    assert imds.ask("/latest/user-data") == (200, "#!/bin/sh\n")
    document = json.loads(imds.ask("/latest/dynamic/instance-identity/document")[1])
    assert (document["region"], document["instanceType"]) == ("us-east-1", "t3.small")


def test_listings(imds: Client) -> None:
    assert imds.ask("/latest/") == imds.ask("/latest") == (200, "dynamic/\nmeta-data/\nuser-data")
    assert "placement/" in imds.meta("").splitlines()
    assert imds.ask("/")[1].splitlines()[-1] == "latest"
    assert imds.ask("/2021-07-15/meta-data/instance-type") == (200, "t3.small")


@pytest.mark.parametrize(
    "path",
    [
        "/latest/meta-data/nothing",
        "/latest/meta-data/instance-id/more",
        "/1999-01-01/meta-data/",
        "/latest/meta-data/spot/instance-action",
        "/latest/meta-data/tags/instance",
    ],
)
def test_what_there_is_not(imds: Client, path: str) -> None:
    status, body = imds.ask(path)
    assert status == 404
    assert "<title>404 - Not Found</title>" in body


def test_interfaces_follow_ec2(world: World, imds: Client) -> None:
    made = world.ec2.create_network_interface(SubnetId=world.subnet, SecondaryPrivateIpAddressCount=2)
    eni = made["NetworkInterface"]
    assert len(imds.meta("network/interfaces/macs/").splitlines()) == 1
    world.ec2.attach_network_interface(
        NetworkInterfaceId=eni["NetworkInterfaceId"], InstanceId=world.instance["InstanceId"], DeviceIndex=1
    )
    assert f"{eni['MacAddress']}/" in imds.meta("network/interfaces/macs").splitlines()
    folder = f"network/interfaces/macs/{eni['MacAddress']}"
    assert imds.meta(f"{folder}/device-number") == "1"
    assert imds.meta(f"{folder}/interface-id") == eni["NetworkInterfaceId"]
    assert imds.meta(f"{folder}/subnet-id") == world.subnet
    assert imds.meta(f"{folder}/subnet-ipv4-cidr-block") == "10.0.1.0/24"
    assert imds.meta(f"{folder}/vpc-ipv4-cidr-blocks") == "10.0.0.0/16\n100.64.0.0/16"
    assert imds.meta(f"{folder}/security-group-ids").startswith("sg-")
    addresses = [item["PrivateIpAddress"] for item in eni["PrivateIpAddresses"]]
    assert imds.meta(f"{folder}/local-ipv4s").splitlines() == addresses
    assert "ipv4-prefix" not in imds.meta(folder).splitlines()
    world.ec2.unassign_private_ip_addresses(
        NetworkInterfaceId=eni["NetworkInterfaceId"], PrivateIpAddresses=addresses[1:]
    )
    world.ec2.assign_private_ip_addresses(NetworkInterfaceId=eni["NetworkInterfaceId"], Ipv4PrefixCount=2)
    assert imds.meta(f"{folder}/ipv4-prefix") == "10.0.1.16/28\n10.0.1.32/28"
    assert imds.meta(f"{folder}/local-ipv4s").splitlines() == addresses[:1]


def test_an_interface_shows_once_its_link_is_there(world: World) -> None:
    links: set[str] = set()
    listener = listening()
    server: Server = serve(listener, world.instance["InstanceId"], plugged=links.__contains__)
    client = Client(listener.getsockname()[1])
    made = world.ec2.create_network_interface(SubnetId=world.subnet)["NetworkInterface"]["NetworkInterfaceId"]
    world.ec2.attach_network_interface(NetworkInterfaceId=made, InstanceId=world.instance["InstanceId"], DeviceIndex=1)
    assert len(client.meta("network/interfaces/macs/").splitlines()) == 1
    links.add(made)
    assert len(client.meta("network/interfaces/macs/").splitlines()) == 2
    server.close()
    with pytest.raises(ConnectionRefusedError):
        client.ask("/")


def test_role_credentials_are_known_to_sts(imds: Client) -> None:
    assert json.loads(imds.meta("iam/info"))["InstanceProfileArn"].endswith(":instance-profile/node")
    assert imds.meta("iam/security-credentials/") == "node"
    keys = json.loads(imds.meta("iam/security-credentials/node"))
    assert keys["Code"] == "Success"
    assert json.loads(imds.meta("iam/security-credentials/node")) == keys
    sts = boto3.client(
        "sts",
        region_name=REGION,
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["Token"],
    )
    assert ":assumed-role/node/i-" in sts.get_caller_identity()["Arn"]


def test_no_role_no_credentials(world: World) -> None:
    plain = world.ec2.run_instances(
        ImageId="ami-03cf127a", MinCount=1, MaxCount=1, InstanceType="t3.small", SubnetId=world.subnet
    )["Instances"][0]["InstanceId"]
    listener = listening()
    server = serve(listener, plain)
    assert Client(listener.getsockname()[1]).ask("/latest/meta-data/iam/security-credentials/")[0] == 404
    server.close()


def test_tokens(world: World, imds: Client) -> None:
    status, token = imds.token()
    assert status == 200
    header = {"X-aws-ec2-metadata-token": token}
    assert imds.ask("/latest/meta-data/instance-type", **header) == (200, "t3.small")
    assert imds.ask("/latest/meta-data/instance-type", **{"X-aws-ec2-metadata-token": "made-up"})[0] == 401
    world.ec2.modify_instance_metadata_options(InstanceId=world.instance["InstanceId"], HttpTokens="required")
    assert imds.ask("/latest/meta-data/instance-type")[0] == 401
    assert imds.ask("/latest/meta-data/instance-type", **header)[0] == 200
    world.ec2.modify_instance_metadata_options(InstanceId=world.instance["InstanceId"], HttpEndpoint="disabled")
    assert imds.ask("/latest/meta-data/instance-type", **header)[0] == 403


@pytest.mark.parametrize("seconds", ["0", "21601", "x", "", "-1", "٣"])
def test_token_lifetimes_that_are_refused(imds: Client, seconds: str) -> None:
    raw = socket.create_connection(("127.0.0.1", imds.port), timeout=5)
    raw.sendall(
        f"PUT /latest/api/token HTTP/1.1\r\nHost: x\r\n"
        f"X-aws-ec2-metadata-token-ttl-seconds: {seconds}\r\nConnection: close\r\n\r\n".encode()
    )
    assert raw.makefile("rb").readline().startswith(b"HTTP/1.1 400")
    raw.close()


def test_a_forwarded_request_gets_no_token(imds: Client) -> None:
    headers = {"X-aws-ec2-metadata-token-ttl-seconds": "60", "X-Forwarded-For": "192.0.2.1"}
    assert imds.ask("/latest/api/token", "PUT", **headers)[0] == 403
    assert imds.ask("/latest/meta-data/", "PUT")[0] == 405
    assert imds.ask("/latest/meta-data/", "DELETE")[0] == 405


def test_the_answer_to_put_has_the_hop_limit(world: World, imds: Client) -> None:
    instance = world.instance["InstanceId"]
    world.ec2.modify_instance_metadata_options(InstanceId=instance, HttpPutResponseHopLimit=2)
    service = Service(lambda: read(AwsState(), instance, lambda _: True), lambda _: "")
    answer = service.answer("PUT", "/latest/api/token", {"x-aws-ec2-metadata-token-ttl-seconds": "60"})
    assert answer.hop_limit == 2
    assert service.answer("GET", "/latest/meta-data/mac", {}).hop_limit is None
    # Retransmissions keep the limit because the connection does, and it serves nothing else.
    connection = http.client.HTTPConnection("127.0.0.1", imds.port, timeout=5)
    connection.request("PUT", "/latest/api/token", headers={"X-aws-ec2-metadata-token-ttl-seconds": "60"})
    assert connection.getresponse().getheader("Connection") == "close"
    connection.close()


def test_a_terminated_instance_has_no_metadata(world: World, imds: Client) -> None:
    world.ec2.terminate_instances(InstanceIds=[world.instance["InstanceId"]])
    assert imds.ask("/latest/meta-data/instance-id")[0] == 404


def test_noise_does_not_end_the_service(imds: Client) -> None:
    for noise in (b"\x00\xff\r\n\r\n", b"GET /%00%ff HTTP/1.1\r\n\r\n", b"GET " + b"/" * 70000 + b" HTTP/1.1\r\n\r\n"):
        with socket.create_connection(("127.0.0.1", imds.port), timeout=5) as connection:
            connection.sendall(noise)
            connection.shutdown(socket.SHUT_WR)
            try:
                connection.recv(100)
            except ConnectionResetError:
                continue
    assert imds.meta("instance-type") == "t3.small"


def test_boto3_finds_region_and_role(world: World, imds: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_EC2_METADATA_DISABLED"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", f"http://127.0.0.1:{imds.port}/")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    from botocore.utils import InstanceMetadataFetcher

    found = InstanceMetadataFetcher(
        base_url=f"http://127.0.0.1:{imds.port}/", timeout=2, num_attempts=1
    ).retrieve_iam_role_credentials()
    assert found["role_name"] == "node"
    assert found["access_key"].startswith("ASIA")
