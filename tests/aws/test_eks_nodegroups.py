"""Node groups, as boto3 sees them."""

from typing import Any

import pytest

from eks_local.aws.eks.models import Issue
from tests.aws.conftest import Api, Create, Network, error_of


@pytest.fixture
def create_nodegroup(api: Api, cluster: str, network: Network) -> Create:
    role = api.role("node", "ec2")

    def create(**changed: Any) -> dict[str, Any]:
        request = {
            "clusterName": cluster,
            "nodegroupName": "nodes",
            "nodeRole": role,
            "subnets": list(network.subnet_ids),
            **changed,
        }
        group: dict[str, Any] = api.client("eks").create_nodegroup(**request)["nodegroup"]
        return group

    return create


def template(api: Api, **data: Any) -> dict[str, str]:
    made = api.client("ec2").create_launch_template(LaunchTemplateName="nodes", LaunchTemplateData=data)
    return {"id": made["LaunchTemplate"]["LaunchTemplateId"]}


def test_defaults_are_ekss(create_nodegroup: Create) -> None:
    group = create_nodegroup()
    assert group["status"] == "CREATING"
    assert group["scalingConfig"] == {"minSize": 1, "maxSize": 2, "desiredSize": 2}
    assert group["instanceTypes"] == ["t3.medium"]
    assert group["amiType"] == "AL2023_x86_64_STANDARD"
    assert group["capacityType"] == "ON_DEMAND"
    assert group["diskSize"] == 20
    assert group["updateConfig"] == {"maxUnavailable": 1}
    assert group["version"] == "1.35"
    assert group["releaseVersion"].startswith("1.35.")
    assert group["resources"] == {}


def test_the_release_is_that_of_the_image_parameter(api: Api, create_nodegroup: Create) -> None:
    base = "/aws/service/eks/optimized-ami/1.35/amazon-linux-2023/x86_64/standard/recommended"
    ssm = api.client("ssm")
    release = ssm.get_parameter(Name=f"{base}/release_version")["Parameter"]["Value"]
    image = ssm.get_parameter(Name=f"{base}/image_id")["Parameter"]["Value"]
    assert create_nodegroup()["releaseVersion"] == release
    (found,) = api.client("ec2").describe_images(ImageIds=[image])["Images"]
    assert found["Name"].startswith("amazon-eks-node-al2023-x86_64-standard-1.35-")


def test_what_its_reconciler_made_is_shown(api: Api, cluster: str, create_nodegroup: Create) -> None:
    create_nodegroup()
    state = api.state.eks()
    (group,) = api.state.nodegroups(cluster)
    state.change_nodegroup(cluster, "nodes", auto_scaling_group=group.auto_scaling_group_name)
    state.activate_nodegroup(cluster, "nodes")
    shown = api.client("eks").describe_nodegroup(clusterName=cluster, nodegroupName="nodes")["nodegroup"]
    assert shown["status"] == "ACTIVE"
    assert shown["resources"]["autoScalingGroups"][0]["name"].startswith("eks-nodes-")


def test_a_failed_group_says_why(api: Api, cluster: str, create_nodegroup: Create) -> None:
    create_nodegroup()
    issue = Issue("NodeCreationFailure", "Instances failed to join the kubernetes cluster", ("i-0123",))
    api.state.eks().fail_nodegroup(cluster, "nodes", "CREATE_FAILED", issue)
    shown = api.client("eks").describe_nodegroup(clusterName=cluster, nodegroupName="nodes")["nodegroup"]
    assert shown["status"] == "CREATE_FAILED"
    assert shown["health"]["issues"][0] == {
        "code": "NodeCreationFailure",
        "message": "Instances failed to join the kubernetes cluster",
        "resourceIds": ["i-0123"],
    }


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        ({"nodegroupName": "a" * 64}, "1 to 63 characters"),
        ({"scalingConfig": {"minSize": 3, "maxSize": 2, "desiredSize": 2}}, "can't be greater than maximum 2"),
        ({"scalingConfig": {"minSize": 1, "maxSize": 2, "desiredSize": 3}}, "can't be greater than max size 2"),
        ({"scalingConfig": {"minSize": 2, "maxSize": 2, "desiredSize": 1}}, "can't be greater than desired size 1"),
        ({"nodeRole": "arn:aws:iam::123456789012:role/cluster"}, "trust policy does not allow ec2.amazonaws.com"),
        ({"version": "1.99"}, "not within the range of cluster version 1.35"),
        ({"releaseVersion": "1.35.0-20200101"}, "is not valid for kubernetes version 1.35"),
        ({"amiType": "AL2_ARM_64"}, "images of type AL2023_x86_64_STANDARD only"),
        ({"subnets": ["subnet-0123"]}, "InvalidSubnetID.NotFound"),
        (
            {"updateConfig": {"maxUnavailable": 1, "maxUnavailablePercentage": 50}},
            "can't both be specified",
        ),
        ({"taints": [{"key": "a", "effect": "NO_SCHEDULE"}] * 2}, "Duplicate taint keys"),
    ],
)
def test_create_nodegroup_refuses(create_nodegroup: Create, changed: dict[str, Any], text: str) -> None:
    status, code, found = error_of(create_nodegroup, **changed)
    assert (status, code) == (400, "InvalidParameterException")
    assert text in found


@pytest.mark.parametrize(
    ("data", "changed", "text"),
    [
        ({"UserData": "Iw=="}, {"diskSize": 30}, "Disk size must be specified within the launch template."),
        ({"UserData": "Iw=="}, {"remoteAccess": {"ec2SshKey": "k"}}, "Remote access configuration cannot"),
        ({"IamInstanceProfile": {"Name": "x"}}, {}, "should not specify an instance profile"),
        ({"InstanceType": "t3.small"}, {"instanceTypes": ["t3.large"]}, "can't both be specified"),
        ({"ImageId": "ami-0123"}, {"version": "1.35"}, "cannot specify a Kubernetes version"),
    ],
)
def test_a_launch_template_and_its_group_must_agree(
    api: Api, create_nodegroup: Create, data: dict[str, Any], changed: dict[str, Any], text: str
) -> None:
    assert text in error_of(create_nodegroup, launchTemplate=template(api, **data), **changed)[2]


def test_a_launch_template_is_pinned_to_a_version(api: Api, cluster: str, create_nodegroup: Create) -> None:
    ref = template(api, UserData="Iw==")
    api.client("ec2").create_launch_template_version(
        LaunchTemplateId=ref["id"], LaunchTemplateData={"InstanceType": "t3.small"}
    )
    group = create_nodegroup(launchTemplate={**ref, "version": "$Latest"})
    assert group["launchTemplate"] == {"id": ref["id"], "name": "nodes", "version": "2"}
    assert "instanceTypes" not in group or group["instanceTypes"] == []
    assert "diskSize" not in group
    missing = error_of(create_nodegroup, nodegroupName="b", launchTemplate={"id": "lt-0123"})
    assert missing[1:] == ("InvalidRequestException", "Launch template lt-0123 not found.")


def test_an_own_image_has_no_kubernetes_version(api: Api, create_nodegroup: Create) -> None:
    group = create_nodegroup(launchTemplate=template(api, ImageId="ami-0123"))
    assert group["amiType"] == "CUSTOM"
    assert "version" not in group
    assert group["releaseVersion"] == "ami-0123"


def test_a_config_update_changes_labels_taints_and_sizes(api: Api, cluster: str, create_nodegroup: Create) -> None:
    eks, state = api.client("eks"), api.state.eks()
    create_nodegroup(labels={"a": "1", "b": "2"}, taints=[{"key": "x", "value": "1", "effect": "NO_SCHEDULE"}])
    names = {"clusterName": cluster, "nodegroupName": "nodes"}
    assert error_of(eks.update_nodegroup_config, **names)[1] == "ResourceInUseException"
    state.activate_nodegroup(cluster, "nodes")
    update = eks.update_nodegroup_config(
        **names,
        labels={"addOrUpdateLabels": {"b": "3", "c": "4"}, "removeLabels": ["a"]},
        taints={"addOrUpdateTaints": [{"key": "x", "value": "2", "effect": "NO_SCHEDULE"}]},
        scalingConfig={"desiredSize": 1},
    )["update"]
    params = {param["type"]: param["value"] for param in update["params"]}
    assert params["LabelsToAdd"] == '{"b":"3","c":"4"}'
    assert params["DesiredSize"] == "1"
    group = eks.describe_nodegroup(**names)["nodegroup"]
    assert group["status"] == "UPDATING"
    assert group["labels"] == {"b": "3", "c": "4"}
    assert group["taints"] == [{"key": "x", "value": "2", "effect": "NO_SCHEDULE"}]
    assert group["scalingConfig"] == {"minSize": 1, "maxSize": 2, "desiredSize": 1}
    state.succeed_update(cluster, update["id"])
    assert eks.describe_nodegroup(**names)["nodegroup"]["status"] == "ACTIVE"
    found = eks.describe_update(name=cluster, updateId=update["id"], nodegroupName="nodes")["update"]
    assert found["status"] == "Successful"
    assert eks.list_updates(name=cluster, nodegroupName="nodes")["updateIds"] == [update["id"]]
    assert eks.list_updates(name=cluster)["updateIds"] == []


def test_a_version_update_moves_along_its_template(api: Api, cluster: str, create_nodegroup: Create) -> None:
    eks, state, ref = api.client("eks"), api.state.eks(), template(api, UserData="Iw==")
    create_nodegroup(launchTemplate=ref, version="1.34")
    state.activate_nodegroup(cluster, "nodes")
    names = {"clusterName": cluster, "nodegroupName": "nodes"}
    api.client("ec2").create_launch_template_version(LaunchTemplateId=ref["id"], LaunchTemplateData={})
    update = eks.update_nodegroup_version(**names, launchTemplate={**ref, "version": "2"})["update"]
    state.succeed_update(cluster, update["id"])
    group = eks.describe_nodegroup(**names)["nodegroup"]
    assert (group["version"], group["launchTemplate"]["version"]) == ("1.34", "2")
    update = eks.update_nodegroup_version(**names, version="1.35")["update"]
    state.succeed_update(cluster, update["id"])
    group = eks.describe_nodegroup(**names)["nodegroup"]
    assert (group["version"], group["launchTemplate"]["version"]) == ("1.35", "2")
    assert group["releaseVersion"].startswith("1.35.")
    other = api.client("ec2").create_launch_template(LaunchTemplateName="b", LaunchTemplateData={"KeyName": "k"})
    change = {"id": other["LaunchTemplate"]["LaunchTemplateId"]}
    assert "only its version" in error_of(eks.update_nodegroup_version, **names, launchTemplate=change)[2]


def test_a_cluster_is_kept_by_its_groups(api: Api, cluster: str, create_nodegroup: Create) -> None:
    eks = api.client("eks")
    create_nodegroup()
    assert error_of(eks.delete_cluster, name=cluster)[:3] == (
        409,
        "ResourceInUseException",
        "Cluster has nodegroups attached",
    )
    assert eks.delete_nodegroup(clusterName=cluster, nodegroupName="nodes")["nodegroup"]["status"] == "DELETING"
    api.state.eks().remove_nodegroup(cluster, "nodes")
    gone = error_of(eks.describe_nodegroup, clusterName=cluster, nodegroupName="nodes")
    assert gone == (404, "ResourceNotFoundException", "No node group found for name: nodes.")
    eks.delete_cluster(name=cluster)


def test_a_group_needs_an_active_cluster(api: Api, create_cluster: Create, network: Network) -> None:
    create_cluster()
    role = api.role("node", "ec2")
    refused = error_of(
        api.client("eks").create_nodegroup,
        clusterName="lab",
        nodegroupName="nodes",
        nodeRole=role,
        subnets=list(network.subnet_ids),
    )
    assert refused[1] == "InvalidRequestException"


def test_a_call_with_the_token_of_an_earlier_one_is_that_call(api: Api, cluster: str, create_nodegroup: Create) -> None:
    eks = api.client("eks")
    made = create_nodegroup(clientRequestToken="first")
    assert create_nodegroup(clientRequestToken="first") == made
    assert error_of(create_nodegroup, clientRequestToken="second")[1] == "ResourceInUseException"
    api.state.eks().activate_nodegroup(cluster, "nodes")

    def scale(token: str, size: int) -> str:
        update = eks.update_nodegroup_config(
            clusterName=cluster,
            nodegroupName="nodes",
            scalingConfig={"minSize": 1, "maxSize": 3, "desiredSize": size},
            clientRequestToken=token,
        )["update"]
        return str(update["id"])

    update = scale("third", 3)
    assert scale("third", 3) == update, "the SDK asks again when it lost the answer"
    assert error_of(scale, token="fourth", size=3)[1] == "ResourceInUseException"
    assert error_of(scale, token="third", size=2)[1] == "ResourceInUseException", "another call with a used token"
