"""Rules of security groups through boto3: what they are for is kept, and is not what they are known by."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.aws.conftest import Api


@pytest.fixture
def ec2(api: Api) -> Any:
    return api.client("ec2")


@pytest.fixture
def group(ec2: Any) -> str:
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    return str(ec2.create_security_group(GroupName="g", Description="g", VpcId=vpc)["GroupId"])


def https(**peer: Any) -> dict[str, Any]:
    return {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, **peer}


def rules(ec2: Any, group: str) -> list[dict[str, Any]]:
    found = ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group]}])
    return [rule for rule in found["SecurityGroupRules"] if not rule["IsEgress"]]


def peers(ec2: Any, group: str) -> dict[str, dict[str, Any]]:
    lists = ec2.create_managed_prefix_list(
        PrefixListName="office", MaxEntries=1, AddressFamily="IPv4", Entries=[{"Cidr": "203.0.113.0/24"}]
    )
    return {
        "cidr": {"IpRanges": [{"CidrIp": "10.1.0.0/16", "Description": "cidr"}]},
        "group": {"UserIdGroupPairs": [{"GroupId": group, "Description": "group"}]},
        "list": {"PrefixListIds": [{"PrefixListId": lists["PrefixList"]["PrefixListId"], "Description": "list"}]},
    }


@pytest.mark.parametrize("kind", ["cidr", "group", "list"])
def test_the_description_of_a_rule_is_kept_and_can_be_changed(ec2: Any, group: str, kind: str) -> None:
    peer = peers(ec2, group)[kind]
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[https(**peer)])
    [rule] = rules(ec2, group)
    assert rule["Description"] == kind
    same = {
        "cidr": {"CidrIpv4": "10.1.0.0/16"},
        "group": {"ReferencedGroupId": group},
        "list": {"PrefixListId": rule.get("PrefixListId")},
    }[kind]
    changed = https(**same, Description="other")
    ec2.modify_security_group_rules(
        GroupId=group,
        SecurityGroupRules=[{"SecurityGroupRuleId": rule["SecurityGroupRuleId"], "SecurityGroupRule": changed}],
    )
    assert rules(ec2, group)[0]["Description"] == "other"


@pytest.mark.parametrize("kind", ["cidr", "group"])
def test_a_rule_is_the_same_whatever_it_is_said_to_be_for(ec2: Any, group: str, kind: str) -> None:
    peer = peers(ec2, group)[kind]
    [(key, [described])] = peer.items()
    bare = {key: [{name: value for name, value in described.items() if name != "Description"}]}
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[https(**peer)])
    with pytest.raises(ClientError, match="already exists"):
        ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[https(**bare)])
    ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=[https(**bare)])
    assert rules(ec2, group) == []


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        (30081, 30080, "Invalid TCP/UDP port range"),
        (1, 65536, "port .65536. out of range"),
        (-5, 3, "port .-5. out of range"),
    ],
)
def test_a_range_of_ports_is_refused_wherever_it_is_none(
    ec2: Any, group: str, first: int, last: int, said: str
) -> None:
    ports = {"FromPort": first, "ToPort": last}
    wrong = {"IpProtocol": "tcp", **ports, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    with pytest.raises(ClientError, match=said):
        ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[wrong])
    with pytest.raises(ClientError, match=said):
        ec2.authorize_security_group_egress(GroupId=group, IpPermissions=[wrong])
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[https(IpRanges=[{"CidrIp": "10.0.0.0/8"}])])
    [rule] = rules(ec2, group)
    change = {"IpProtocol": "tcp", **ports, "CidrIpv4": "10.0.0.0/8"}
    with pytest.raises(ClientError, match=said):
        ec2.modify_security_group_rules(
            GroupId=group,
            SecurityGroupRules=[{"SecurityGroupRuleId": rule["SecurityGroupRuleId"], "SecurityGroupRule": change}],
        )
    assert rules(ec2, group) == [rule]


def test_so_it_is_in_a_network_acl(ec2: Any) -> None:
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    [acl] = ec2.describe_network_acls(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["NetworkAcls"]

    def entry(number: int, **ports: int) -> dict[str, Any]:
        rule = {"RuleNumber": number, "Protocol": "6", "RuleAction": "deny", "Egress": False, "CidrBlock": "0.0.0.0/0"}
        return {"NetworkAclId": acl["NetworkAclId"], **rule, "PortRange": ports}

    with pytest.raises(ClientError, match="Invalid TCP/UDP port range"):
        ec2.create_network_acl_entry(**entry(50, From=443, To=80))
    ec2.create_network_acl_entry(**entry(60, From=80, To=443))
    with pytest.raises(ClientError, match="Invalid TCP/UDP port range"):
        ec2.replace_network_acl_entry(**entry(60, From=443, To=80))
    [kept] = ec2.describe_network_acls(NetworkAclIds=[acl["NetworkAclId"]])["NetworkAcls"]
    assert [e["PortRange"] for e in kept["Entries"] if e["RuleNumber"] == 60] == [{"From": 80, "To": 443}]


def test_a_group_is_in_a_vpc_that_there_is(ec2: Any) -> None:
    with pytest.raises(ClientError, match=r"InvalidVpcID\.NotFound"):
        ec2.create_security_group(GroupName="g", Description="g", VpcId="vpc-0123456789abcdef0")
