"""VPC endpoints through boto3: interfaces, names, routes, what is refused."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.aws.conftest import Api, Network

STS, S3 = "com.amazonaws.us-east-1.sts", "com.amazonaws.us-east-1.s3"


@pytest.fixture
def ec2(api: Api, network: Network) -> Any:
    made = api.client("ec2")
    made.modify_vpc_attribute(VpcId=network.vpc_id, EnableDnsHostnames={"Value": True})
    return made


def make(ec2: Any, network: Network, **more: Any) -> dict[str, Any]:
    asked = {"ServiceName": STS, "VpcEndpointType": "Interface", "SubnetIds": [network.subnet_ids[0]], **more}
    made: dict[str, Any] = ec2.create_vpc_endpoint(VpcId=network.vpc_id, **asked)["VpcEndpoint"]
    return made


def look(ec2: Any, endpoint: dict[str, Any]) -> dict[str, Any]:
    found = ec2.describe_vpc_endpoints(VpcEndpointIds=[endpoint["VpcEndpointId"]])["VpcEndpoints"]
    return dict(found[0])


def interfaces(ec2: Any, endpoint: dict[str, Any]) -> list[dict[str, Any]]:
    ids = look(ec2, endpoint)["NetworkInterfaceIds"]
    found: list[dict[str, Any]] = ec2.describe_network_interfaces(NetworkInterfaceIds=ids)["NetworkInterfaces"]
    return found if ids else []


def refused(call: Any, **arguments: Any) -> str:
    with pytest.raises(ClientError) as error:
        call(**arguments)
    return str(error.value.response["Error"]["Code"])


def test_an_interface_endpoint_has_an_interface_in_each_subnet_with_its_groups(ec2: Any, network: Network) -> None:
    group = ec2.create_security_group(VpcId=network.vpc_id, GroupName="ends", Description="-")["GroupId"]
    made = make(ec2, network, SecurityGroupIds=[group], PrivateDnsEnabled=False)
    (eni,) = interfaces(ec2, made)
    assert (eni["SubnetId"], [g["GroupId"] for g in eni["Groups"]]) == (network.subnet_ids[0], [group])
    assert eni["RequesterManaged"]
    assert eni["Description"] == f"VPC Endpoint Interface {made['VpcEndpointId']}"
    assert (
        refused(ec2.delete_network_interface, NetworkInterfaceId=eni["NetworkInterfaceId"]) == "InvalidParameterValue"
    )
    ec2.modify_vpc_endpoint(
        VpcEndpointId=made["VpcEndpointId"],
        AddSubnetIds=[network.subnet_ids[1]],
        RemoveSubnetIds=[network.subnet_ids[0]],
    )
    assert [eni["SubnetId"] for eni in interfaces(ec2, made)] == [network.subnet_ids[1]]
    ec2.delete_vpc_endpoints(VpcEndpointIds=[made["VpcEndpointId"]])
    assert ec2.describe_network_interfaces()["NetworkInterfaces"] == []


def test_private_names_need_dns_in_the_vpc_and_are_taken_once(ec2: Any, network: Network, api: Api) -> None:
    made = make(ec2, network, PrivateDnsEnabled=True)
    (view,) = api.state.vpc_endpoints()
    assert "sts.us-east-1.amazonaws.com" in view.private_names
    assert view.names[0].endswith(".sts.us-east-1.vpce.amazonaws.com")
    assert refused(lambda: make(ec2, network, PrivateDnsEnabled=True)) == "InvalidParameter"
    ec2.modify_vpc_endpoint(VpcEndpointId=made["VpcEndpointId"], PrivateDnsEnabled=False)
    assert api.state.vpc_endpoints()[0].private_names == ()
    ec2.modify_vpc_attribute(VpcId=network.vpc_id, EnableDnsHostnames={"Value": False})
    assert refused(lambda: make(ec2, network, PrivateDnsEnabled=True)) == "InvalidParameter"


def test_a_gateway_endpoint_is_a_route_to_the_services_prefix_list(ec2: Any, network: Network) -> None:
    table = ec2.create_route_table(VpcId=network.vpc_id)["RouteTable"]["RouteTableId"]
    made = make(ec2, network, ServiceName=S3, VpcEndpointType="Gateway", RouteTableIds=[table], SubnetIds=[])

    def ways() -> list[tuple[str, str]]:
        (found,) = ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"]
        return [
            (r["DestinationPrefixListId"], r["GatewayId"]) for r in found["Routes"] if "DestinationPrefixListId" in r
        ]

    ((listed, target),) = ways()
    assert listed.startswith("pl-")
    assert target == made["VpcEndpointId"]
    ec2.modify_vpc_endpoint(VpcEndpointId=target, RemoveRouteTableIds=[table])
    assert ways() == []
    ec2.modify_vpc_endpoint(VpcEndpointId=target, AddRouteTableIds=[table])
    ec2.delete_vpc_endpoints(VpcEndpointIds=[target])
    assert ways() == []


@pytest.mark.parametrize(
    ("service", "kind"), [("com.amazonaws.us-east-1.sts", "Gateway"), ("sts", "Interface"), ("com.x.sts", "Interface")]
)
def test_there_is_no_endpoint_for_what_is_no_service(ec2: Any, network: Network, service: str, kind: str) -> None:
    assert refused(lambda: make(ec2, network, ServiceName=service, VpcEndpointType=kind)) == "InvalidServiceName"
