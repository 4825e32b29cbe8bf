"""Clusters, as boto3 sees them."""

import re
from typing import Any

import pytest

from eks_local.aws.eks.models import Issue, UpdateError
from tests.aws.conftest import Api, Create, Network, error_of


def test_a_new_cluster_is_creating_and_has_no_endpoint_yet(create_cluster: Create, network: Network) -> None:
    cluster = create_cluster(tags={"course": "eks"})
    assert cluster["status"] == "CREATING"
    assert "endpoint" not in cluster
    assert cluster["certificateAuthority"] == {}
    assert cluster["version"] == "1.35"
    assert cluster["platformVersion"].startswith("eks.")
    assert cluster["tags"] == {"course": "eks"}
    assert cluster["resourcesVpcConfig"]["vpcId"] == network.vpc_id
    assert cluster["resourcesVpcConfig"]["publicAccessCidrs"] == ["0.0.0.0/0"]
    assert cluster["kubernetesNetworkConfig"]["serviceIpv4Cidr"] == "172.20.0.0/16"
    assert cluster["upgradePolicy"] == {"supportType": "EXTENDED"}
    assert re.fullmatch(
        r"https://oidc\.eks\.us-east-1\.amazonaws\.com/id/[0-9A-F]{32}", cluster["identity"]["oidc"]["issuer"]
    )


def test_an_active_cluster_has_its_endpoint_and_authority(api: Api, cluster: str) -> None:
    found = api.client("eks").describe_cluster(name=cluster)["cluster"]
    unique = found["identity"]["oidc"]["issuer"].rpartition("/")[2]
    assert found["status"] == "ACTIVE"
    assert found["endpoint"] == f"https://{unique}.gr7.us-east-1.eks.amazonaws.com"
    assert found["certificateAuthority"] == {"data": "Q0E="}


def test_the_cluster_security_group_is_as_eks_makes_it(api: Api, cluster: str) -> None:
    group_id = api.client("eks").describe_cluster(name=cluster)["cluster"]["resourcesVpcConfig"][
        "clusterSecurityGroupId"
    ]
    group = api.client("ec2").describe_security_groups(GroupIds=[group_id])["SecurityGroups"][0]
    assert re.fullmatch(r"eks-cluster-sg-lab-\d+", group["GroupName"])
    (inside,) = group["IpPermissions"]
    assert inside["IpProtocol"] == "-1"
    assert [pair["GroupId"] for pair in inside["UserIdGroupPairs"]] == [group_id]
    assert inside["IpRanges"] == []
    (outside,) = group["IpPermissionsEgress"]
    assert outside["IpRanges"][0]["CidrIp"] == "0.0.0.0/0"
    tags = {tag["Key"]: tag["Value"] for tag in group["Tags"]}
    assert tags["kubernetes.io/cluster/lab"] == "owned"
    assert tags["aws:eks:cluster-name"] == "lab"


def test_the_creator_gets_an_access_entry_unless_it_wants_none(api: Api, create_cluster: Create) -> None:
    eks = api.client("eks")
    create_cluster(name="mine")
    create_cluster(
        name="nobodys",
        accessConfig={"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": False},
    )
    learner = "arn:aws:iam::123456789012:user/learner"
    assert eks.list_access_entries(clusterName="mine")["accessEntries"] == [learner]
    policies = eks.list_associated_access_policies(clusterName="mine", principalArn=learner)
    assert policies["associatedAccessPolicies"][0]["policyArn"].endswith("/AmazonEKSClusterAdminPolicy")
    assert eks.list_access_entries(clusterName="nobodys")["accessEntries"] == []


def test_a_role_that_creates_a_cluster_is_known_by_its_sessions(api: Api, create_cluster: Create) -> None:
    learner = "arn:aws:iam::123456789012:user/learner"
    trust = f'{{"Statement": [{{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {{"AWS": "{learner}"}}}}]}}'
    role = api.client("iam").create_role(RoleName="ops", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    session = api.client("sts").assume_role(RoleArn=role, RoleSessionName="anna")["Credentials"]
    template = create_cluster(name="template")
    as_role = api.client(
        "eks",
        aws_access_key_id=session["AccessKeyId"],
        aws_secret_access_key=session["SecretAccessKey"],
        aws_session_token=session["SessionToken"],
    )
    as_role.create_cluster(
        name="ops",
        roleArn=template["roleArn"],
        resourcesVpcConfig={"subnetIds": template["resourcesVpcConfig"]["subnetIds"]},
        accessConfig={"authenticationMode": "API"},
    )
    entry = as_role.describe_access_entry(clusterName="ops", principalArn=role)["accessEntry"]
    assert entry["username"] == "arn:aws:sts::123456789012:assumed-role/ops/{{SessionName}}"


@pytest.mark.parametrize(
    ("changed", "code", "text"),
    [
        ({"name": "lab"}, "ResourceInUseException", "Cluster already exists with name: lab"),
        ({"name": "-bad"}, "InvalidParameterException", "The cluster name '-bad' is not valid"),
        ({"version": "1.12"}, "InvalidParameterException", "unsupported Kubernetes version 1.12"),
        (
            {"roleArn": "arn:aws:iam::123456789012:role/nobody"},
            "InvalidParameterException",
            "Role with arn: arn:aws:iam::123456789012:role/nobody, could not be assumed because it does not exist",
        ),
        (
            {"kubernetesNetworkConfig": {"serviceIpv4Cidr": "8.8.0.0/16"}},
            "InvalidParameterException",
            "must be within one of the ranges",
        ),
        ({"accessConfig": {"authenticationMode": "NONE"}}, "InvalidParameterException", "enum value set: [API, "),
        ({"tags": {"aws:mine": "x"}}, "InvalidParameterException", "aws: prefixed tag key names are not allowed"),
    ],
)
def test_create_cluster_refuses(
    api: Api, create_cluster: Create, changed: dict[str, Any], code: str, text: str
) -> None:
    create_cluster()
    _status, found_code, found_text = error_of(create_cluster, **{"name": "other", **changed})
    assert (found_code, text in found_text) == (code, True), found_text


def test_create_cluster_checks_its_network(api: Api, create_cluster: Create, network: Network) -> None:
    def refused(**vpc: Any) -> str:
        status, code, text = error_of(create_cluster, resourcesVpcConfig=vpc)
        assert (status, code) == (400, "InvalidParameterException")
        return text

    one, two = network.subnet_ids
    assert refused(subnetIds=[one]) == "Subnets specified must be in at least two different AZs"
    assert "InvalidSubnetID.NotFound" in refused(subnetIds=[one, "subnet-0123"])
    assert "InvalidGroup.NotFound" in refused(subnetIds=[one, two], securityGroupIds=["sg-0123"])
    assert "cannot be false" in refused(subnetIds=[one, two], endpointPublicAccess=False)
    assert "not allowed in publicAccessCidrs: [10.0.0.0/8]" in refused(
        subnetIds=[one, two], publicAccessCidrs=["10.0.0.0/8"]
    )
    other = api.client("ec2").create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    far = api.client("ec2").create_subnet(VpcId=other, CidrBlock="10.9.0.0/24")["Subnet"]["SubnetId"]
    assert refused(subnetIds=[one, far]) == "Subnets specified must belong to the same VPC"


@pytest.mark.parametrize(
    "changed",
    [
        {"remoteNetworkConfig": {"remoteNodeNetworks": [{"cidrs": ["10.1.0.0/16"]}]}},
        {"computeConfig": {"enabled": True}},
        {"kubernetesNetworkConfig": {"ipFamily": "ipv6"}},
    ],
)
def test_what_the_local_eks_does_not_do_is_said_so(create_cluster: Create, changed: dict[str, Any]) -> None:
    status, code, text = error_of(create_cluster, **changed)
    assert (status, code) == (501, "NotImplemented")
    assert "the local EKS" in text


def test_deleting_keeps_the_cluster_until_its_control_plane_has_ended(api: Api, cluster: str) -> None:
    eks, ec2 = api.client("eks"), api.client("ec2")
    group = eks.describe_cluster(name=cluster)["cluster"]["resourcesVpcConfig"]["clusterSecurityGroupId"]
    assert eks.delete_cluster(name=cluster)["cluster"]["status"] == "DELETING"
    assert eks.describe_cluster(name=cluster)["cluster"]["status"] == "DELETING"
    api.state.eks().remove_cluster(cluster)
    assert error_of(eks.describe_cluster, name=cluster) == (
        404,
        "ResourceNotFoundException",
        "No cluster found for name: lab.",
    )
    assert error_of(ec2.describe_security_groups, GroupIds=[group])[1] == "InvalidGroup.NotFound"


def test_a_failed_cluster_says_why_and_can_be_deleted(api: Api, create_cluster: Create) -> None:
    create_cluster()
    api.state.eks().fail_cluster("lab", Issue("InternalFailure", "etcd ended with status 1"))
    found = api.client("eks").describe_cluster(name="lab")["cluster"]
    assert found["status"] == "FAILED"
    assert found["health"]["issues"][0]["message"] == "etcd ended with status 1"
    api.client("eks").delete_cluster(name="lab")


def test_deletion_protection_and_nodegroups_keep_a_cluster(api: Api, create_cluster: Create) -> None:
    create_cluster(deletionProtection=True)
    api.state.eks().activate_cluster("lab", certificate_authority="Q0E=", signing_keys=())
    assert error_of(api.client("eks").delete_cluster, name="lab")[1] == "InvalidRequestException"


def test_an_update_is_in_progress_until_somebody_brought_it_about(api: Api, cluster: str) -> None:
    eks = api.client("eks")
    change = {"endpointPrivateAccess": True, "publicAccessCidrs": ["203.0.113.10/32"]}
    update = eks.update_cluster_config(name=cluster, resourcesVpcConfig=change)["update"]
    assert (update["type"], update["status"]) == ("EndpointAccessUpdate", "InProgress")
    assert {param["type"]: param["value"] for param in update["params"]}["PublicAccessCidrs"] == '["203.0.113.10/32"]'
    found = eks.describe_cluster(name=cluster)["cluster"]
    assert found["status"] == "UPDATING"
    assert found["resourcesVpcConfig"]["publicAccessCidrs"] == ["203.0.113.10/32"]
    in_the_way = error_of(eks.update_cluster_config, name=cluster, upgradePolicy={"supportType": "STANDARD"})
    assert in_the_way[:2] == (409, "ResourceInUseException")
    api.state.eks().succeed_update(cluster, update["id"])
    assert eks.describe_update(name=cluster, updateId=update["id"])["update"]["status"] == "Successful"
    assert eks.describe_cluster(name=cluster)["cluster"]["status"] == "ACTIVE"
    assert eks.list_updates(name=cluster)["updateIds"] == [update["id"]]


def test_a_failed_update_says_why(api: Api, cluster: str) -> None:
    eks = api.client("eks")
    update = eks.update_cluster_config(name=cluster, upgradePolicy={"supportType": "STANDARD"})["update"]
    api.state.eks().fail_update(cluster, update["id"], UpdateError("Unknown", "no such thing"))
    found = eks.describe_update(name=cluster, updateId=update["id"])["update"]
    assert (found["status"], found["errors"][0]["errorMessage"]) == ("Failed", "no such thing")
    assert eks.describe_cluster(name=cluster)["cluster"]["status"] == "ACTIVE"


def test_versions_go_up_one_at_a_time(api: Api, create_cluster: Create) -> None:
    eks, state = api.client("eks"), api.state.eks()
    create_cluster(version="1.33")
    state.activate_cluster("lab", certificate_authority="Q0E=", signing_keys=())
    assert "from 1.33 to 1.35" in error_of(eks.update_cluster_version, name="lab", version="1.35")[2]
    assert "unsupported" in error_of(eks.update_cluster_version, name="lab", version="1.99")[2]
    update = eks.update_cluster_version(name="lab", version="1.34")["update"]
    assert update["type"] == "VersionUpdate"
    state.succeed_update("lab", update["id"])
    assert eks.describe_cluster(name="lab")["cluster"]["version"] == "1.34"


def test_logging_is_changed_type_by_type(api: Api, cluster: str) -> None:
    eks = api.client("eks")
    for change, expected in (
        ({"types": ["api", "audit"], "enabled": True}, ["api", "audit"]),
        ({"types": ["api"], "enabled": False}, ["audit"]),
    ):
        update = eks.update_cluster_config(name=cluster, logging={"clusterLogging": [change]})["update"]
        api.state.eks().succeed_update(cluster, update["id"])
        setups = eks.describe_cluster(name=cluster)["cluster"]["logging"]["clusterLogging"]
        assert [setup["types"] for setup in setups if setup["enabled"]] == [expected]


def test_the_authentication_mode_only_moves_towards_the_api(api: Api, cluster: str) -> None:
    eks = api.client("eks")
    back = error_of(eks.update_cluster_config, name=cluster, accessConfig={"authenticationMode": "CONFIG_MAP"})
    assert back[2] == "Unsupported authentication mode update from API_AND_CONFIG_MAP to CONFIG_MAP"
    update = eks.update_cluster_config(name=cluster, accessConfig={"authenticationMode": "API"})["update"]
    assert update["type"] == "AccessConfigUpdate"


@pytest.mark.parametrize("admin", [True, False])
def test_the_creator_gets_its_entry_when_the_cluster_begins_to_have_entries(
    api: Api, create_cluster: Create, admin: bool
) -> None:
    access = {"authenticationMode": "CONFIG_MAP", "bootstrapClusterCreatorAdminPermissions": admin}
    create_cluster(accessConfig=access)
    api.state.eks().activate_cluster("lab", certificate_authority="Q0E=", signing_keys=())
    eks = api.client("eks")
    eks.update_cluster_config(name="lab", accessConfig={"authenticationMode": "API_AND_CONFIG_MAP"})
    assert [arn.endswith(":user/learner") for arn in eks.list_access_entries(clusterName="lab")["accessEntries"]] == [
        True
    ] * admin


def test_cluster_versions_have_support_dates(api: Api) -> None:
    eks = api.client("eks")
    versions = {item["clusterVersion"]: item for item in eks.describe_cluster_versions()["clusterVersions"]}
    assert list(versions) == ["1.35", "1.34", "1.33"]
    assert versions["1.35"]["defaultVersion"]
    assert versions["1.33"]["versionStatus"] in ("EXTENDED_SUPPORT", "UNSUPPORTED")
    (default,) = eks.describe_cluster_versions(defaultOnly=True)["clusterVersions"]
    assert default["clusterVersion"] == "1.35"


def test_tags_of_every_resource(api: Api, cluster: str) -> None:
    eks = api.client("eks")
    arn = eks.describe_cluster(name=cluster)["cluster"]["arn"]
    eks.tag_resource(resourceArn=arn, tags={"a": "1", "b": "2"})
    eks.untag_resource(resourceArn=arn, tagKeys=["a"])
    assert eks.list_tags_for_resource(resourceArn=arn)["tags"] == {"b": "2"}
    entry = eks.describe_access_entry(clusterName=cluster, principalArn="arn:aws:iam::123456789012:user/learner")
    arn = entry["accessEntry"]["accessEntryArn"]
    eks.tag_resource(resourceArn=arn, tags={"c": "3"})
    assert eks.list_tags_for_resource(resourceArn=arn)["tags"] == {"c": "3"}
    nowhere = error_of(eks.list_tags_for_resource, resourceArn=arn + "x")
    assert nowhere[:2] == (404, "NotFoundException")


def test_lists_come_in_pages(api: Api, create_cluster: Create) -> None:
    for number in range(5):
        create_cluster(name=f"lab{number}")
    eks = api.client("eks")
    first = eks.list_clusters(maxResults=2)
    assert first["clusters"] == ["lab0", "lab1"]
    pages = eks.get_paginator("list_clusters").paginate(PaginationConfig={"PageSize": 2})
    assert [name for page in pages for name in page["clusters"]] == [f"lab{number}" for number in range(5)]
