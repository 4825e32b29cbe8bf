"""Addons, access entries, pod identity and identity providers, as boto3 sees them."""

from pathlib import Path
from typing import Any

import pytest

from eks_local.aws.eks.addon_offers import AddonOffers
from tests.aws.conftest import Api, error_of

LEARNER = "arn:aws:iam::123456789012:user/learner"
VIEW = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"


def test_offers_are_the_manifests_that_are_there(tmp_path: Path) -> None:
    for name in ("coredns/v1.9.3-eksbuild.7", "coredns/v1.11.4-eksbuild.2", "kube-proxy/v1.34.1-eksbuild.2"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / f"{name}.yaml").touch()
    offers = AddonOffers.in_folder(tmp_path)
    assert offers.names == ("coredns", "kube-proxy")
    assert [offer.version for offer in offers.of_addon("coredns")] == ["v1.11.4-eksbuild.2", "v1.9.3-eksbuild.7"]
    assert offers.default("kube-proxy", "1.35") is None
    assert AddonOffers.in_folder(tmp_path / "nowhere").names == ()


def test_versions_on_offer_fit_their_kubernetes(api: Api) -> None:
    eks = api.client("eks")
    addons = {item["addonName"]: item for item in eks.describe_addon_versions()["addons"]}
    assert sorted(addons) == ["coredns", "kube-proxy", "vpc-cni"]
    (proxy,) = eks.describe_addon_versions(addonName="kube-proxy", kubernetesVersion="1.34")["addons"]
    assert [item["addonVersion"] for item in proxy["addonVersions"]] == ["v1.34.3-eksbuild.2"]
    cni = addons["vpc-cni"]["addonVersions"]
    assert [item["addonVersion"] for item in cni] == ["v1.23.2-eksbuild.1", "v1.22.0-eksbuild.1"]
    assert [item["compatibilities"][0]["defaultVersion"] for item in cni] == [True, False]
    assert eks.describe_addon_versions(types=["storage"])["addons"] == []
    assert error_of(eks.describe_addon_versions, addonName="aws-ebs-csi-driver")[1] == "InvalidParameterException"


def test_an_addon_lives(api: Api, cluster: str) -> None:
    eks, state = api.client("eks"), api.state.eks()
    names = {"clusterName": cluster, "addonName": "vpc-cni"}
    created = eks.create_addon(**names, configurationValues='{"env": {"WARM_IP_TARGET": "2"}}')["addon"]
    assert (created["status"], created["addonVersion"]) == ("CREATING", "v1.23.2-eksbuild.1")
    assert error_of(eks.create_addon, **names)[:2] == (409, "ResourceInUseException")
    state.activate_addon(cluster, "vpc-cni")
    update = eks.update_addon(**names, addonVersion="v1.22.0-eksbuild.1", resolveConflicts="OVERWRITE")["update"]
    assert eks.describe_addon(**names)["addon"]["status"] == "UPDATING"
    (addon,) = api.state.addons(cluster)
    assert (addon.resolve_conflicts, addon.configuration_values) == ("OVERWRITE", '{"env": {"WARM_IP_TARGET": "2"}}')
    state.succeed_update(cluster, update["id"])
    assert eks.describe_addon(**names)["addon"]["status"] == "ACTIVE"
    assert eks.list_addons(clusterName=cluster)["addons"] == ["vpc-cni"]
    eks.delete_addon(**names, preserve=True)
    (addon,) = api.state.addons(cluster)
    assert (addon.status, addon.preserve) == ("DELETING", True)
    state.remove_addon(cluster, "vpc-cni")
    assert error_of(eks.describe_addon, **names) == (
        404,
        "ResourceNotFoundException",
        "No addon: vpc-cni found in cluster: lab",
    )


@pytest.mark.parametrize(
    ("changed", "status", "code", "text"),
    [
        ({"addonName": "nope"}, 400, "InvalidParameterException", "Addon nope specified is not supported"),
        ({"addonVersion": "v0.0.1"}, 400, "InvalidParameterException", "Addon version specified is not supported"),
        ({"configurationValues": "[1"}, 400, "InvalidParameterException", "not valid JSON or YAML"),
        ({"configurationValues": "text"}, 400, "InvalidParameterException", "must be an object"),
        (
            {"serviceAccountRoleArn": "arn:aws:iam::123456789012:role/none"},
            400,
            "InvalidParameterException",
            "does not exist",
        ),
        (
            {"podIdentityAssociations": [{"serviceAccount": "a", "roleArn": "arn:aws:iam::123456789012:role/r"}]},
            501,
            "NotImplemented",
            "pod identity associations",
        ),
    ],
)
def test_create_addon_refuses(
    api: Api, cluster: str, changed: dict[str, Any], status: int, code: str, text: str
) -> None:
    request = {"clusterName": cluster, "addonName": "vpc-cni", **changed}
    found = error_of(api.client("eks").create_addon, **request)
    assert (found[:2], text in found[2]) == ((status, code), True), found


def test_an_access_entry_lives(api: Api, cluster: str) -> None:
    eks, role = api.client("eks"), api.role("ops", "ec2")
    names = {"clusterName": cluster, "principalArn": role}
    entry = eks.create_access_entry(**names, kubernetesGroups=["ops"])["accessEntry"]
    assert entry["type"] == "STANDARD"
    assert entry["username"] == "arn:aws:sts::123456789012:assumed-role/ops/{{SessionName}}"
    assert entry["accessEntryArn"].startswith(
        "arn:aws:eks:us-east-1:123456789012:access-entry/lab/role/123456789012/ops/"
    )
    assert error_of(eks.create_access_entry, **names)[:2] == (409, "ResourceInUseException")
    eks.update_access_entry(**names, kubernetesGroups=[], username="ops:{{SessionName}}")
    entry = eks.describe_access_entry(**names)["accessEntry"]
    assert (entry["kubernetesGroups"], entry["username"]) == ([], "ops:{{SessionName}}")
    scope = {"type": "namespace", "namespaces": ["web", "batch-*"]}
    eks.associate_access_policy(**names, policyArn=VIEW, accessScope=scope)
    (policy,) = eks.list_associated_access_policies(**names)["associatedAccessPolicies"]
    assert (policy["policyArn"], policy["accessScope"]) == (VIEW, scope)
    assert eks.list_access_entries(clusterName=cluster, associatedPolicyArn=VIEW)["accessEntries"] == [role]
    eks.disassociate_access_policy(**names, policyArn=VIEW)
    assert eks.list_associated_access_policies(**names)["associatedAccessPolicies"] == []
    eks.delete_access_entry(**names)
    assert error_of(eks.describe_access_entry, **names)[:2] == (404, "ResourceNotFoundException")


def test_node_entries_have_ekss_names(api: Api, cluster: str) -> None:
    eks, role = api.client("eks"), api.role("node", "ec2")
    names = {"clusterName": cluster, "principalArn": role}
    refused = error_of(eks.create_access_entry, **names, type="EC2_LINUX", kubernetesGroups=["x"])
    assert refused[1] == "InvalidRequestException"
    entry = eks.create_access_entry(**names, type="EC2_LINUX")["accessEntry"]
    assert entry["username"] == "system:node:{{EC2PrivateDNSName}}"
    assert entry["kubernetesGroups"] == ["system:nodes"]
    refused = error_of(eks.associate_access_policy, **names, policyArn=VIEW, accessScope={"type": "cluster"})
    assert refused[1] == "InvalidRequestException"


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        ({"principalArn": "arn:aws:sts::123456789012:assumed-role/ops/anna"}, "format is not valid"),
        ({"principalArn": "anna"}, "format is not valid"),
        ({"kubernetesGroups": ["system:masters"]}, "cannot start with"),
        ({"type": "NONE"}, "is not valid for an access entry"),
    ],
)
def test_create_access_entry_refuses(api: Api, cluster: str, changed: dict[str, Any], text: str) -> None:
    request = {"clusterName": cluster, "principalArn": "arn:aws:iam::123456789012:user/anna", **changed}
    assert text in error_of(api.client("eks").create_access_entry, **request)[2]


def test_without_the_api_mode_there_are_no_entries(api: Api, create_cluster: Any) -> None:
    create_cluster(accessConfig={"authenticationMode": "CONFIG_MAP"})
    refused = error_of(api.client("eks").list_access_entries, clusterName="lab")
    assert refused[1] == "InvalidRequestException"
    assert "authentication mode must be set to one of [API, API_AND_CONFIG_MAP]" in refused[2]


def test_a_pod_identity_association_lives(api: Api, cluster: str) -> None:
    eks, role, other = api.client("eks"), api.role("app", "pods.eks"), api.role("app2", "pods.eks")
    request = {"clusterName": cluster, "namespace": "web", "serviceAccount": "app"}
    made = eks.create_pod_identity_association(**request, roleArn=role)["association"]
    assert made["associationId"].startswith("a-")
    assert error_of(eks.create_pod_identity_association, **request, roleArn=role)[1] == "ResourceInUseException"
    names = {"clusterName": cluster, "associationId": made["associationId"]}
    eks.update_pod_identity_association(**names, roleArn=other)
    assert eks.describe_pod_identity_association(**names)["association"]["roleArn"] == other
    assert len(eks.list_pod_identity_associations(clusterName=cluster, namespace="web")["associations"]) == 1
    assert eks.list_pod_identity_associations(clusterName=cluster, namespace="x")["associations"] == []
    eks.delete_pod_identity_association(**names)
    assert error_of(eks.describe_pod_identity_association, **names)[:2] == (404, "ResourceNotFoundException")
    bad = api.role("plain", "ec2")
    refused = error_of(eks.create_pod_identity_association, **request, roleArn=bad)
    assert "trust policy does not allow pods.eks.amazonaws.com" in refused[2]


def test_an_identity_provider_lives(api: Api, cluster: str) -> None:
    eks, state = api.client("eks"), api.state.eks()
    oidc = {"identityProviderConfigName": "sso", "issuerUrl": "https://login.example.com", "clientId": "k8s"}
    names = {"clusterName": cluster, "identityProviderConfig": {"type": "oidc", "name": "sso"}}
    update = eks.associate_identity_provider_config(clusterName=cluster, oidc=oidc)["update"]
    assert eks.describe_identity_provider_config(**names)["identityProviderConfig"]["oidc"]["status"] == "CREATING"
    state.activate_identity_provider(cluster, "sso")
    state.succeed_update(cluster, update["id"])
    assert eks.describe_identity_provider_config(**names)["identityProviderConfig"]["oidc"]["status"] == "ACTIVE"
    again = error_of(eks.associate_identity_provider_config, clusterName=cluster, oidc=oidc)
    assert again[1] == "ResourceInUseException"
    eks.disassociate_identity_provider_config(**names)
    state.remove_identity_provider(cluster, "sso")
    assert error_of(eks.describe_identity_provider_config, **names)[:2] == (404, "ResourceNotFoundException")
