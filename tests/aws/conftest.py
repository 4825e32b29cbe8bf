"""An AWS API in this process, served on a port of its own."""

import contextlib
import copy
import json
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import boto3
import botocore.config
import pytest

from eks_local.aws.eks.addon_offers import AddonOffers
from eks_local.aws.eks.models import Settings
from eks_local.aws.eks.versions import Offer
from eks_local.aws.seeds import Learner
from eks_local.aws.server import ApiServer
from eks_local.aws.state import AwsState
from eks_local.changes import Changes, Loop
from tests.aws.completer import Completer

REGION = "us-east-1"
_SESSION = boto3.Session()  # parses each service's model once
ACCOUNT = "123456789012"
OFFERED_ADDONS = (
    ("vpc-cni", "v1.22.0-eksbuild.1"),
    ("vpc-cni", "v1.23.2-eksbuild.1"),
    ("coredns", "v1.12.4-eksbuild.1"),
    ("coredns", "v1.13.1-eksbuild.1"),
    ("kube-proxy", "v1.34.3-eksbuild.2"),
    ("kube-proxy", "v1.35.4-eksbuild.1"),
)


@dataclass(frozen=True)
class Api:
    """A served AWS API, and clients of it."""

    url: str
    changes: Changes
    server: ApiServer
    state: AwsState
    learner: Learner = field(default_factory=Learner)

    def client(self, service: str, **credentials: str) -> Any:
        """A boto3 client; as the learner unless told otherwise. Does not retry."""
        keys = {"aws_access_key_id": self.learner.access_key, "aws_secret_access_key": self.learner.secret}
        config = botocore.config.Config(
            retries={"max_attempts": 0}, signature_version="v4" if service != "s3" else "s3v4"
        )
        return _SESSION.client(
            service, region_name=REGION, endpoint_url=self.url, config=config, **{**keys, **credentials}
        )

    def environment(self) -> dict[str, str]:
        """What a program needs to reach this API as the learner."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": self.learner.access_key,
            "AWS_SECRET_ACCESS_KEY": self.learner.secret,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def role(self, name: str, *services: str) -> str:
        """Make a role that services may assume; returns its ARN."""
        principals = [f"{service}.amazonaws.com" for service in services]
        statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": principals}}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam = self.client("iam")
        return str(iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"])


@pytest.fixture(scope="session", autouse=True)
def policies_made_once() -> Iterator[None]:
    """AWS's 1,500 managed policies are most of what an API costs to make: here each gets copies of the same ones."""
    from moto.iam.models import IAMBackend

    made = IAMBackend("aws", ACCOUNT).aws_managed_policies
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(IAMBackend, "_init_aws_policies", lambda _: [copy.copy(policy) for policy in made])
        yield


@contextlib.contextmanager
def serving(*, complete: bool) -> Iterator[Api]:
    """Serve until the context ends; with `complete`, what is CREATING becomes ACTIVE by itself."""
    changes = Changes()
    settings = Settings(Offer.of(), AddonOffers.of(OFFERED_ADDONS))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = ApiServer(changes, [listener], settings=settings)
        server.start()
        loop = Loop(Completer(AwsState()), changes, resync=0.2)
        if complete:
            loop.start()
        try:
            yield Api(f"http://127.0.0.1:{listener.getsockname()[1]}", changes, server, AwsState())
        finally:
            if complete:
                loop.stop()
            server.close()


@pytest.fixture
def api() -> Iterator[Api]:
    """The API alone: nothing that is CREATING ever becomes ACTIVE unless the test says so."""
    with serving(complete=False) as served:
        yield served


@pytest.fixture
def living() -> Iterator[Api]:
    """The API with a reconciler that completes everything at once."""
    with serving(complete=True) as served:
        yield served


@dataclass(frozen=True)
class Network:
    """A VPC with subnets in two zones."""

    vpc_id: str
    subnet_ids: tuple[str, str]


@pytest.fixture
def network(api: Api) -> Network:
    """A VPC in `api`."""
    return make_network(api)


def make_network(api: Api) -> Network:
    """Make a VPC with two subnets."""
    ec2 = api.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{index}.0/24", AvailabilityZone=f"{REGION}{zone}")["Subnet"]
        for index, zone in enumerate("ab")
    ]
    return Network(vpc, (subnets[0]["SubnetId"], subnets[1]["SubnetId"]))


Create = Callable[..., dict[str, Any]]


@pytest.fixture
def create_cluster(api: Api, network: Network) -> Create:
    """Create a cluster called `lab` (keyword arguments override the request)."""
    role = api.role("cluster", "eks")

    def create(**changed: Any) -> dict[str, Any]:
        request = {
            "name": "lab",
            "roleArn": role,
            "resourcesVpcConfig": {"subnetIds": list(network.subnet_ids)},
            "accessConfig": {"authenticationMode": "API_AND_CONFIG_MAP"},
            **changed,
        }
        cluster: dict[str, Any] = api.client("eks").create_cluster(**request)["cluster"]
        return cluster

    return create


@pytest.fixture
def cluster(api: Api, create_cluster: Create) -> str:
    """An ACTIVE cluster's name."""
    create_cluster()
    api.state.eks().activate_cluster("lab", certificate_authority="Q0E=", signing_keys=())
    return "lab"


def error_of(call: Callable[..., Any], **arguments: Any) -> tuple[int, str, str]:
    """The (HTTP status, code, message) that a boto3 call fails with."""
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        call(**arguments)
    response = caught.value.response
    return response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Code"], response["Error"]["Message"]
