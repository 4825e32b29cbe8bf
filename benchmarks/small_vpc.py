"""A VPC as labs have it, from nothing: two zones, each public and private, three instances, twenty Pods."""

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.worlds import inside

from benchmarks.ec2 import session
from eks_labs.run.record_file import Running
from eks_labs.run_folder import RunFolder
from eks_local.waiting import wait_for
from eks_local.world import World

PODS = 20
NODES = 3
CALLER = """
import socket, sys
for address in sys.argv[1:]:
    while True:
        try:
            socket.create_connection((address, 7000), 0.1).close()
        except ConnectionRefusedError:
            break
        except OSError:
            continue
"""


@dataclass(frozen=True)
class Measured:
    """Seconds: from the first call of the API until every Pod is reached; what each Pod's network takes."""

    built: float
    pods: list[float]


def build(world: World) -> Measured:
    """Make it, and reach every Pod from the first one."""
    ec2 = session(world).client("ec2", endpoint_url=world.endpoint_url)
    image = ec2.describe_images(Owners=["602401143452"])["Images"][0]["ImageId"]
    started = time.monotonic()
    subnets = _subnets(ec2)
    nodes = [_node(ec2, image, subnets[number], number) for number in range(NODES)]
    pods = [(instance, address) for instance, addresses in nodes for address in addresses][:PODS]
    for instance, _ in nodes:
        links = inside(world, ["ip", "link", "show", "eth0"], netns=instance)
        wait_for(
            lambda links=links: subprocess.run(links, capture_output=True).returncode == 0,
            what=f"the link of {instance}", seconds=20, poll=0.005,
        )  # fmt: skip
    took = [_pod(world, instance, address, number) for number, (instance, address) in enumerate(pods)]
    addresses = [address for _, address in pods[1:]]
    subprocess.run(inside(world, [sys.executable, "-c", CALLER, *addresses], netns="pod-0"), check=True, timeout=60)
    return Measured(time.monotonic() - started, took)


def _subnets(ec2: Any) -> list[str]:
    """Public and private ones, two zones each."""
    vpc = ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    group = ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["SecurityGroups"][0]["GroupId"]
    anyone = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "10.1.0.0/16"}]}
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[anyone])
    made = []
    for number, zone in enumerate("abab"):
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.1.{number}.0/24", AvailabilityZone=f"us-east-1{zone}")
        table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
        if number < 2:
            ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
        made.append(subnet["Subnet"]["SubnetId"])
        ec2.associate_route_table(RouteTableId=table, SubnetId=made[-1])
    return made


def _node(ec2: Any, image: str, subnet: str, number: int) -> tuple[str, list[str]]:
    """An instance, and the addresses for its Pods."""
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": f"node-{number}"}]}]
    made = ec2.run_instances(
        ImageId=image, InstanceType="m5.large", SubnetId=subnet, MinCount=1, MaxCount=1, TagSpecifications=tags
    )["Instances"][0]
    eni = made["NetworkInterfaces"][0]["NetworkInterfaceId"]
    given = ec2.assign_private_ip_addresses(NetworkInterfaceId=eni, SecondaryPrivateIpAddressCount=7)
    addresses = [each["PrivateIpAddress"] for each in given["AssignedPrivateIpAddresses"]]
    return made["InstanceId"], addresses


def _pod(world: World, instance: str, address: str, number: int) -> float:
    """What the VPC CNI tells the kernel for a Pod, by `ip`; returns the seconds."""
    started = time.monotonic()
    name, link, mac = f"pod-{number}", f"eni{number}", f"02:00:00:00:00:{number:02x}"
    steps = (
        f"ip netns add {name}",
        f"ip link add name {link} netns {instance} address {mac} type veth peer name eth0 netns {name}",
        f"ip -n {instance} -batch - <<'END'\nlink set {link} up\nroute add {address}/32 dev {link} scope link\n"
        f"rule add to {address} lookup main pref 512\nEND",
        f"ip -n {name} -batch - <<'END'\nlink set lo up\nlink set eth0 up\naddr add {address}/32 dev eth0\n"
        f"route add 169.254.1.1 dev eth0 scope link\nroute add default via 169.254.1.1 dev eth0\n"
        f"neigh add 169.254.1.1 lladdr {mac} dev eth0 nud permanent\nEND",
        f"echo 1 >{_FORWARD}",
    )
    entered = f"ip netns exec {instance} sh -ec '{steps[-1]}'"
    script = "\n".join((*steps[:-1], entered))
    subprocess.run(inside(world, ["sh", "-ec", script]), check=True, capture_output=True, timeout=30)
    return time.monotonic() - started


_FORWARD = "/proc/sys/net/ipv4/ip_forward"


def explained(world: World, home: Path) -> list[float]:
    """Seconds of `labs explain`, as a person runs it: a process from its start to its end."""
    folder = RunFolder(home / "eks-labs" / "small")
    folder.create()
    folder.world.symlink_to(world.state)
    root = folder.workspace / "terraform" / "small"
    root.mkdir(parents=True)
    (root / "main.tf").write_text('resource "aws_vpc" "this" {\n  cidr_block = "10.1.0.0/16"\n}\n')
    (root / "terraform.tfstate").write_text(json.dumps({"resources": []}))
    Running("small", "local", world.region, 0.0, kept=True).save(folder)
    took = []
    for _ in range(15):
        started = time.monotonic()
        done = subprocess.run(
            ["bin/labs", "explain", "node-0", "node-2:7000"],
            capture_output=True,
            text=True,
            env={"PATH": "/usr/bin:/bin", "XDG_STATE_HOME": str(home)},
        )
        took.append(time.monotonic() - started)
        if done.returncode not in (0, 1):
            raise RuntimeError(done.stderr)
    return sorted(took)
