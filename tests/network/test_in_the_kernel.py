"""The network as the kernel has it: real connections between instances, the laptop, control planes and the internet."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network

import boto3
import pytest

from eks_local.waiting import wait_for
from eks_local.world import World
from tests.worlds import inside, started

pytestmark = pytest.mark.world

WHO = """
import socket, sys
server = socket.create_server(("0.0.0.0", 7000), backlog=64)
print("up", flush=True)
while True:
    client, address = server.accept()
    client.sendall(address[0].encode())
    client.close()
"""
CALL = """
import socket, sys
try:
    with socket.create_connection((sys.argv[1], int(sys.argv[2])), float(sys.argv[3])) as call:
        print(call.recv(100).decode() if len(sys.argv) < 5 else "connected")
except OSError as error:
    print(type(error).__name__, error)
"""
LOOKUP = """
import sys
from dnslib import DNSRecord, RCODE
reply = DNSRecord.parse(DNSRecord.question(sys.argv[2]).send(sys.argv[1], 53, tcp=sys.argv[3] == "tcp", timeout=3))
print(reply.short() or RCODE[reply.header.rcode])
"""


@dataclass
class Lab:
    """A VPC with a public, a NATed and an isolated subnet, and instances in them."""

    world: World
    ec2: object
    vpc: str = ""
    subnets: dict[str, str] = field(default_factory=dict)
    instances: dict[str, dict] = field(default_factory=dict)
    nat: str = ""
    servers: ExitStack = field(default_factory=ExitStack)

    def run(self, where: str, *argv: str) -> str:
        netns = self.instances[where]["InstanceId"] if where in self.instances else where
        done = subprocess.run(inside(self.world, argv, netns=netns), capture_output=True, text=True, timeout=30)
        return (done.stdout + done.stderr).strip()

    def python(self, where: str, program: str, *arguments: str) -> str:
        return self.run(where, sys.executable, "-c", program, *arguments)

    def call(self, where: str, address: str, *, port: int = 7000, seconds: float = 5) -> str:
        """Whom the other side sees, or the error."""
        return self.python(where, CALL, address, str(port), str(seconds))

    def silent(self, where: str, address: str) -> bool:
        return "timed out" in self.call(where, address, seconds=0.7)

    def serve(self, where: str) -> None:
        netns = self.instances[where]["InstanceId"] if where in self.instances else where
        server = subprocess.Popen(
            inside(self.world, [sys.executable, "-c", WHO], netns=netns), stdout=subprocess.PIPE, text=True
        )
        self.servers.callback(server.wait)
        self.servers.callback(server.kill)
        assert server.stdout is not None
        assert server.stdout.readline() == "up\n"
        server.stdout.close()

    def launch(self, name: str, subnet: str) -> None:
        image = self.ec2.describe_images(Owners=["602401143452"])["Images"][0]["ImageId"]
        made = self.ec2.run_instances(
            ImageId=image, InstanceType="t3.small", SubnetId=self.subnets[subnet], MinCount=1, MaxCount=1
        )["Instances"][0]
        wait_for(lambda: self.has(made["InstanceId"], "eth0"), what="the instance's link", seconds=10)
        found = self.ec2.describe_instances(InstanceIds=[made["InstanceId"]])
        self.instances[name] = found["Reservations"][0]["Instances"][0]

    def has(self, netns: str, link: str) -> bool:
        return link in {entry.get("ifname") for entry in self.links(netns)}

    def links(self, netns: str) -> list[dict]:
        done = subprocess.run(
            inside(self.world, ["ip", "-json", "address"], netns=netns), capture_output=True, text=True, timeout=30
        )
        return json.loads(done.stdout) if done.returncode == 0 else []

    def private(self, name: str) -> str:
        return str(self.instances[name]["PrivateIpAddress"])

    def public(self, name: str) -> str:
        return str(self.instances[name]["PublicIpAddress"])


@pytest.fixture(scope="module")
def lab(tmp_path_factory) -> Iterator[Lab]:
    with started(tmp_path_factory.mktemp("network") / "w") as world:
        made = Lab(world, client(world, "ec2"))
        with made.servers:
            build(made)
            yield made


def client(world: World, service: str):
    environment = world.environment()
    return boto3.client(
        service,
        endpoint_url=environment["AWS_ENDPOINT_URL"],
        region_name=environment["AWS_REGION"],
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
    )


def build(lab: Lab) -> None:
    ec2 = lab.ec2
    lab.vpc = ec2.create_vpc(CidrBlock="10.7.0.0/16")["Vpc"]["VpcId"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=lab.vpc)
    zones = {"public": "us-east-1a", "other": "us-east-1b", "nat": "us-east-1b", "isolated": "us-east-1b"}
    for number, (name, zone) in enumerate(zones.items(), 1):
        made = ec2.create_subnet(VpcId=lab.vpc, CidrBlock=f"10.7.{number}.0/24", AvailabilityZone=zone)
        lab.subnets[name] = made["Subnet"]["SubnetId"]
    out = ec2.create_route_table(VpcId=lab.vpc)["RouteTable"]["RouteTableId"]
    ec2.create_route(RouteTableId=out, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    for name in ("public", "other"):
        ec2.associate_route_table(RouteTableId=out, SubnetId=lab.subnets[name])
        ec2.modify_subnet_attribute(SubnetId=lab.subnets[name], MapPublicIpOnLaunch={"Value": True})
    address = ec2.allocate_address(Domain="vpc")
    lab.nat = address["PublicIp"]
    nat = ec2.create_nat_gateway(SubnetId=lab.subnets["public"], AllocationId=address["AllocationId"])
    through = ec2.create_route_table(VpcId=lab.vpc)["RouteTable"]["RouteTableId"]
    ec2.create_route(
        RouteTableId=through, DestinationCidrBlock="0.0.0.0/0", NatGatewayId=nat["NatGateway"]["NatGatewayId"]
    )
    ec2.associate_route_table(RouteTableId=through, SubnetId=lab.subnets["nat"])
    anyone = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    mine = [{"Name": "vpc-id", "Values": [lab.vpc]}]
    default = ec2.describe_security_groups(Filters=mine)["SecurityGroups"][0]["GroupId"]
    ec2.authorize_security_group_ingress(GroupId=default, IpPermissions=anyone)
    for name, subnet in {"a": "public", "b": "public", "c": "other", "n": "nat", "i": "isolated"}.items():
        lab.launch(name, subnet)
    for place in ("a", "b", "c", "n", "i", "laptop"):
        lab.serve(place)


@pytest.mark.parametrize(("one", "other"), [("a", "b"), ("a", "c"), ("a", "n"), ("n", "i"), ("i", "a"), ("a", "a")])
def test_instances_of_a_vpc_reach_each_other_by_private_addresses(lab, one, other):
    assert lab.call(one, lab.private(other)) == lab.private(one)


def test_the_laptop_reaches_public_addresses_and_no_private_ones(lab):
    assert lab.call("laptop", lab.public("a")) == "203.0.113.10"
    assert lab.silent("laptop", lab.private("a"))


def test_a_public_instance_is_seen_by_its_public_address(lab):
    assert lab.call("a", "203.0.113.10") == lab.public("a")
    assert lab.call("a", lab.public("c")) == lab.public("a")
    assert lab.call("a", lab.public("a")) == lab.public("a")


def test_behind_a_nat_gateway_everything_is_seen_by_its_address(lab):
    assert lab.call("n", "203.0.113.10") == lab.nat
    assert lab.call("n", lab.public("a")) == lab.nat


def test_an_isolated_subnet_gets_no_answer_from_outside(lab):
    assert lab.silent("i", "203.0.113.10")
    assert lab.silent("i", "192.0.2.10")


def test_an_address_of_the_vpc_that_nobody_has_is_silent(lab):
    assert lab.silent("a", "10.7.2.200")


def test_the_aws_api_answers_at_its_public_address(lab):
    for place in ("a", "n", "laptop"):
        assert lab.python(place, CALL, "192.0.2.10", "80", "5", "only connect") == "connected"


def test_every_instance_has_its_own_metadata(lab):
    fetch = (
        "import sys, urllib.request as u;"
        "t = u.urlopen(u.Request('http://169.254.169.254/latest/api/token', method='PUT',"
        " headers={'X-aws-ec2-metadata-token-ttl-seconds': '60'})).read().decode();"
        "print(u.urlopen(u.Request('http://169.254.169.254/latest/meta-data/instance-id',"
        " headers={'X-aws-ec2-metadata-token': t})).read().decode())"
    )
    for name in ("a", "b", "i"):
        assert lab.python(name, fetch) == lab.instances[name]["InstanceId"]


def test_nobody_reads_anothers_metadata_behind_the_front_door(lab):
    for port in range(8000, 8005):
        assert "timed out" in lab.call("a", "169.254.169.254", port=port, seconds=0.4)


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_names_are_resolved_in_the_vpc_and_at_the_laptop(lab, transport):
    ours = "ip-" + lab.private("b").replace(".", "-") + ".ec2.internal"
    for resolver in ("10.7.0.2", "169.254.169.253"):
        assert lab.python("a", LOOKUP, resolver, ours, transport) == lab.private("b")
    assert lab.python("laptop", LOOKUP, "192.0.2.53", ours, transport) == "NXDOMAIN"
    assert lab.python("laptop", LOOKUP, "192.0.2.53", "sts.amazonaws.com", transport) == "192.0.2.10"


def test_a_secondary_address_is_routed_as_soon_as_it_is_assigned_and_no_longer_than_that(lab):
    eni = lab.instances["c"]["NetworkInterfaces"][0]["NetworkInterfaceId"]
    given = lab.ec2.assign_private_ip_addresses(NetworkInterfaceId=eni, SecondaryPrivateIpAddressCount=1)
    address = given["AssignedPrivateIpAddresses"][0]["PrivateIpAddress"]
    lab.run("c", "ip", "address", "add", f"{address}/32", "dev", "eth0")
    wait_for(lambda: lab.call("a", address, seconds=0.5) == lab.private("a"), what="the route", seconds=5)
    lab.ec2.unassign_private_ip_addresses(NetworkInterfaceId=eni, PrivateIpAddresses=[address])
    wait_for(lambda: lab.silent("a", address), what="the route to go", seconds=5)


def test_a_prefix_is_routed_whole(lab):
    eni = lab.instances["c"]["NetworkInterfaces"][0]["NetworkInterfaceId"]
    lab.ec2.assign_private_ip_addresses(NetworkInterfaceId=eni, Ipv4PrefixCount=1)
    found = lab.ec2.describe_network_interfaces(NetworkInterfaceIds=[eni])["NetworkInterfaces"][0]
    address = str(ip_network(found["Ipv4Prefixes"][0]["Ipv4Prefix"])[9])
    lab.run("c", "ip", "address", "add", f"{address}/32", "dev", "eth0")
    wait_for(lambda: lab.call("n", address, seconds=0.5) == lab.private("n"), what="the route", seconds=5)


def test_an_interface_comes_and_goes_with_its_attachment(lab):
    instance = lab.instances["b"]["InstanceId"]
    eni = lab.ec2.create_network_interface(SubnetId=lab.subnets["public"])["NetworkInterface"]
    started_at = time.monotonic()
    attachment = lab.ec2.attach_network_interface(
        NetworkInterfaceId=eni["NetworkInterfaceId"], InstanceId=instance, DeviceIndex=1
    )["AttachmentId"]
    wait_for(lambda: lab.has(instance, "eth1"), what="eth1", seconds=5, poll=0.01)
    took = time.monotonic() - started_at
    (link,) = [entry for entry in lab.links(instance) if entry["ifname"] == "eth1"]
    assert link["address"] == eni["MacAddress"]
    assert link["operstate"] == "DOWN"
    assert link["mtu"] == 9001
    assert took < 2, "an attachment must not take seconds: the VPC CNI waits for it"
    lab.ec2.detach_network_interface(AttachmentId=attachment)
    wait_for(lambda: not lab.has(instance, "eth1"), what="eth1 to go", seconds=5)
    assert lab.call("a", lab.private("b")) == lab.private("a")


ASK = """
import http.client, sys
call = http.client.HTTPConnection(sys.argv[1], 443, timeout=3)
call.request("GET", "/?Action=GetCallerIdentity", headers={"Host": "sts.us-east-1.amazonaws.com:443"})
print("Error" in call.getresponse().read().decode())
"""


def test_an_interface_endpoint_is_the_way_to_the_aws_api_where_there_is_no_other(lab):
    name = "sts.us-east-1.amazonaws.com"
    assert lab.python("i", LOOKUP, "10.7.0.2", name, "udp") == "192.0.2.10"
    assert "timed out" in lab.python("i", CALL, "192.0.2.10", "443", "0.7", "only connect")
    for attribute in ("EnableDnsSupport", "EnableDnsHostnames"):
        lab.ec2.modify_vpc_attribute(VpcId=lab.vpc, **{attribute: {"Value": True}})
    made = lab.ec2.create_vpc_endpoint(
        VpcId=lab.vpc,
        ServiceName="com.amazonaws.us-east-1.sts",
        VpcEndpointType="Interface",
        SubnetIds=[lab.subnets["nat"], lab.subnets["other"]],
        PrivateDnsEnabled=True,
    )["VpcEndpoint"]
    found = lab.ec2.describe_network_interfaces(NetworkInterfaceIds=made["NetworkInterfaceIds"])["NetworkInterfaces"]
    addresses = {each["PrivateIpAddress"] for each in found}
    assert len(addresses) == 2
    wait_for(lambda: lab.python("i", LOOKUP, "10.7.0.2", name, "udp") != "192.0.2.10", what="the name", seconds=20)
    for address in addresses:
        assert lab.python("i", ASK, address) == "True", "the endpoint answers as the AWS API, here with an error of STS"
    lab.ec2.delete_vpc_endpoints(VpcEndpointIds=[made["VpcEndpointId"]])
    wait_for(lambda: lab.python("i", LOOKUP, "10.7.0.2", name, "udp") == "192.0.2.10", what="the name", seconds=20)
    wait_for(lambda: made["VpcEndpointId"] not in lab.run("", "ip", "netns"), what="its namespace to go", seconds=20)


HEAR = """
import socket
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear:
    ear.bind(("", 7001))
    print("up", flush=True)
    while True:
        print(ear.recvfrom(100)[1][0], flush=True)
"""
SEND = """
import socket, sys
for source in sys.argv[2:]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mouth:
        mouth.bind((source, 0))
        mouth.sendto(b"hello", (sys.argv[1], 7001))
"""


def test_packets_from_others_addresses_are_dropped_unless_source_and_destination_go_unchecked(lab):
    own, foreign = lab.private("c"), "10.7.2.222"
    lab.run("c", "ip", "address", "add", f"{foreign}/32", "dev", "lo")
    netns = lab.instances["a"]["InstanceId"]
    ear = subprocess.Popen(
        inside(lab.world, [sys.executable, "-c", HEAR], netns=netns), stdout=subprocess.PIPE, text=True
    )
    lab.servers.callback(ear.wait)
    lab.servers.callback(ear.kill)
    assert ear.stdout.readline() == "up\n"
    # What comes in after the foreign one was lost: packets of one place keep their order.
    lab.python("c", SEND, lab.private("a"), foreign, own)
    assert ear.stdout.readline().strip() == own
    eni = lab.instances["c"]["NetworkInterfaces"][0]["NetworkInterfaceId"]
    lab.ec2.modify_network_interface_attribute(NetworkInterfaceId=eni, SourceDestCheck={"Value": False})
    heard = ""

    def hears() -> bool:
        nonlocal heard
        lab.python("c", SEND, lab.private("a"), foreign, own)
        heard = ear.stdout.readline().strip()
        if heard == foreign:
            return ear.stdout.readline().strip() == own
        return False

    wait_for(hears, what="a packet from an address that is not the interface's", seconds=10)
    lab.ec2.modify_network_interface_attribute(NetworkInterfaceId=eni, SourceDestCheck={"Value": True})
    ear.kill()
    ear.stdout.close()


def test_an_elastic_address_takes_over_and_leaves(lab):
    given = lab.ec2.allocate_address(Domain="vpc")
    lab.launch("e", "other")
    lab.serve("e")
    associated = lab.ec2.associate_address(
        AllocationId=given["AllocationId"], InstanceId=lab.instances["e"]["InstanceId"]
    )
    wait_for(lambda: lab.call("laptop", given["PublicIp"], seconds=0.5) == "203.0.113.10", what="the EIP", seconds=5)
    wait_for(lambda: lab.call("e", "203.0.113.10") == given["PublicIp"], what="the EIP as source", seconds=5)
    lab.ec2.disassociate_address(AssociationId=associated["AssociationId"])
    wait_for(lambda: lab.silent("laptop", given["PublicIp"]), what="the EIP to go", seconds=5)


def test_a_route_follows_its_table(lab):
    table = lab.ec2.create_route_table(VpcId=lab.vpc)["RouteTable"]["RouteTableId"]
    lab.ec2.associate_route_table(RouteTableId=table, SubnetId=lab.subnets["isolated"])
    assert lab.silent("i", "203.0.113.10")
    gateway = lab.ec2.describe_nat_gateways()["NatGateways"][0]["NatGatewayId"]
    lab.ec2.create_route(RouteTableId=table, DestinationCidrBlock="203.0.113.0/24", NatGatewayId=gateway)
    wait_for(lambda: lab.call("i", "203.0.113.10", seconds=0.5) == lab.nat, what="the route", seconds=5)
    lab.ec2.delete_route(RouteTableId=table, DestinationCidrBlock="203.0.113.0/24")
    wait_for(lambda: lab.silent("i", "203.0.113.10"), what="the route to go", seconds=5)


def test_a_terminated_instances_namespace_goes(lab):
    lab.launch("t", "public")
    instance = lab.instances["t"]["InstanceId"]
    assert instance in lab.run("", "ip", "netns")
    lab.ec2.terminate_instances(InstanceIds=[instance])
    wait_for(lambda: instance not in lab.run("", "ip", "netns"), what="the namespace to go", seconds=10)


def test_a_control_plane_is_reached_from_the_vpc_and_from_outside(lab):
    role = client(lab.world, "iam").create_role(RoleName="cluster", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    subnets = [lab.subnets["public"], lab.subnets["other"]]
    # No binaries here: its processes cannot start, but its place is made.
    eks = client(lab.world, "eks")
    made = eks.create_cluster(
        name="demo",
        roleArn=role,
        resourcesVpcConfig={"subnetIds": subnets, "publicAccessCidrs": ["203.0.113.10/32"]},
    )["cluster"]["resourcesVpcConfig"]
    within = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "10.7.0.0/16"}]}]
    lab.ec2.authorize_security_group_ingress(GroupId=made["clusterSecurityGroupId"], IpPermissions=within)
    wait_for(lambda: len(addresses(lab, "eks-demo")) == 3, what="the control plane's addresses", seconds=10)
    lab.serve("eks-demo")
    public, *private = sorted(
        addresses(lab, "eks-demo"), key=lambda a: ip_address(a) not in ip_network("198.51.100.0/24")
    )
    assert all(ip_address(address) in ip_network("10.7.0.0/16") for address in private)
    for address in private:
        assert lab.call("i", address) == lab.private("i")
    assert lab.call("eks-demo", lab.private("n")) in private
    assert lab.call("laptop", public) == "203.0.113.10"
    assert lab.call("a", public) == lab.public("a")
    assert "refused" in lab.call("laptop", public, port=443)
    assert "timed out" in lab.call("a", public, port=443, seconds=0.7), "only the laptop may reach the endpoint"


def addresses(lab: Lab, netns: str) -> list[str]:
    return [
        info["local"]
        for link in lab.links(netns)
        if link["ifname"] != "lo"
        for info in link["addr_info"]
        if info["family"] == "inet"
    ]


TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "eks.amazonaws.com"}, "Action": "sts:AssumeRole"}],
    }
)
