"""The smallest surroundings an EKS cluster needs, made by boto3: a VPC, two public subnets, two roles."""

import json
from dataclasses import dataclass
from typing import Any

import boto3

from eks_local.world import World


@dataclass(frozen=True)
class Surroundings:
    """What the cluster and its node group refer to."""

    subnets: tuple[str, ...]
    cluster_role: str
    node_role: str


def session(world: World) -> boto3.Session:
    """A boto3 session as the learner's."""
    env = world.environment()
    return boto3.Session(env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"], region_name=world.region)


def surroundings(world: World) -> Surroundings:
    """Make the VPC and the roles."""
    aws = session(world)
    ec2 = aws.client("ec2", endpoint_url=world.endpoint_url)
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    subnets = []
    for number, zone in enumerate("ab"):
        subnet = ec2.create_subnet(
            VpcId=vpc, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=f"{world.region}{zone}"
        )["Subnet"]["SubnetId"]
        ec2.modify_subnet_attribute(SubnetId=subnet, MapPublicIpOnLaunch={"Value": True})
        ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
        subnets.append(subnet)
    iam = aws.client("iam", endpoint_url=world.endpoint_url)
    return Surroundings(
        tuple(subnets),
        _role(iam, "cluster", "eks.amazonaws.com", ["AmazonEKSClusterPolicy"]),
        _role(
            iam,
            "node",
            "ec2.amazonaws.com",
            ["AmazonEKSWorkerNodePolicy", "AmazonEKS_CNI_Policy", "AmazonEC2ContainerRegistryReadOnly"],
        ),
    )


def _role(iam: Any, name: str, service: str, policies: list[str]) -> str:
    trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    arn: str = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"]
    for policy in policies:
        iam.attach_role_policy(RoleName=name, PolicyArn=f"arn:aws:iam::aws:policy/{policy}")
    return arn
