"""How soon the network follows the AWS API: `python -m benchmarks.network`.

A rule told to the API → packets are judged by it; a VPC's rules with many interfaces put in the place of the old ones;
a small VPC with instances and Pods, from nothing; what `labs explain` takes.
"""

import statistics
import subprocess
import tempfile
import time
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Any

from benchmarks import small_vpc
from benchmarks.ec2 import session
from benchmarks.table import Row, print_table
from eks_local.network import model, ruleset
from eks_local.network.tables import replacing
from eks_local.sandbox import machine
from eks_local.waiting import wait_for
from eks_local.world import World, destroy

LAPTOP = "203.0.113.10"
ROUNDS = 20
SUBNET = IPv4Network("10.0.0.0/18")
CALLER = """
import socket, sys
for line in sys.stdin:
    address, port = line.split()
    while True:
        try:
            socket.create_connection((address, int(port)), 0.02).close()
        except ConnectionRefusedError:
            break
        except OSError:
            continue
        break
    print(flush=True)
"""


def in_force(world: World) -> list[float]:
    """Seconds from the answer to an AuthorizeSecurityGroupIngress to the first packet that it lets through."""
    ec2 = session(world).client("ec2", endpoint_url=world.endpoint_url)
    address, group = instance(ec2)
    argv, env = world.command("laptop", ["python3", "-c", CALLER])
    caller = subprocess.Popen(argv, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert caller.stdin
    assert caller.stdout
    found = []
    for port in range(20000, 20000 + ROUNDS):
        permission = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": f"{LAPTOP}/32"}]}
        ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[permission])
        started = time.monotonic()
        caller.stdin.write(f"{address} {port}\n")
        caller.stdin.flush()
        caller.stdout.readline()
        found.append(time.monotonic() - started)
    caller.kill()
    caller.communicate()
    return found


def instance(ec2: Any) -> tuple[str, str]:
    """An instance with a public address, and its group: (address, group)."""
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
    ec2.modify_subnet_attribute(SubnetId=subnet, MapPublicIpOnLaunch={"Value": True})
    group: str = ec2.create_security_group(VpcId=vpc, GroupName="web", Description="web")["GroupId"]
    image = ec2.describe_images(Owners=["602401143452"])["Images"][0]["ImageId"]
    made = ec2.run_instances(ImageId=image, SubnetId=subnet, SecurityGroupIds=[group], MinCount=1, MaxCount=1)
    name = made["Instances"][0]["InstanceId"]
    found: dict[str, Any] = wait_for(
        lambda: next(
            (i for r in ec2.describe_instances(InstanceIds=[name])["Reservations"] for i in r["Instances"]
             if i.get("PublicIpAddress")), None,
        ),
        what="the instance's public address", seconds=10,
    )  # fmt: skip
    return str(found["PublicIpAddress"]), group


def large(count: int) -> model.Vpc:
    """A VPC with that many interfaces, each with a prefix, in ten groups that refer to each other."""
    names = [f"sg-{number:017x}" for number in range(10)]
    groups = tuple(
        model.SecurityGroup(
            name,
            tuple(model.Rule(f"sgr-{n}", "tcp", (n, n), group=other) for n, other in enumerate(names, 1)),
            (model.Rule("sgr-0", "all", cidrs=(model.ANYWHERE,)),),
        )
        for name in names
    )
    interfaces = tuple(
        model.Interface(
            id=f"eni-{n:017x}",
            mac=f"02:00:00:00:{n >> 8:02x}:{n & 255:02x}",
            netns=f"i-{n}",
            link="eth0",
            subnet=SUBNET,
            primary=SUBNET[10 + n],
            secondary=(IPv4Network((int(IPv4Address("10.0.128.0")) + 16 * n, 28)),),
            groups=(names[n % 10],),
            boots=True,
        )
        for n in range(count)
    )
    return model.Vpc("vpc-1", (IPv4Network("10.0.0.0/16"),), "igw-1", interfaces=interfaces, groups=groups)


def swapped(count: int) -> float:
    """Seconds to make the rules of a VPC with `count` interfaces and put them in the place of the same ones."""
    ports = {f"i-{n}": 8000 + n for n in range(count)}
    vpc = large(count)
    started = time.monotonic()
    table = ruleset.of_vpc(vpc, ports)
    again = replacing(table, "b", "a")
    made = time.monotonic() - started
    steps = [
        "".join(f"nft -f - <<'END'\n{text}END\n" for text in part) for part in (replacing(table, "a", None), again)
    ]
    script = f"{steps[0]}date +%s%N\n{steps[1]}date +%s%N\n"
    done = subprocess.run(
        [*machine.namespaces(), "sh", "-e"],
        input=script,
        capture_output=True,
        text=True,
        env={"PATH": machine.SEARCH},
        check=True,
    )
    before, after = map(int, done.stdout.split())
    return made + (after - before) / 1e9


def main() -> None:
    """Measure, and print the table."""
    with tempfile.TemporaryDirectory() as folder:
        empty = Path(folder) / "no-binaries"
        empty.mkdir()
        state = Path(folder) / "world"
        world = World.start(state, binaries=empty)
        try:
            small = small_vpc.build(world)
            told = small_vpc.explained(world, Path(folder))
            seconds = in_force(world)
        finally:
            world.stop()
            destroy(state)
    milliseconds = sorted(1000 * each for each in seconds)
    rows = [
        Row("a rule told to the AWS API is in force, median", statistics.median(milliseconds), "ms", 200),
        Row("… slowest of 20", milliseconds[-1], "ms", 200),
    ]
    rows += [
        Row("a VPC of 2 zones × public and private, 3 instances, 20 Pods", small.built, "s", 1),
        Row("a Pod's network, median of 20", 1000 * statistics.median(small.pods), "ms", 30),
        Row("labs explain as a process, median of 15", 1000 * statistics.median(told), "ms", 100),
        Row("… the fastest", 1000 * told[0], "ms", 100),
    ]
    rows += [Row(f"rules of {count} interfaces made and swapped", swapped(count), "s", 1) for count in (10, 100, 1000)]
    print_table(rows)


if __name__ == "__main__":
    main()
