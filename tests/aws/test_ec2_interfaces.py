"""Network interfaces through boto3, against the API served in this process."""

import ipaddress
import pickle
import threading
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto.backends import get_backend
from moto.core.base_backend import BackendDict
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

from eks_local.aws.ec2 import install
from eks_local.aws.ec2.models import Service

ACCOUNT, REGION = "123456789012", "us-east-1"
IMAGE = "ami-03cf127a"  # one of moto's own


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    BackendDict.reset()
    install()
    server = make_server("127.0.0.1", 0, DomainDispatcherApplication(create_backend_app), threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join(5)
    server.server_close()


@pytest.fixture(scope="module")
def ec2(endpoint: str) -> Any:
    return boto3.client(
        "ec2", endpoint_url=endpoint, region_name=REGION, aws_access_key_id="a", aws_secret_access_key="b"
    )


@pytest.fixture
def subnet(ec2: Any) -> str:
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
    made = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24", AvailabilityZone="us-east-1a")
    return str(made["Subnet"]["SubnetId"])


def launch(ec2: Any, subnet: str, instance_type: str = "t3.small", **more: Any) -> dict[str, Any]:
    made = ec2.run_instances(ImageId=IMAGE, MinCount=1, MaxCount=1, InstanceType=instance_type, SubnetId=subnet, **more)
    instance: dict[str, Any] = made["Instances"][0]
    return instance


def make(ec2: Any, subnet: str, **more: Any) -> dict[str, Any]:
    made: dict[str, Any] = ec2.create_network_interface(SubnetId=subnet, **more)["NetworkInterface"]
    return made


def describe(ec2: Any, eni: str) -> dict[str, Any]:
    found: dict[str, Any] = ec2.describe_network_interfaces(NetworkInterfaceIds=[eni])["NetworkInterfaces"][0]
    return found


def addresses(eni: dict[str, Any]) -> list[str]:
    return [item["PrivateIpAddress"] for item in eni["PrivateIpAddresses"]]


def free(ec2: Any, subnet: str) -> int:
    return int(ec2.describe_subnets(SubnetIds=[subnet])["Subnets"][0]["AvailableIpAddressCount"])


def refused(code: str, text: str = "") -> Any:
    return pytest.raises(ClientError, match=rf"\({code}\).*{text}")


def test_secondary_addresses_leave_the_subnet_and_come_back(ec2: Any, subnet: str) -> None:
    assert free(ec2, subnet) == 251
    eni = make(ec2, subnet, SecondaryPrivateIpAddressCount=3)
    assert len(set(addresses(eni))) == 4
    assert [item["Primary"] for item in eni["PrivateIpAddresses"]] == [True, False, False, False]
    assert eni["PrivateIpAddresses"][1]["PrivateDnsName"] == f"ip-{addresses(eni)[1].replace('.', '-')}.ec2.internal"
    assert free(ec2, subnet) == 247
    ec2.delete_network_interface(NetworkInterfaceId=eni["NetworkInterfaceId"])
    assert free(ec2, subnet) == 251


def test_no_address_is_given_twice(ec2: Any, subnet: str) -> None:
    everything = [
        address for _ in range(60) for address in addresses(make(ec2, subnet, SecondaryPrivateIpAddressCount=3))
    ]
    assert len(set(everything)) == 240
    assert all(ipaddress.ip_address(a) in ipaddress.ip_network("10.0.1.0/24") for a in everything)
    assert not {"10.0.1.0", "10.0.1.1", "10.0.1.2", "10.0.1.3", "10.0.1.255"} & set(everything)
    with refused("InsufficientFreeAddressesInSubnet"):
        make(ec2, subnet, SecondaryPrivateIpAddressCount=11)
    assert free(ec2, subnet) == 11


def test_assign_and_unassign(ec2: Any, subnet: str) -> None:
    eni = make(ec2, subnet)["NetworkInterfaceId"]
    got = ec2.assign_private_ip_addresses(NetworkInterfaceId=eni, SecondaryPrivateIpAddressCount=2)
    new = [item["PrivateIpAddress"] for item in got["AssignedPrivateIpAddresses"]]
    assert len(new) == 2
    named = ec2.assign_private_ip_addresses(NetworkInterfaceId=eni, PrivateIpAddresses=["10.0.1.77"])
    assert named["AssignedPrivateIpAddresses"] == [{"PrivateIpAddress": "10.0.1.77"}]
    assert addresses(describe(ec2, eni))[1:] == [*new, "10.0.1.77"]
    ec2.unassign_private_ip_addresses(NetworkInterfaceId=eni, PrivateIpAddresses=[new[0], "10.0.1.77"])
    assert addresses(describe(ec2, eni))[1:] == [new[1]]
    with refused("InvalidParameterValue", "not assigned"):
        ec2.unassign_private_ip_addresses(NetworkInterfaceId=eni, PrivateIpAddresses=[new[0]])
    primary = addresses(describe(ec2, eni))[0]
    with refused("InvalidParameterValue"):
        ec2.unassign_private_ip_addresses(NetworkInterfaceId=eni, PrivateIpAddresses=[primary])


def test_named_addresses_must_be_free_and_of_the_subnet(ec2: Any, subnet: str) -> None:
    eni = make(ec2, subnet, PrivateIpAddress="10.0.1.50")["NetworkInterfaceId"]
    with refused("InvalidIPAddress.InUse"):
        make(ec2, subnet, PrivateIpAddress="10.0.1.50")
    with refused("InvalidParameterValue", "does not fall within"):
        ec2.assign_private_ip_addresses(NetworkInterfaceId=eni, PrivateIpAddresses=["10.0.2.9"])
    with refused("InvalidParameterValue", "reserved"):
        ec2.assign_private_ip_addresses(NetworkInterfaceId=eni, PrivateIpAddresses=["10.0.1.1"])
    other = make(
        ec2,
        subnet,
        PrivateIpAddresses=[
            {"Primary": True, "PrivateIpAddress": "10.0.1.60"},
            {"Primary": False, "PrivateIpAddress": "10.0.1.61"},
        ],
    )
    assert addresses(other) == ["10.0.1.60", "10.0.1.61"]
    with refused("InvalidParameterValue", "move is not allowed"):
        ec2.assign_private_ip_addresses(NetworkInterfaceId=eni, PrivateIpAddresses=["10.0.1.61"])
    ec2.assign_private_ip_addresses(NetworkInterfaceId=eni, PrivateIpAddresses=["10.0.1.61"], AllowReassignment=True)
    assert addresses(describe(ec2, eni)) == ["10.0.1.50", "10.0.1.61"]
    assert addresses(describe(ec2, other["NetworkInterfaceId"])) == ["10.0.1.60"]


def test_prefixes(ec2: Any, subnet: str) -> None:
    eni = make(ec2, subnet, Ipv4PrefixCount=1)
    assert [p["Ipv4Prefix"] for p in eni["Ipv4Prefixes"]] == ["10.0.1.16/28"]
    more = ec2.assign_private_ip_addresses(NetworkInterfaceId=eni["NetworkInterfaceId"], Ipv4PrefixCount=2)
    assert more["AssignedIpv4Prefixes"] == [{"Ipv4Prefix": "10.0.1.32/28"}, {"Ipv4Prefix": "10.0.1.48/28"}]
    assert free(ec2, subnet) == 251 - 1 - 48
    with refused("InvalidIPAddress.InUse"):
        make(ec2, subnet, PrivateIpAddress="10.0.1.20")
    ec2.unassign_private_ip_addresses(NetworkInterfaceId=eni["NetworkInterfaceId"], Ipv4Prefixes=["10.0.1.16/28"])
    assert [p["Ipv4Prefix"] for p in describe(ec2, eni["NetworkInterfaceId"])["Ipv4Prefixes"]] == [
        "10.0.1.32/28",
        "10.0.1.48/28",
    ]
    named = make(ec2, subnet, Ipv4Prefixes=[{"Ipv4Prefix": "10.0.1.160/28"}])
    assert [p["Ipv4Prefix"] for p in named["Ipv4Prefixes"]] == ["10.0.1.160/28"]


def test_prefixes_run_out_while_single_addresses_do_not(ec2: Any, subnet: str) -> None:
    for block in range(16):
        make(ec2, subnet, PrivateIpAddress=f"10.0.1.{block * 16 + 8}")
    assert free(ec2, subnet) == 235
    with refused("InsufficientCidrBlocks"):
        make(ec2, subnet, Ipv4PrefixCount=1)


def test_prefix_reservations_are_kept_for_prefixes(ec2: Any, subnet: str) -> None:
    ec2.create_subnet_cidr_reservation(SubnetId=subnet, Cidr="10.0.1.0/25", ReservationType="prefix")
    single = make(ec2, subnet, SecondaryPrivateIpAddressCount=3)
    assert all(ipaddress.ip_address(a) in ipaddress.ip_network("10.0.1.128/25") for a in addresses(single))
    assert make(ec2, subnet, Ipv4PrefixCount=1)["Ipv4Prefixes"] == [{"Ipv4Prefix": "10.0.1.16/28"}]


def test_ways_of_asking_exclude_each_other(ec2: Any, subnet: str) -> None:
    eni = make(ec2, subnet)["NetworkInterfaceId"]
    with refused("InvalidParameterCombination"):
        ec2.assign_private_ip_addresses(NetworkInterfaceId=eni, SecondaryPrivateIpAddressCount=1, Ipv4PrefixCount=1)
    with refused("MissingParameter"):
        ec2.assign_private_ip_addresses(NetworkInterfaceId=eni)


def test_t3_small_has_three_interfaces_of_four_addresses(ec2: Any, subnet: str) -> None:
    info = ec2.describe_instance_types(InstanceTypes=["t3.small"])["InstanceTypes"][0]
    assert info["NetworkInfo"]["MaximumNetworkInterfaces"] == 3
    assert info["NetworkInfo"]["Ipv4AddressesPerInterface"] == 4
    assert (info["VCpuInfo"]["DefaultVCpus"], info["MemoryInfo"]["SizeInMiB"]) == (2, 2048)
    instance = launch(ec2, subnet)["InstanceId"]
    for index in (1, 2):
        eni = make(ec2, subnet, SecondaryPrivateIpAddressCount=3)["NetworkInterfaceId"]
        ec2.attach_network_interface(NetworkInterfaceId=eni, InstanceId=instance, DeviceIndex=index)
        with refused("PrivateIpAddressLimitExceeded"):
            ec2.assign_private_ip_addresses(NetworkInterfaceId=eni, SecondaryPrivateIpAddressCount=1)
        with refused("PrivateIpAddressLimitExceeded"):
            ec2.assign_private_ip_addresses(NetworkInterfaceId=eni, Ipv4PrefixCount=1)
    with refused("AttachmentLimitExceeded", "Interface count 4 exceeds the limit for t3.small"):
        ec2.attach_network_interface(
            NetworkInterfaceId=make(ec2, subnet)["NetworkInterfaceId"], InstanceId=instance, DeviceIndex=3
        )
    full = make(ec2, subnet, SecondaryPrivateIpAddressCount=4)["NetworkInterfaceId"]
    with refused("PrivateIpAddressLimitExceeded"):
        ec2.attach_network_interface(
            NetworkInterfaceId=full, InstanceId=launch(ec2, subnet)["InstanceId"], DeviceIndex=1
        )


def test_attach_describe_detach_delete(ec2: Any, subnet: str) -> None:
    instance = launch(ec2, subnet)["InstanceId"]
    eni = make(ec2, subnet)["NetworkInterfaceId"]
    with refused("InvalidParameterValue", "already has an interface attached at device index '0'"):
        ec2.attach_network_interface(NetworkInterfaceId=eni, InstanceId=instance, DeviceIndex=0)
    attachment = ec2.attach_network_interface(NetworkInterfaceId=eni, InstanceId=instance, DeviceIndex=1)[
        "AttachmentId"
    ]
    with refused("InvalidNetworkInterface.InUse"):
        ec2.attach_network_interface(NetworkInterfaceId=eni, InstanceId=instance, DeviceIndex=2)
    seen = describe(ec2, eni)
    assert seen["Status"] == "in-use"
    assert seen["Attachment"]["AttachmentId"] == attachment
    assert (seen["Attachment"]["DeviceIndex"], seen["Attachment"]["DeleteOnTermination"]) == (1, False)
    ec2.modify_network_interface_attribute(
        NetworkInterfaceId=eni, Attachment={"AttachmentId": attachment, "DeleteOnTermination": True}
    )
    assert describe(ec2, eni)["Attachment"]["DeleteOnTermination"] is True
    described = ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]
    assert sorted(n["Attachment"]["DeviceIndex"] for n in described["NetworkInterfaces"]) == [0, 1]
    with refused("InvalidParameterValue", "currently in use"):
        ec2.delete_network_interface(NetworkInterfaceId=eni)
    primary = next(n for n in described["NetworkInterfaces"] if n["Attachment"]["DeviceIndex"] == 0)
    with refused("OperationNotPermitted", "device index 0"):
        ec2.detach_network_interface(AttachmentId=primary["Attachment"]["AttachmentId"])
    ec2.detach_network_interface(AttachmentId=attachment)
    assert describe(ec2, eni)["Status"] == "available"
    ec2.delete_network_interface(NetworkInterfaceId=eni)
    with refused("InvalidNetworkInterfaceID.NotFound", f"'{eni}'"):
        describe(ec2, eni)


def test_an_instances_first_interface_is_the_instances(ec2: Any, subnet: str) -> None:
    group = ec2.create_security_group(
        GroupName="web", Description="web", VpcId=ec2.describe_subnets(SubnetIds=[subnet])["Subnets"][0]["VpcId"]
    )["GroupId"]
    instance = launch(ec2, subnet, SecurityGroupIds=[group])
    eni = describe(ec2, instance["NetworkInterfaces"][0]["NetworkInterfaceId"])
    assert instance["PrivateIpAddress"] == addresses(eni)[0]
    assert instance["PrivateDnsName"] == eni["PrivateDnsName"]
    assert [g["GroupId"] for g in eni["Groups"]] == [group]
    assert [g["GroupId"] for g in instance["SecurityGroups"]] == [group]
    assert eni["Attachment"]["DeleteOnTermination"] is True
    second = ec2.create_security_group(GroupName="two", Description="two", VpcId=instance["VpcId"])["GroupId"]
    ec2.modify_network_interface_attribute(NetworkInterfaceId=eni["NetworkInterfaceId"], Groups=[second])
    described = ec2.describe_instances(InstanceIds=[instance["InstanceId"]])["Reservations"][0]["Instances"][0]
    assert [g["GroupId"] for g in described["SecurityGroups"]] == [second]
    with refused("DependencyViolation"):
        ec2.delete_security_group(GroupId=second)
    ec2.delete_security_group(GroupId=group)


def test_termination_takes_its_interfaces_along(ec2: Any, subnet: str) -> None:
    instance = launch(ec2, subnet)["InstanceId"]
    kept = make(ec2, subnet)["NetworkInterfaceId"]
    ec2.attach_network_interface(NetworkInterfaceId=kept, InstanceId=instance, DeviceIndex=1)
    ended = make(ec2, subnet)["NetworkInterfaceId"]
    attachment = ec2.attach_network_interface(NetworkInterfaceId=ended, InstanceId=instance, DeviceIndex=2)[
        "AttachmentId"
    ]
    ec2.modify_network_interface_attribute(
        NetworkInterfaceId=ended, Attachment={"AttachmentId": attachment, "DeleteOnTermination": True}
    )
    with refused("DependencyViolation"):
        ec2.delete_subnet(SubnetId=subnet)
    ec2.terminate_instances(InstanceIds=[instance])
    left = ec2.describe_network_interfaces(Filters=[{"Name": "subnet-id", "Values": [subnet]}])["NetworkInterfaces"]
    assert [(n["NetworkInterfaceId"], n["Status"]) for n in left] == [(kept, "available")]
    gone = ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]
    assert gone["State"]["Name"] == "terminated"
    assert not gone.get("NetworkInterfaces")
    assert not gone.get("PrivateIpAddress")
    ec2.terminate_instances(InstanceIds=[instance])
    ec2.delete_network_interface(NetworkInterfaceId=kept)
    ec2.delete_subnet(SubnetId=subnet)


def test_attach_needs_the_same_zone(ec2: Any, subnet: str) -> None:
    vpc = ec2.describe_subnets(SubnetIds=[subnet])["Subnets"][0]["VpcId"]
    elsewhere = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.2.0/24", AvailabilityZone="us-east-1b")["Subnet"][
        "SubnetId"
    ]
    eni = make(ec2, elsewhere)["NetworkInterfaceId"]
    with refused("InvalidParameterCombination", "same availability zone"):
        ec2.attach_network_interface(
            NetworkInterfaceId=eni, InstanceId=launch(ec2, subnet)["InstanceId"], DeviceIndex=1
        )


def test_filters(ec2: Any, subnet: str) -> None:
    instance = launch(ec2, subnet)["InstanceId"]
    tags = [
        {
            "ResourceType": "network-interface",
            "Tags": [{"Key": "node.k8s.amazonaws.com/instance_id", "Value": instance}],
        }
    ]
    eni = make(ec2, subnet, Description=f"aws-K8S-{instance}", SecondaryPrivateIpAddressCount=2, TagSpecifications=tags)
    plain = make(ec2, subnet)

    def found(*filters: tuple[str, str]) -> set[str]:
        asked = [{"Name": name, "Values": [value]} for name, value in filters]
        pages = ec2.get_paginator("describe_network_interfaces").paginate(
            Filters=[*asked, {"Name": "subnet-id", "Values": [subnet]}], PaginationConfig={"PageSize": 5}
        )
        return {item["NetworkInterfaceId"] for page in pages for item in page["NetworkInterfaces"]}

    both = {eni["NetworkInterfaceId"], plain["NetworkInterfaceId"]}
    assert found(("status", "available")) == both
    assert found(("tag-key", "node.k8s.amazonaws.com/instance_id"), ("status", "available")) == {
        eni["NetworkInterfaceId"]
    }
    assert found(("tag:node.k8s.amazonaws.com/instance_id", instance)) == {eni["NetworkInterfaceId"]}
    assert found(("description", "aws-K8S-*")) == {eni["NetworkInterfaceId"]}
    assert found(("addresses.private-ip-address", addresses(eni)[2])) == {eni["NetworkInterfaceId"]}
    assert len(found(("attachment.instance-id", instance))) == 1
    assert found(("attachment.device-index", "0")) == found(("attachment.instance-id", instance))
    assert found(("mac-address", plain["MacAddress"])) == {plain["NetworkInterfaceId"]}
    assert found(("requester-managed", "true")) == set()
    assert found(("interface-type", "interface")) >= both


def test_pages(ec2: Any, subnet: str) -> None:
    made = {make(ec2, subnet)["NetworkInterfaceId"] for _ in range(12)}
    pages = list(
        ec2.get_paginator("describe_network_interfaces").paginate(
            Filters=[{"Name": "subnet-id", "Values": [subnet]}], PaginationConfig={"PageSize": 5}
        )
    )
    assert [len(page["NetworkInterfaces"]) for page in pages] == [5, 5, 2]
    assert {item["NetworkInterfaceId"] for page in pages for item in page["NetworkInterfaces"]} == made


def test_interfaces_of_a_service(ec2: Any, subnet: str) -> None:
    backend = get_backend("ec2")[ACCOUNT][REGION]
    service = Service(requester="AROAEKS:AmazonEKS", owner="210987654321")
    eni = backend.create_service_interface(service, subnet, [], "Amazon EKS demo").id
    seen = describe(ec2, eni)
    assert (seen["RequesterManaged"], seen["RequesterId"], seen["Status"]) == (True, "AROAEKS:AmazonEKS", "in-use")
    assert seen["Attachment"]["InstanceOwnerId"] == "210987654321"
    with refused("OperationNotPermitted"):
        ec2.detach_network_interface(AttachmentId=seen["Attachment"]["AttachmentId"])
    with refused("InvalidParameterValue", "currently in use"):
        ec2.delete_network_interface(NetworkInterfaceId=eni)
    filters = [{"Name": "requester-managed", "Values": ["true"]}]
    assert len(ec2.describe_network_interfaces(Filters=filters)["NetworkInterfaces"]) == 1
    backend.delete_service_interface(eni)
    assert free(ec2, subnet) == 251


def test_nat_gateways_and_endpoints_have_addresses_of_their_subnet(ec2: Any, subnet: str) -> None:
    vpc = ec2.describe_subnets(SubnetIds=[subnet])["Subnets"][0]["VpcId"]
    allocation = ec2.allocate_address(Domain="vpc")["AllocationId"]
    gateway = ec2.create_nat_gateway(SubnetId=subnet, AllocationId=allocation)["NatGateway"]
    address = gateway["NatGatewayAddresses"][0]["PrivateIp"]
    assert ipaddress.ip_address(address) in ipaddress.ip_network("10.0.1.0/24")
    endpoint = ec2.create_vpc_endpoint(
        VpcId=vpc, ServiceName="com.amazonaws.us-east-1.ecr.api", VpcEndpointType="Interface", SubnetIds=[subnet]
    )["VpcEndpoint"]
    inside = describe(ec2, endpoint["NetworkInterfaceIds"][0])
    assert ipaddress.ip_address(addresses(inside)[0]) in ipaddress.ip_network("10.0.1.0/24")
    assert free(ec2, subnet) == 249
    ec2.delete_nat_gateway(NatGatewayId=gateway["NatGatewayId"])
    ec2.release_address(AllocationId=allocation)
    ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint["VpcEndpointId"]])
    assert free(ec2, subnet) == 251
    ec2.delete_subnet(SubnetId=subnet)


def test_a_launch_template_says_interfaces_metadata_and_role(ec2: Any, endpoint: str, subnet: str) -> None:
    iam = boto3.client(
        "iam", endpoint_url=endpoint, region_name=REGION, aws_access_key_id="a", aws_secret_access_key="b"
    )
    iam.create_instance_profile(InstanceProfileName="node")
    template = ec2.create_launch_template(
        LaunchTemplateName="node",
        LaunchTemplateData={
            "ImageId": IMAGE,
            "InstanceType": "t3.small",
            "IamInstanceProfile": {"Name": "node"},
            "MetadataOptions": {"HttpTokens": "required", "HttpPutResponseHopLimit": 2},
            "NetworkInterfaces": [{"DeviceIndex": 0, "AssociatePublicIpAddress": True}],
        },
    )["LaunchTemplate"]["LaunchTemplateId"]
    asg = boto3.client(
        "autoscaling", endpoint_url=endpoint, region_name=REGION, aws_access_key_id="a", aws_secret_access_key="b"
    )
    asg.create_auto_scaling_group(
        AutoScalingGroupName="g",
        MinSize=1,
        MaxSize=1,
        LaunchTemplate={"LaunchTemplateId": template},
        VPCZoneIdentifier=subnet,
    )
    [reservation] = ec2.describe_instances(Filters=[{"Name": "subnet-id", "Values": [subnet]}])["Reservations"]
    instance = reservation["Instances"][0]
    assert instance["MetadataOptions"]["HttpTokens"] == "required"
    assert instance["MetadataOptions"]["HttpPutResponseHopLimit"] == 2
    assert instance["IamInstanceProfile"]["Arn"].endswith("instance-profile/node")
    assert instance["PublicIpAddress"]
    ec2.modify_instance_metadata_options(InstanceId=instance["InstanceId"], HttpPutResponseHopLimit=1)
    again = ec2.describe_instances(InstanceIds=[instance["InstanceId"]])["Reservations"][0]["Instances"][0]
    assert again["MetadataOptions"]["HttpTokens"] == "required"
    assert again["MetadataOptions"]["HttpPutResponseHopLimit"] == 1


def test_concurrent_callers_get_different_addresses(ec2: Any, subnet: str) -> None:
    got: list[str] = []

    def caller() -> None:
        got.extend(addresses(make(ec2, subnet, SecondaryPrivateIpAddressCount=9)))

    threads = [threading.Thread(target=caller) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == len(set(got)) == 80


def test_state_can_be_pickled(ec2: Any, subnet: str) -> None:
    instance = launch(ec2, subnet)["InstanceId"]
    eni = make(ec2, subnet, Ipv4PrefixCount=1)["NetworkInterfaceId"]
    backend = pickle.loads(pickle.dumps(get_backend("ec2")[ACCOUNT][REGION]))
    assert backend.get_network_interface(eni).ipv4_prefixes == [{"Ipv4Prefix": "10.0.1.16/28"}]
    assert backend.get_instance(instance).private_ip == "10.0.1.4"


def test_public_addresses_are_unique_and_routable(ec2: Any, subnet: str) -> None:
    allocated = [ec2.allocate_address(Domain="vpc") for _ in range(50)]
    ec2.modify_subnet_attribute(SubnetId=subnet, MapPublicIpOnLaunch={"Value": True})
    instance = launch(ec2, subnet)["InstanceId"]
    described = ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]
    addresses = [item["PublicIp"] for item in allocated] + [described["PublicIpAddress"]]
    assert len(set(addresses)) == 51
    assert all(ipaddress.ip_address(item) in ipaddress.ip_network("54.214.0.0/16") for item in addresses)
    ec2.associate_address(InstanceId=instance, AllocationId=allocated[0]["AllocationId"])
    described = ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]
    assert described["PublicIpAddress"] == allocated[0]["PublicIp"]
    for item in allocated[1:]:
        ec2.release_address(AllocationId=item["AllocationId"])


def test_a_refused_launch_leaves_no_interfaces(ec2: Any, subnet: str) -> None:
    wanted = [{"DeviceIndex": index, "SubnetId": subnet} for index in range(4)]
    with refused("AttachmentLimitExceeded", "Interface count 4"):
        ec2.run_instances(ImageId=IMAGE, MinCount=1, MaxCount=1, InstanceType="t3.small", NetworkInterfaces=wanted)
    with refused("InvalidParameterValue", "Invalid value 't9.huge' for InstanceType"):
        launch(ec2, subnet, "t9.huge")
    filters = [{"Name": "subnet-id", "Values": [subnet]}]
    assert ec2.describe_network_interfaces(Filters=filters)["NetworkInterfaces"] == []


def test_an_elastic_ip_is_free_when_its_interface_is_gone(ec2: Any, subnet: str) -> None:
    allocation = ec2.allocate_address(Domain="vpc")["AllocationId"]
    instance = launch(ec2, subnet)["InstanceId"]
    ec2.associate_address(InstanceId=instance, AllocationId=allocation)
    ec2.terminate_instances(InstanceIds=[instance])
    [address] = ec2.describe_addresses(AllocationIds=[allocation])["Addresses"]
    assert not address.get("AssociationId")
    ec2.release_address(AllocationId=allocation)
