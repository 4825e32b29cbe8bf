"""Peering connections and the rules that they allow, through boto3."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.aws.conftest import Api


def vpc(ec2: Any, cidr: str) -> str:
    return str(ec2.create_vpc(CidrBlock=cidr)["Vpc"]["VpcId"])


def connect(ec2: Any, one: str, other: str) -> str:
    made = ec2.create_vpc_peering_connection(VpcId=one, PeerVpcId=other)["VpcPeeringConnection"]
    return str(made["VpcPeeringConnectionId"])


def status(ec2: Any, peering: str) -> str:
    (found,) = ec2.describe_vpc_peering_connections(VpcPeeringConnectionIds=[peering])["VpcPeeringConnections"]
    return str(found["Status"]["Code"])


def code(error: pytest.ExceptionInfo[ClientError]) -> str:
    return str(error.value.response["Error"]["Code"])


@pytest.fixture
def ec2(api: Api) -> Any:
    return api.client("ec2")


def test_a_connection_is_in_force_from_when_it_is_accepted_until_it_is_deleted(ec2: Any, api: Api) -> None:
    one, other = vpc(ec2, "10.1.0.0/16"), vpc(ec2, "10.2.0.0/16")
    peering = connect(ec2, one, other)
    assert status(ec2, peering) == "pending-acceptance"
    assert [each.active for each in api.state.peerings()] == [False]
    ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=peering)
    (view,) = api.state.peerings()
    assert (view.active, view.vpc_ids, view.resolves) == (True, (one, other), ())
    ec2.modify_vpc_peering_connection_options(
        VpcPeeringConnectionId=peering, AccepterPeeringConnectionOptions={"AllowDnsResolutionFromRemoteVpc": True}
    )
    assert api.state.peerings()[0].resolves == (other,)
    ec2.delete_vpc_peering_connection(VpcPeeringConnectionId=peering)
    assert status(ec2, peering) == "deleted"
    with pytest.raises(ClientError) as again:
        ec2.delete_vpc_peering_connection(VpcPeeringConnectionId=peering)
    assert code(again) == "InvalidStateTransition"


@pytest.mark.parametrize("theirs", ["10.1.0.0/16", "10.1.128.0/17", "10.0.0.0/15"])
def test_ranges_that_overlap_make_a_connection_that_has_failed(ec2: Any, theirs: str) -> None:
    peering = connect(ec2, vpc(ec2, "10.1.0.0/16"), vpc(ec2, theirs) if theirs != "10.0.0.0/15" else wide(ec2))
    (found,) = ec2.describe_vpc_peering_connections(VpcPeeringConnectionIds=[peering])["VpcPeeringConnections"]
    assert found["Status"]["Code"] == "failed"
    assert "overlapping CIDR" in found["Status"]["Message"]
    with pytest.raises(ClientError) as refused:
        ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=peering)
    assert code(refused) == "InvalidStateTransition"


def wide(ec2: Any) -> str:
    """A VPC that overlaps by its second range only."""
    made = vpc(ec2, "10.3.0.0/16")
    ec2.associate_vpc_cidr_block(VpcId=made, CidrBlock="10.1.0.0/20")
    return made


def test_a_pair_has_one_connection(ec2: Any) -> None:
    one, other = vpc(ec2, "10.1.0.0/16"), vpc(ec2, "10.2.0.0/16")
    first = connect(ec2, one, other)
    with pytest.raises(ClientError) as refused:
        connect(ec2, other, one)
    assert code(refused) == "VpcPeeringConnectionAlreadyExists"
    ec2.delete_vpc_peering_connection(VpcPeeringConnectionId=first)
    assert status(ec2, connect(ec2, other, one)) == "pending-acceptance"


def test_connections_are_found_by_what_they_connect(ec2: Any) -> None:
    one, other = vpc(ec2, "10.1.0.0/16"), vpc(ec2, "10.2.0.0/16")
    peering = connect(ec2, one, other)

    def found(name: str, value: str) -> list[str]:
        listed = ec2.describe_vpc_peering_connections(Filters=[{"Name": name, "Values": [value]}])
        return [each["VpcPeeringConnectionId"] for each in listed["VpcPeeringConnections"]]

    assert found("requester-vpc-info.vpc-id", one) == found("accepter-vpc-info.vpc-id", other) == [peering]
    assert found("status-code", "active") == found("requester-vpc-info.vpc-id", other) == []
    with pytest.raises(ClientError) as unknown:
        status(ec2, "pcx-0123456789abcdef0")
    assert code(unknown) == "InvalidVpcPeeringConnectionId.NotFound"


def group(ec2: Any, where: str) -> str:
    return str(ec2.create_security_group(VpcId=where, GroupName="web", Description="web")["GroupId"])


def test_a_rule_names_groups_of_peered_vpcs_and_of_no_others(ec2: Any) -> None:
    one, other = vpc(ec2, "10.1.0.0/16"), vpc(ec2, "10.2.0.0/16")
    ours, theirs = group(ec2, one), group(ec2, other)
    rule = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "UserIdGroupPairs": [{"GroupId": theirs}]}
    peering = connect(ec2, one, other)
    with pytest.raises(ClientError) as refused:
        ec2.authorize_security_group_ingress(GroupId=ours, IpPermissions=[rule])
    assert code(refused) == "InvalidGroup.NotFound"
    ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=peering)
    ec2.authorize_security_group_ingress(GroupId=ours, IpPermissions=[rule])
    ec2.authorize_security_group_egress(GroupId=ours, IpPermissions=[rule])


def test_a_protocol_without_ports_needs_none(ec2: Any) -> None:
    ours = group(ec2, vpc(ec2, "10.1.0.0/16"))
    anyone = [{"CidrIp": "0.0.0.0/0"}]
    allowed = [{"IpProtocol": "50", "IpRanges": anyone}, {"IpProtocol": "icmp", "IpRanges": anyone}]
    told = ec2.authorize_security_group_ingress(GroupId=ours, IpPermissions=allowed)["SecurityGroupRules"]
    assert [(rule["IpProtocol"], rule["FromPort"]) for rule in told] == [("50", -1), ("icmp", -1)]
    ec2.revoke_security_group_ingress(GroupId=ours, IpPermissions=allowed[:1])
    with pytest.raises(ClientError) as refused:
        ec2.authorize_security_group_ingress(GroupId=ours, IpPermissions=[{"IpProtocol": "tcp", "IpRanges": anyone}])
    assert code(refused) == "InvalidParameterValue"
