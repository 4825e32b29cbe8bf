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
