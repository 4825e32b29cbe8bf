"""A world with clusters and nodes, made by boto3 and driven from its laptop's shell, as a learner does."""

import json
import os
import shlex
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import yaml

from eks_local.waiting import wait_for
from eks_local.world import World
from eks_setup import node as node_binaries

#: Seconds that no command and no wait takes unless something is wrong.
LONGEST = 180
#: Seconds after which a token, which is valid for 15 minutes, is replaced.
RENEWED = 600


@dataclass(frozen=True)
class Ran:
    """A command that ended."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        """All it wrote."""
        return self.out + self.err


class Lab:
    """The learner's side of one world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.kubeconfig = world.state.parent / "kubeconfig"
        self._token: tuple[str, float] | None = None
        self.ec2, self.iam, self.eks, self.sts = (self.client(name) for name in ("ec2", "iam", "eks", "sts"))

    @staticmethod
    def binaries() -> Path:
        """The folder of the node binaries, built when they are not."""
        return node_binaries.binaries(print)

    def client(self, service: str, key: str = "", secret: str = "", token: str | None = None) -> Any:
        """boto3's client, of the learner unless keys are given."""
        env = self.world.environment()
        return boto3.client(
            service,
            endpoint_url=self.world.endpoint_url,
            region_name=self.world.region,
            aws_access_key_id=key or env["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=secret or env["AWS_SECRET_ACCESS_KEY"],
            aws_session_token=token,
        )

    # -- making

    def network(self, number: int = 0) -> list[str]:
        """A VPC 10.NUMBER.0.0/16 that reaches the internet; its two subnets, in two zones."""
        vpc = self.ec2.create_vpc(CidrBlock=f"10.{number}.0.0/16")["Vpc"]["VpcId"]
        self.ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
        gateway = self.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        self.ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
        table = self.ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["RouteTables"][0]
        self.ec2.create_route(RouteTableId=table["RouteTableId"], DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
        made = []
        for place, zone in enumerate("ab", 1):
            subnet = self.ec2.create_subnet(
                VpcId=vpc, CidrBlock=f"10.{number}.{place}.0/24", AvailabilityZone=f"us-east-1{zone}"
            )["Subnet"]["SubnetId"]
            self.ec2.modify_subnet_attribute(SubnetId=subnet, MapPublicIpOnLaunch={"Value": True})
            made.append(subnet)
        return made

    def role(self, name: str, service: str) -> str:
        """A role that an AWS service may assume; its ARN."""
        trust = {"Effect": "Allow", "Principal": {"Service": f"{service}.amazonaws.com"}, "Action": "sts:AssumeRole"}
        return self.role_trusting(name, trust)

    def role_trusting(self, name: str, statement: Mapping[str, Any]) -> str:
        """A role with one statement as its trust policy; its ARN."""
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        return str(self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy)["Role"]["Arn"])

    def cluster(self, name: str, subnets: Sequence[str], role: str, **options: Any) -> dict[str, Any]:
        """A cluster, as DescribeCluster shows it when it is ACTIVE."""
        self.eks.create_cluster(name=name, roleArn=role, resourcesVpcConfig={"subnetIds": list(subnets)}, **options)
        return self.active(name)

    def active(self, name: str) -> dict[str, Any]:
        """The cluster's description once it is ACTIVE."""
        eventually(lambda: self.described(name)["status"] == "ACTIVE", f"cluster {name}", lambda: self.described(name))
        return self.described(name)

    def described(self, name: str) -> dict[str, Any]:
        """The cluster as DescribeCluster shows it."""
        return dict(self.eks.describe_cluster(name=name)["cluster"])

    def make(self, version: str = "1.35", **group: Any) -> None:
        """The cluster `demo` with one node, a t3.small, and the laptop's kubeconfig for it; waits for the system Pods.

        `group` is added to CreateNodegroup's parameters.
        """
        subnets = self.network()
        cluster_role, node_role = self.role("cluster", "eks"), self.role("node", "ec2")
        self.cluster("demo", subnets, cluster_role, version=version)
        self.eks.create_nodegroup(
            clusterName="demo",
            nodegroupName="one",
            nodeRole=node_role,
            **{
                "subnets": subnets,
                "instanceTypes": ["t3.small"],
                "scalingConfig": {"minSize": 1, "maxSize": 1, "desiredSize": 1},
                **group,
            },
        )
        self.configure("demo")
        self._take_token("demo")
        eventually(lambda: self.running("-A") == 4, "4 system Pods", lambda: self.sh("kubectl get pods -A"))

    # -- commands

    def configure(self, cluster: str) -> None:
        """Have kubectl at the laptop use the cluster, as whom `aws` says."""
        self._token = None
        done = self.run(f"aws eks update-kubeconfig --name {cluster}")
        assert done.code == 0, done.said

    def _take_token(self, cluster: str) -> None:
        """Have kubectl use one token, instead of asking `aws` for one in each call, which takes half a second."""
        self._token = (cluster, time.monotonic())
        done = self.run(f"aws eks get-token --cluster-name {cluster}")
        assert done.code == 0, done.said
        config = yaml.safe_load(self.kubeconfig.read_text())
        config["users"] = [
            {**user, "user": {"token": json.loads(done.out)["status"]["token"]}} for user in config["users"]
        ]
        self.kubeconfig.write_text(yaml.safe_dump(config))

    def run(self, command: str, *, where: str = "laptop", stdin: str = "", env: Mapping[str, str] | None = None) -> Ran:
        """Run in the shell of a vantage point."""
        if self._token and time.monotonic() - self._token[1] > RENEWED:
            self._take_token(self._token[0])
        argv, environment = self._entered(command, where, env or {})
        done = subprocess.run(argv, env=environment, input=stdin, capture_output=True, text=True, timeout=LONGEST)
        return Ran(done.returncode, done.stdout, done.stderr)

    @contextmanager
    def background(self, command: str) -> Iterator["subprocess.Popen[str]"]:
        """Run in the laptop's shell until the block ends."""
        argv, environment = self._entered(command, "laptop", {})
        with subprocess.Popen(
            argv,
            env=environment,
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ) as child:
            try:
                yield child
            finally:
                # The command is a child of nsenter's: it is the group that has to be ended.
                with suppress(ProcessLookupError):
                    os.killpg(child.pid, signal.SIGKILL)

    def _entered(self, command: str, where: str, env: Mapping[str, str]) -> tuple[list[str], dict[str, str]]:
        own = {"KUBECONFIG": str(self.kubeconfig)} if where == "laptop" else {}
        return self.world.command(where, ["sh", "-c", command], env={**own, **env})

    @staticmethod
    def output(argv: Sequence[str]) -> str:
        """What a command of the host writes."""
        return subprocess.run(argv, capture_output=True, text=True, timeout=LONGEST).stdout

    def sh(self, command: str) -> str:
        """Run in the laptop's shell; its output, whatever the exit code."""
        return self.run(command).said

    def apply(self, *objects: Mapping[str, Any]) -> None:
        """Apply Kubernetes objects."""
        manifest = json.dumps({"apiVersion": "v1", "kind": "List", "items": objects})
        done = self.run("kubectl apply -f -", stdin=manifest)
        assert done.code == 0, done.said

    def get(self, what: str) -> dict[str, Any]:
        """An object, or a list, as kubectl shows it in JSON."""
        done = self.run(f"kubectl get {what} -o json")
        assert done.code == 0, done.said
        return dict(json.loads(done.out))

    def pods(self, selection: str) -> list[dict[str, Any]]:
        """The selected Pods."""
        return list(self.get(f"pods {selection}")["items"])

    def running(self, selection: str) -> int:
        """How many of the selected Pods run with all containers ready."""
        return sum(
            pod["status"]["phase"] == "Running" and all(c["ready"] for c in pod["status"]["containerStatuses"])
            for pod in self.pods(selection)
        )

    def ready(self, *pods: str) -> None:
        """Wait until the named Pods are ready."""
        names = " ".join(f"pod/{name}" for name in pods)
        done = self.run(f"kubectl wait --for=condition=Ready --timeout={LONGEST - 10}s {names}")
        assert done.code == 0, done.said + self.sh(f"kubectl describe {names}")

    def inside(self, pod: str, command: str) -> str:
        """What a shell command in a Pod's first container says; of one that fails, kubectl's words too.

        kubectl notes on stderr that it discards the empty frame by which a kubelet opens a session, when the frame is
        there before kubectl has made the stream: a race that says nothing of the command.
        """
        done = self.run(f"kubectl exec {pod} -q -- sh -c {shlex.quote(command)}")
        return done.said if done.code else done.out

    # -- nodes

    def instances(self) -> list[dict[str, Any]]:
        """The running instances."""
        running = [{"Name": "instance-state-name", "Values": ["running"]}]
        found = self.ec2.describe_instances(Filters=running)["Reservations"]
        return [instance for reservation in found for instance in reservation["Instances"]]

    @property
    def instance(self) -> str:
        """Id of the first running instance."""
        return str(self.instances()[0]["InstanceId"])


def eventually(condition: Callable[[], bool], what: str, seen: Callable[[], object]) -> None:
    """Wait until `condition` is true; `seen` is what the failure shows."""
    wait_for(condition, what=what, seconds=LONGEST, seen=seen, poll=0.3)
