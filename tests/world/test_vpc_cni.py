"""Pods' addresses in a real world: upstream's VPC CNI against our EC2, metadata service, links and routes."""

import ipaddress
import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from eks_local.waiting import wait_for
from eks_local.world import World
from eks_setup import node as node_binaries
from tests.worlds import started

pytestmark = [pytest.mark.world, pytest.mark.xdist_group("vpc-cni")]

TOKEN = "X-aws-ec2-metadata-token-ttl-seconds: 60"


class Lab:
    """A world with one cluster and one node, a t3.small."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.ec2, self.iam, self.eks = (self._client(name) for name in ("ec2", "iam", "eks"))

    def _client(self, service: str) -> Any:
        env = self.world.environment()
        return boto3.client(
            service,
            endpoint_url=self.world.endpoint_url,
            region_name=env["AWS_REGION"],
            aws_access_key_id=env["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=env["AWS_SECRET_ACCESS_KEY"],
        )

    def make(self) -> None:
        subnets = self._network()
        cluster_role, node_role = self._role("cluster", "eks"), self._role("node", "ec2")
        self.eks.create_cluster(name="demo", roleArn=cluster_role, resourcesVpcConfig={"subnetIds": subnets})
        wait_for(
            lambda: self.eks.describe_cluster(name="demo")["cluster"]["status"] == "ACTIVE", what="cluster", seconds=60
        )
        self.eks.create_nodegroup(
            clusterName="demo",
            nodegroupName="one",
            nodeRole=node_role,
            subnets=subnets,
            instanceTypes=["t3.small"],
            scalingConfig={"minSize": 1, "maxSize": 1, "desiredSize": 1},
        )
        self.sh("aws eks update-kubeconfig --name demo --kubeconfig /tmp/kubeconfig")
        wait_for(lambda: self.running("-A") == 4, what="4 system Pods", seconds=90, seen=lambda: self.pods("-A"))

    def _network(self) -> list[str]:
        vpc = self.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        self.ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
        gateway = self.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        self.ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
        table = self.ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["RouteTables"][0]
        self.ec2.create_route(RouteTableId=table["RouteTableId"], DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
        made = []
        for number, zone in enumerate("ab", 1):
            subnet = self.ec2.create_subnet(
                VpcId=vpc, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=f"us-east-1{zone}"
            )["Subnet"]["SubnetId"]
            self.ec2.modify_subnet_attribute(SubnetId=subnet, MapPublicIpOnLaunch={"Value": True})
            made.append(subnet)
        return made

    def _role(self, name: str, service: str) -> str:
        trust = {"Effect": "Allow", "Principal": {"Service": f"{service}.amazonaws.com"}, "Action": "sts:AssumeRole"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        role = self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy)["Role"]["Arn"]
        return str(role)

    def sh(self, command: str) -> str:
        """Run in the laptop's shell; its output, whatever the exit code."""
        argv, env = self.world.command("laptop", ["sh", "-c", command], env={"KUBECONFIG": "/tmp/kubeconfig"})
        done = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=60)
        return done.stdout + done.stderr

    def pods(self, selection: str) -> list[dict[str, Any]]:
        return list(json.loads(self.sh(f"kubectl get pods {selection} -o json"))["items"])

    def running(self, selection: str) -> int:
        return sum(
            pod["status"]["phase"] == "Running" and all(c["ready"] for c in pod["status"]["containerStatuses"])
            for pod in self.pods(selection)
        )

    def interfaces(self) -> dict[int, tuple[list[str], list[str]]]:
        """Device index → secondary addresses, prefixes."""
        filters = [{"Name": "attachment.instance-id", "Values": [self.instance]}]
        found = self.ec2.describe_network_interfaces(Filters=filters)["NetworkInterfaces"]
        return {
            eni["Attachment"]["DeviceIndex"]: (
                [item["PrivateIpAddress"] for item in eni["PrivateIpAddresses"] if not item["Primary"]],
                [item["Ipv4Prefix"] for item in eni.get("Ipv4Prefixes", [])],
            )
            for eni in found
        }

    @property
    def instance(self) -> str:
        running = [{"Name": "instance-state-name", "Values": ["running"]}]
        return str(self.ec2.describe_instances(Filters=running)["Reservations"][0]["Instances"][0]["InstanceId"])


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    binaries: Path = node_binaries.binaries(print)
    with started(tmp_path_factory.mktemp("cni") / "w", binaries=binaries) as world:
        lab = Lab(world)
        lab.make()
        yield lab


def eventually(condition: Callable[[], bool], what: str, seen: Callable[[], object]) -> None:
    wait_for(condition, what=what, seconds=120, seen=seen, poll=0.5)


def test_pods_have_secondary_addresses_up_to_the_types_limit(lab: Lab) -> None:
    given = {address for secondary, _ in lab.interfaces().values() for address in secondary}
    own_network = [pod for pod in lab.pods("-A") if not pod["spec"].get("hostNetwork")]
    assert {pod["status"]["podIP"] for pod in own_network} <= given

    lab.sh("kubectl create deployment web --image=nginx --replicas=9")
    eventually(
        lambda: lab.running("-l app=web") == 7, "7 Pods running", lambda: lab.sh("kubectl get pods; kubectl get events")
    )
    assert {index: len(secondary) for index, (secondary, _) in lab.interfaces().items()} == {0: 3, 1: 3, 2: 3}
    waiting = [pod for pod in lab.pods("-l app=web") if pod["status"]["phase"] == "Pending"]
    assert len(waiting) == 2
    assert all("Too many pods" in pod["status"]["conditions"][0]["message"] for pod in waiting)

    addresses = " ".join(pod["status"]["podIP"] for pod in lab.pods("-l app=web") if "podIP" in pod["status"])
    loop = f"for ip in {addresses}; do curl -s -o /dev/null -m 5 $ip && echo ok; done"
    reached = lab.sh(f"kubectl exec deploy/web -- sh -c '{loop}'")
    assert reached.split().count("ok") == 7, reached


@pytest.mark.parametrize(("limit", "reaches"), [(1, False), (2, True)])
def test_the_hop_limit_decides_whether_pods_get_a_token(lab: Lab, limit: int, reaches: bool) -> None:
    lab.ec2.modify_instance_metadata_options(InstanceId=lab.instance, HttpPutResponseHopLimit=limit)
    ask = f"curl -s -m 2 -X PUT -H '{TOKEN}' -o /dev/null -w '%{{http_code}}' http://169.254.169.254/latest/api/token"
    assert lab.sh(f"kubectl exec deploy/coredns -n kube-system -- {ask} || true")[:3] == ("200" if reaches else "000")


def test_interfaces_go_when_the_pods_have_gone_and_prefixes_come(lab: Lab) -> None:
    lab.sh("kubectl delete deployment web --ignore-not-found; kubectl wait --for=delete pod -l app=web --timeout=60s")
    eventually(lambda: len(lab.interfaces()) <= 2, "at most 2 interfaces", lab.interfaces)
    lab.sh("kubectl set env daemonset aws-node -n kube-system ENABLE_PREFIX_DELEGATION=true")
    eventually(lambda: any(p for _, p in lab.interfaces().values()), "a prefix on an interface", lab.interfaces)

    lab.sh("kubectl create deployment many --image=nginx --replicas=5")
    eventually(lambda: lab.running("-l app=many") == 5, "5 Pods running", lambda: lab.sh("kubectl get pods"))
    prefixes = [ipaddress.ip_network(p) for _, found in lab.interfaces().values() for p in found]
    inside = [
        pod["metadata"]["name"]
        for pod in lab.pods("-l app=many")
        if any(ipaddress.ip_address(pod["status"]["podIP"]) in prefix for prefix in prefixes)
    ]
    assert inside, (prefixes, lab.sh("kubectl get pods -o wide"))
