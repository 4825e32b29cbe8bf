"""What a node group is made of in EC2, Auto Scaling and IAM, in moto as the world has it."""

import base64
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from eks_local.aws.eks.models import AccessConfig, Cluster, Nodegroup
from eks_local.kube import Object
from eks_local.node import group_access
from eks_local.node.fleet import Fleet
from eks_local.node.node_config import of_documents
from eks_local.node.user_data import node_configs
from tests.aws.conftest import Api, make_network, serving
from tests.node.kube import Api as Kube

OWN = "apiVersion: node.eks.aws/v1alpha1\nkind: NodeConfig\nspec: {kubelet: {config: {maxPods: 98}}}\n"


@pytest.fixture
def api() -> Iterator[Api]:
    with serving(complete=False) as served:
        yield served


@pytest.fixture
def cluster(api: Api) -> Cluster:
    subnets = list(make_network(api).subnet_ids)
    role = api.role("cluster", "eks")
    request = {"name": "demo", "roleArn": role, "resourcesVpcConfig": {"subnetIds": subnets}, "version": "1.35"}
    mode = {"authenticationMode": "API_AND_CONFIG_MAP"}
    api.client("eks").create_cluster(**request, accessConfig=mode)
    api.state.eks().activate_cluster("demo", certificate_authority="Q0E=", signing_keys=())
    return api.state.eks().find_cluster("demo")


Make = Callable[..., tuple[Fleet, Nodegroup]]


@pytest.fixture
def make(api: Api, cluster: Cluster) -> Make:
    """Create a node group and all that it is made of; keyword arguments override the request."""
    role = api.role("node", "ec2")

    def create(**changed: Any) -> tuple[Fleet, Nodegroup]:
        request = {
            "clusterName": "demo",
            "nodegroupName": "ng",
            "nodeRole": role,
            "subnets": list(cluster.resources_vpc_config.subnet_ids),
            "instanceTypes": ["t3.small"],
            "scalingConfig": {"minSize": 1, "maxSize": 4, "desiredSize": 2},
            **changed,
        }
        api.client("eks").create_nodegroup(**{key: value for key, value in request.items() if value is not None})
        group = api.state.eks().nodegroups.find("demo", "ng")
        fleet = Fleet(api.state, cluster, group)
        template = fleet.ensure_template()
        name = fleet.ensure_group(template)
        changed_group = api.state.eks().change_nodegroup("demo", "ng", template_id=template, auto_scaling_group=name)
        assert changed_group is not None
        fleet = Fleet(api.state, cluster, changed_group)
        fleet.resize()
        return fleet, changed_group

    return create


def instances(api: Api) -> list[Any]:
    return [item for item in api.state.instances() if item.state == "running"]


def test_instances_are_of_the_group(api: Api, make: Make, cluster: Cluster) -> None:
    fleet, group = make()
    assert [item.id for item in instances(api)] == list(fleet.active())
    first, second = instances(api)
    assert first.zone != second.zone
    for item in (first, second):
        assert item.type == "t3.small"
        assert item.tags["eks:cluster-name"] == "demo"
        assert item.tags["eks:nodegroup-name"] == "ng"
        assert item.tags["kubernetes.io/cluster/demo"] == "owned"
        assert item.security_group_ids == (cluster.resources_vpc_config.cluster_security_group_id,)
        profile = api.state.instance_profile(item.instance_profile_arn)
        assert profile is not None
        assert profile.role_arn == group.node_role
        assert (item.metadata.tokens_required, item.metadata.hop_limit) == (True, 2)


def test_auto_scaling_group_is_named_and_tagged_as_by_eks(api: Api, make: Make) -> None:
    _, group = make()
    found = api.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"][0]
    assert found["AutoScalingGroupName"] == f"eks-ng-{group.unique_id}"
    tags = {tag["Key"]: tag["Value"] for tag in found["Tags"]}
    assert tags["k8s.io/cluster-autoscaler/enabled"] == "true"
    assert tags["k8s.io/cluster-autoscaler/demo"] == "owned"
    assert (found["MinSize"], found["MaxSize"], found["DesiredCapacity"]) == (1, 4, 2)


def test_user_data_tells_the_node_all_it_needs(api: Api, make: Make) -> None:
    fleet, _ = make(labels={"tier": "web"}, taints=[{"key": "a", "value": "b", "effect": "NO_SCHEDULE"}])
    config = of_documents(node_configs(instances(api)[0].user_data))
    assert (config.cluster, config.certificate_authority, config.cluster_dns) == ("demo", "Q0E=", ("172.20.0.10",))
    assert config.endpoint.endswith(".gr7.us-east-1.eks.amazonaws.com")
    assert config.labels == {
        "eks.amazonaws.com/nodegroup": "ng",
        "eks.amazonaws.com/nodegroup-image": fleet.image_id,
        "eks.amazonaws.com/capacityType": "ON_DEMAND",
        "tier": "web",
    }
    assert [(taint.key, taint.value, taint.effect) for taint in config.taints] == [("a", "b", "NoSchedule")]
    assert config.max_pods is None


class TestOwnLaunchTemplate:
    def create(self, api: Api, **data: Any) -> dict[str, str]:
        made = api.client("ec2").create_launch_template(LaunchTemplateName="own", LaunchTemplateData=data)
        return {"id": made["LaunchTemplate"]["LaunchTemplateId"], "version": "1"}

    def test_its_user_data_comes_before_ekss(self, api: Api, make: Make) -> None:
        template = self.create(api, UserData=base64.b64encode(OWN.encode()).decode())
        make(launchTemplate=template)
        config = of_documents(node_configs(instances(api)[0].user_data))
        assert config.max_pods == 98
        assert config.labels["eks.amazonaws.com/sourceLaunchTemplateId"] == template["id"]
        assert config.labels["eks.amazonaws.com/sourceLaunchTemplateVersion"] == "1"

    def test_its_settings_stay(self, api: Api, make: Make, cluster: Cluster) -> None:
        vpc = cluster.resources_vpc_config.vpc_id
        group = api.client("ec2").create_security_group(GroupName="own", Description="own", VpcId=vpc)["GroupId"]
        tags = [{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "mine"}]}]
        template = self.create(
            api,
            InstanceType="t3.medium",
            SecurityGroupIds=[group],
            TagSpecifications=tags,
            MetadataOptions={"HttpTokens": "optional", "HttpPutResponseHopLimit": 1},
        )
        make(launchTemplate=template, instanceTypes=None)
        item = instances(api)[0]
        assert (item.type, item.security_group_ids) == ("t3.medium", (group,))
        assert (item.tags["Name"], item.tags["eks:nodegroup-name"]) == ("mine", "ng")
        assert (item.metadata.tokens_required, item.metadata.hop_limit) == (False, 1)

    def test_with_an_image_of_its_own_the_user_data_is_all_its_own(self, api: Api, make: Make) -> None:
        image = next(image.id for image in api.state.images() if image.name.startswith("al2023"))
        template = self.create(api, ImageId=image, UserData=base64.b64encode(b"#!/bin/sh\n").decode())
        make(launchTemplate=template)
        item = instances(api)[0]
        assert (item.image_id, item.user_data) == (image, b"#!/bin/sh\n")


class TestScaling:
    def test_one_ended_by_another_hand_is_replaced(self, api: Api, make: Make) -> None:
        fleet, _ = make()
        victim = fleet.active()[0]
        api.client("ec2").terminate_instances(InstanceIds=[victim])
        fleet.heal()
        assert len(fleet.active()) == 2
        assert victim not in fleet.active()
        assert not fleet.heal()

    def test_sizes_follow_the_record(self, api: Api, make: Make, cluster: Cluster) -> None:
        make()
        sizes = {"minSize": 1, "maxSize": 5, "desiredSize": 3}
        api.state.eks().activate_nodegroup("demo", "ng")
        api.client("eks").update_nodegroup_config(clusterName="demo", nodegroupName="ng", scalingConfig=sizes)
        fleet = Fleet(api.state, cluster, api.state.eks().nodegroups.find("demo", "ng"))
        assert fleet.resize()
        assert (len(fleet.active()), fleet.desired) == (3, 3)
        assert not fleet.resize()

    def test_instances_of_an_older_template_are_outdated(self, api: Api, make: Make, cluster: Cluster) -> None:
        fleet, _ = make()
        assert fleet.outdated() == ()
        changed = api.state.eks().change_nodegroup("demo", "ng", labels={"new": "yes"})
        assert changed is not None
        newer = Fleet(api.state, cluster, changed)
        newer.ensure_template()
        assert newer.outdated() == newer.active()
        newer.set_desired(3)
        assert len(newer.outdated()) == 2
        newer.terminate(newer.outdated()[0])
        assert (len(newer.active()), newer.desired) == (2, 2)

    def test_nothing_is_left(self, api: Api, make: Make) -> None:
        fleet, _ = make()
        fleet.remove()
        fleet.remove()
        assert instances(api) == []
        assert api.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"] == []
        assert api.client("ec2").describe_launch_templates()["LaunchTemplates"] == []
        assert api.client("iam").list_instance_profiles()["InstanceProfiles"] == []


class TestAccess:
    CONFIG_MAP = "/api/v1/namespaces/kube-system/configmaps/aws-auth"

    def with_mode(self, api: Api, mode: str) -> Cluster:
        changed = api.state.eks().change_cluster("demo", access_config=AccessConfig(mode))
        assert changed is not None
        return changed

    def test_access_entry(self, api: Api, make: Make, cluster: Cluster) -> None:
        _, group = make()
        for _ in range(2):
            group_access.grant(api.state.eks(), Kube().client, cluster, group)
        entry = api.client("eks").describe_access_entry(clusterName="demo", principalArn=group.node_role)["accessEntry"]
        assert entry["type"] == "EC2_LINUX"
        assert entry["username"] == "system:node:{{EC2PrivateDNSName}}"
        assert entry["kubernetesGroups"] == ["system:nodes"]
        group_access.revoke(api.state.eks(), Kube().client, cluster, group)
        assert group.node_role not in api.client("eks").list_access_entries(clusterName="demo")["accessEntries"]

    def test_aws_auth_is_made(self, api: Api, make: Make, cluster: Cluster) -> None:
        _, group = make()
        kube = Kube()
        group_access.grant(api.state.eks(), kube.client, self.with_mode(api, "CONFIG_MAP"), group)
        [(verb, path, body)] = kube.calls
        assert (verb, path) == ("create", "/api/v1/namespaces/kube-system/configmaps")
        assert body["metadata"]["name"] == "aws-auth"
        assert group.node_role in body["data"]["mapRoles"]

    def test_what_others_wrote_into_aws_auth_stays(self, api: Api, make: Make, cluster: Cluster) -> None:
        _, group = make()
        mine = "- rolearn: arn:aws:iam::1:role/mine\n  username: me\n"
        present: Object = {"metadata": {"resourceVersion": "5"}, "data": {"mapRoles": mine, "mapUsers": "[]"}}
        kube = Kube(**{self.CONFIG_MAP: present})
        group_access.grant(api.state.eks(), kube.client, self.with_mode(api, "CONFIG_MAP"), group)
        [(verb, _, patch)] = kube.calls
        assert verb == "patch"
        assert "arn:aws:iam::1:role/mine" in patch["data"]["mapRoles"]
        assert group.node_role in patch["data"]["mapRoles"]
        assert "mapUsers" not in patch["data"]
        assert patch["metadata"] == {"resourceVersion": "5"}
