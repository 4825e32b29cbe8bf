"""Making a `Site`: its VPCs, subnets, gateways, groups, instances and agents."""

import json
import subprocess
from collections.abc import Mapping
from ipaddress import ip_network
from typing import Any

import boto3

from eks_local.waiting import wait_for
from eks_local.world import World
from tests.network.site import ACLS, GROUPS, HOMES, LAPTOP, OTHERS, SERVICES, SUBNETS, USUAL, Agent, Site
from tests.worlds import inside


def client(world: World, service: str) -> Any:
    """A boto3 client of the world's AWS API."""
    environment = world.environment()
    return boto3.client(
        service,
        endpoint_url=environment["AWS_ENDPOINT_URL"],
        region_name=environment["AWS_REGION"],
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
    )


def build(site: Site) -> None:
    """Make the VPC and the instances, with an agent in each."""
    ec2, ids = site.ec2, site.ids
    site.vpc = ec2.create_vpc(CidrBlock="10.7.0.0/16")["Vpc"]["VpcId"]
    ids["igw"] = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=ids["igw"], VpcId=site.vpc)
    for number, name in enumerate(SUBNETS, 1):
        zone = "us-east-1b" if name == "two" else "us-east-1a"
        made = ec2.create_subnet(VpcId=site.vpc, CidrBlock=f"10.7.{number}.0/24", AvailabilityZone=zone)
        ids[name] = made["Subnet"]["SubnetId"]
        site.addresses[f"subnet-{name}"] = f"10.7.{number}.0/24"
        table = ids[f"table-{name}"] = ec2.create_route_table(VpcId=site.vpc)["RouteTable"]["RouteTableId"]
        ec2.associate_route_table(RouteTableId=table, SubnetId=ids[name])
    for name in ("one", "two", "mark"):
        ec2.modify_subnet_attribute(SubnetId=ids[name], MapPublicIpOnLaunch={"Value": True})
    ec2.create_route(RouteTableId=ids["table-mark"], DestinationCidrBlock="0.0.0.0/0", GatewayId=ids["igw"])
    site.addresses["nat.public"] = _nat(site, "nat")
    _nat(site, "nat-gone")
    site.routes("hole", (("0.0.0.0/0", "nat-gone"),), ())
    ec2.delete_nat_gateway(NatGatewayId=ids["nat-gone"])
    for name, cidr in OTHERS.items():
        _other(site, name, cidr)
    peer(site, "pcx", site.vpc, site.ids["vpc-peer"])
    peer(site, "pcx-third", site.ids["vpc-peer"], site.ids["vpc-third"])
    _filters(site)
    _endpoints(site)
    _launch(site)
    _nat_instance(site, "t")
    site.addresses["laptop"] = LAPTOP
    site.agents["laptop"] = Agent(site.world, "laptop")
    for agent in site.agents.values():
        site.owned.callback(agent.close)


def _other(site: Site, name: str, cidr: str) -> None:
    """A VPC with one subnet, an internet gateway, and a group that lets everything through."""
    ec2, ids = site.ec2, site.ids
    vpc = ids[f"vpc-{name}"] = ec2.create_vpc(CidrBlock=cidr)["Vpc"]["VpcId"]
    gateway = ids[f"igw-{name}"] = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    within = str(next(ip_network(cidr).subnets(new_prefix=24)))
    subnet = ids[name] = ec2.create_subnet(VpcId=vpc, CidrBlock=within)["Subnet"]["SubnetId"]
    ec2.modify_subnet_attribute(SubnetId=subnet, MapPublicIpOnLaunch={"Value": True})
    table = ids[f"table-{name}"] = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
    _group(site, f"{name}-open", vpc)


def peer(site: Site, name: str, requester: str, accepter: str) -> None:
    """A peering connection in force."""
    made = site.ec2.create_vpc_peering_connection(VpcId=requester, PeerVpcId=accepter)["VpcPeeringConnection"]
    site.ids[name] = made["VpcPeeringConnectionId"]
    site.ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=site.ids[name])


def _group(site: Site, name: str, vpc: str) -> None:
    """A group: open ones let everything through, others nothing."""
    group = site.ids[name] = site.ec2.create_security_group(VpcId=vpc, GroupName=name, Description=name)["GroupId"]
    anyone = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    if name.endswith("open"):
        site.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=anyone)
    else:
        site.ec2.revoke_security_group_egress(GroupId=group, IpPermissions=anyone)


def _endpoints(site: Site) -> None:
    """Endpoints of the VPC: for s3 by routes, for sts with an interface that wears g3."""
    ec2, ids = site.ec2, site.ids
    for name in ("EnableDnsSupport", "EnableDnsHostnames"):
        ec2.modify_vpc_attribute(VpcId=site.vpc, **{name: {"Value": True}})
    where = {"VpcId": site.vpc, "ServiceName": "com.amazonaws.us-east-1.s3"}
    ec2.create_vpc_endpoint(
        **where, VpcEndpointType="Gateway", RouteTableIds=[ids["table-isolated"], ids["table-gate"]]
    )
    made = ec2.create_vpc_endpoint(
        VpcId=site.vpc,
        ServiceName="com.amazonaws.us-east-1.sts",
        VpcEndpointType="Interface",
        SubnetIds=[ids["gate"]],
        SecurityGroupIds=[ids["g3"]],
        PrivateDnsEnabled=True,
    )["VpcEndpoint"]
    found = ec2.describe_network_interfaces(NetworkInterfaceIds=made["NetworkInterfaceIds"])["NetworkInterfaces"]
    site.addresses["sts"] = found[0]["PrivateIpAddress"]
    site.addresses.update(SERVICES)


def _nat_instance(site: Site, name: str) -> None:
    """What an administrator does on an instance that is to carry packets of others."""
    commands = (
        "echo 1 > /proc/sys/net/ipv4/ip_forward",
        "nft add table ip nat",
        "nft 'add chain ip nat post { type nat hook postrouting priority srcnat; }'",
        f"nft add rule ip nat post ip saddr != {site.addresses[name]} masquerade",
    )
    made = inside(site.world, ["sh", "-ec", "; ".join(commands)], netns=site.ids[f"i-{name}"])
    subprocess.run(made, check=True)


def _nat(site: Site, name: str) -> str:
    address = site.ec2.allocate_address(Domain="vpc")
    made = site.ec2.create_nat_gateway(SubnetId=site.ids["gate"], AllocationId=address["AllocationId"])
    site.ids[name] = made["NatGateway"]["NatGatewayId"]
    return str(address["PublicIp"])


def _filters(site: Site) -> None:
    ec2, ids = site.ec2, site.ids
    for name in (*GROUPS, "open", "marker"):
        _group(site, name, ids["vpc-peer"] if name.startswith("peer") else site.vpc)
    mine = [{"Name": "vpc-id", "Values": [site.vpc]}]
    named = [*mine, {"Name": "group-name", "Values": ["default"]}]
    ids["default"] = ec2.describe_security_groups(Filters=named)["SecurityGroups"][0]["GroupId"]
    ids["acl"] = ec2.describe_network_acls(Filters=mine)["NetworkAcls"][0]["NetworkAclId"]
    for name in ACLS:
        ids[f"acl-{name}"] = ec2.create_network_acl(VpcId=site.vpc)["NetworkAcl"]["NetworkAclId"]
    listed = ec2.create_managed_prefix_list(
        PrefixListName="two-and-laptop",
        AddressFamily="IPv4",
        MaxEntries=5,
        Entries=[{"Cidr": site.addresses["subnet-two"]}, {"Cidr": f"{LAPTOP}/32"}],
    )
    ids["list"] = listed["PrefixList"]["PrefixListId"]
    own = [{"Name": "prefix-list-name", "Values": ["com.amazonaws.us-east-1.s3"]}]
    ids["s3-list"] = ec2.describe_managed_prefix_lists(Filters=own)["PrefixLists"][0]["PrefixListId"]


def _launch(site: Site) -> None:
    image = site.ec2.describe_images(Owners=["602401143452"])["Images"][0]["ImageId"]
    for name, subnet in HOMES.items():
        tags = [{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": name}]}]
        made = site.ec2.run_instances(
            ImageId=image,
            InstanceType="t3.small",
            SubnetId=site.ids[subnet],
            SecurityGroupIds=[site.ids["marker" if name == "m" else USUAL.get(name, "open")]],
            MinCount=1,
            MaxCount=1,
            TagSpecifications=tags,
        )["Instances"][0]
        site.ids[f"i-{name}"] = made["InstanceId"]
    for name in HOMES:
        instance = site.ids[f"i-{name}"]
        links = inside(site.world, ["ip", "link", "show", "eth0"], netns=instance)
        wait_for(
            lambda links=links: subprocess.run(links, capture_output=True).returncode == 0,
            what=f"{name}'s link",
            seconds=20,
        )
        found = site.ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]
        site.ids[f"eni-{name}"] = found["NetworkInterfaces"][0]["NetworkInterfaceId"]
        site.addresses[name] = found["PrivateIpAddress"]
        if found.get("PublicIpAddress"):
            site.addresses[f"{name}.public"] = found["PublicIpAddress"]
        site.agents[name] = Agent(site.world, instance)


def clusters(site: Site, wanted: Mapping[str, Mapping[str, object]]) -> None:
    """EKS clusters (name → endpoint settings) with an agent in place of each control plane."""
    trust = {"Effect": "Allow", "Principal": {"Service": "eks.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = client(site.world, "iam").create_role(RoleName="cluster", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    eks = client(site.world, "eks")
    for name, access in wanted.items():
        network = {"subnetIds": [site.ids["one"], site.ids["two"]], **access}
        made = eks.create_cluster(name=name, roleArn=role, resourcesVpcConfig=network)["cluster"]
        site.ids[f"group-{name}"] = made["resourcesVpcConfig"]["clusterSecurityGroupId"]
        netns = f"eks-{name}"
        addresses = inside(site.world, ["ip", "-brief", "-4", "address"], netns=netns)

        def ready(command: list[str] = addresses) -> bool:
            return subprocess.run(command, capture_output=True, text=True).stdout.count("eni-") == 2

        wait_for(ready, what=f"the interfaces of {name}", seconds=20)
        site.agents[name] = Agent(site.world, netns)
        site.owned.callback(site.agents[name].close)


def hold_more(site: Site, name: str) -> None:
    """Give an instance a secondary address (NAME.second) and one of a prefix (NAME.pod), as a CNI would."""
    eni = site.ids[f"eni-{name}"]
    given = site.ec2.assign_private_ip_addresses(NetworkInterfaceId=eni, SecondaryPrivateIpAddressCount=1)
    site.addresses[f"{name}.second"] = given["AssignedPrivateIpAddresses"][0]["PrivateIpAddress"]
    site.ec2.assign_private_ip_addresses(NetworkInterfaceId=eni, Ipv4PrefixCount=1)
    found = site.ec2.describe_network_interfaces(NetworkInterfaceIds=[eni])["NetworkInterfaces"][0]
    site.addresses[f"{name}.pod"] = str(ip_network(found["Ipv4Prefixes"][0]["Ipv4Prefix"])[9])
    for each in ("second", "pod"):
        command = ["ip", "address", "add", f"{site.addresses[f'{name}.{each}']}/32", "dev", "eth0"]
        subprocess.run(inside(site.world, command, netns=site.ids[f"i-{name}"]), check=True)
