"""What is done with Node objects: the cloud controller's part, groups' settings, draining."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from eks_local.aws.eks.models import Update, UpdateParam
from eks_local.kube import KubeError, ready
from eks_local.node import cloud_controller, drain
from eks_local.node.group_nodes import Settings, changes
from eks_local.node.watch import instance_id
from tests.node.kube import Api, node
from tests.node.test_spec import instance

UNINITIALIZED = {"key": "node.cloudprovider.kubernetes.io/uninitialized", "value": "true", "effect": "NoSchedule"}
NODE = "/api/v1/nodes/n1"


class TestCloudController:
    def follow(self, api: Api, found: dict[str, Any], *instances: Any) -> None:
        cloud_controller.follow(api.client, {"n1": found}, {item.id: item for item in instances})

    def test_a_new_node_gets_its_addresses_and_loses_the_taint(self) -> None:
        taint = {"key": "mine", "effect": "NoSchedule"}
        new = node("n1", "i-0123", taints=[UNINITIALIZED, taint])
        api = Api(**{f"{NODE}/status": new})
        self.follow(api, new, instance("", public_ip="3.3.3.3", public_dns_name="ec2-3-3-3-3.compute-1.amazonaws.com"))
        (_, status_path, status), (_, path, patch) = api.calls
        assert (status_path, path) == (f"{NODE}/status", NODE)
        assert [(a["type"], a["address"]) for a in status["status"]["addresses"][1:]] == [
            ("InternalIP", "10.0.1.5"),
            ("ExternalIP", "3.3.3.3"),
            ("InternalDNS", "ip-10-0-1-5.ec2.internal"),
            ("Hostname", "ip-10-0-1-5.ec2.internal"),
            ("ExternalDNS", "ec2-3-3-3-3.compute-1.amazonaws.com"),
        ]
        assert patch == {"spec": {"taints": [taint]}, "metadata": {"resourceVersion": "7"}}

    def test_a_node_that_is_initialized_is_left_alone(self) -> None:
        api = Api()
        self.follow(api, node("n1", "i-0123", addresses=cloud_controller.addresses(instance(""))), instance(""))
        assert api.calls == []

    def test_addresses_of_a_kubelet_on_its_own_are_left_alone(self) -> None:
        api = Api()
        own = [{"type": "InternalIP", "address": "10.0.1.5"}, {"type": "Hostname", "address": "n1"}]
        self.follow(api, node("n1", "i-0123", addresses=own), instance("", public_ip="3.3.3.3"))
        assert api.calls == []

    def test_a_new_public_address_is_noticed(self) -> None:
        known = node("n1", "i-0123", addresses=cloud_controller.addresses(instance("")))
        api = Api(**{f"{NODE}/status": known})
        self.follow(api, known, instance("", public_ip="3.3.3.3"))
        assert [path for _, path, _ in api.calls] == [f"{NODE}/status"]

    @pytest.mark.parametrize("state", ["terminated", "shutting-down"])
    def test_a_node_ends_with_its_instance(self, state: str) -> None:
        api = Api()
        self.follow(api, node("n1", "i-0123"), instance("", state=state))
        assert api.calls == [("delete", NODE, None)]

    def test_a_node_of_an_instance_nobody_knows_ends(self) -> None:
        api = Api()
        self.follow(api, node("n1", "i-0123"))
        assert api.calls == [("delete", NODE, None)]

    @pytest.mark.parametrize("state", ["stopped", "stopping"])
    def test_a_stopped_instance_keeps_its_node(self, state: str) -> None:
        api = Api()
        self.follow(api, node("n1", "i-0123", ready=False), instance("", state=state))
        assert api.calls == []

    def test_nodes_that_are_not_on_ec2_are_not_ours(self) -> None:
        api = Api()
        foreign = node("n1", "")
        foreign["spec"]["providerID"] = "kwok://n1"
        self.follow(api, foreign)
        assert api.calls == []


def update(**params: Any) -> Update:
    listed = tuple(UpdateParam(name, json.dumps(value)) for name, value in params.items())
    return Update(
        id="1",
        cluster_name="demo",
        status="InProgress",
        type="ConfigUpdate",
        created_at=datetime(2026, 11, 23, tzinfo=UTC),
        params=listed,
    )


class TestSettings:
    def test_labels(self) -> None:
        settings = Settings.of([update(LabelsToAdd={"a": "1", "b": "2"}, LabelsToRemove=["c"])])
        patch = changes(node("n1", "i-0123", labels={"a": "1", "c": "3", "d": "4"}), settings)
        assert patch == {"metadata": {"labels": {"b": "2", "c": None}}}

    def test_taints(self) -> None:
        settings = Settings.of(
            [
                update(
                    TaintsToAdd=[{"key": "a", "value": "1", "effect": "NO_SCHEDULE"}],
                    TaintsToRemove=[{"key": "b", "effect": "NO_EXECUTE"}],
                )
            ]
        )
        others = {"key": "other", "effect": "NoSchedule"}
        present = [{"key": "a", "value": "0", "effect": "NoSchedule"}, {"key": "b", "effect": "NoExecute"}, others]
        patch = changes(node("n1", "i-0123", taints=present), settings)
        assert patch is not None
        assert patch["spec"]["taints"] == [others, {"key": "a", "value": "1", "effect": "NoSchedule"}]
        assert patch["metadata"] == {"resourceVersion": "7"}

    def test_the_last_taint_taken_away(self) -> None:
        settings = Settings.of([update(TaintsToRemove=[{"key": "a", "effect": "NO_SCHEDULE"}])])
        patch = changes(node("n1", "i-0123", taints=[{"key": "a", "effect": "NoSchedule"}]), settings)
        assert patch is not None
        assert patch["spec"] == {"taints": None}

    def test_same_key_with_another_effect_is_another_taint(self) -> None:
        settings = Settings.of([update(TaintsToRemove=[{"key": "a", "effect": "NO_EXECUTE"}])])
        assert changes(node("n1", "i-0123", taints=[{"key": "a", "effect": "NoSchedule"}]), settings) is None

    def test_nothing_to_do(self) -> None:
        settings = Settings.of([update(LabelsToAdd={"a": "1"}), update(MinSize="1")])
        assert changes(node("n1", "i-0123", labels={"a": "1"}), settings) is None

    def test_later_updates_win(self) -> None:
        settings = Settings.of([update(LabelsToAdd={"a": "1"}), update(LabelsToRemove=["a"])])
        assert settings.labels == {"a": None}


def pod(name: str, *, owner: str = "ReplicaSet", **changes: Any) -> dict[str, Any]:
    metadata = {"name": name, "namespace": "default", "ownerReferences": [{"kind": owner}]}
    return {"metadata": {**metadata, **changes.pop("metadata", {})}, "status": {"phase": "Running"}, **changes}


class TestDrain:
    def evictions(self, api: Api) -> list[str]:
        return [path for verb, path, _ in api.calls if verb == "create"]

    def test_what_can_be_elsewhere_is_evicted(self) -> None:
        api = Api()
        api.lists["/api/v1/pods"] = [
            pod("web"),
            pod("bare", metadata={"ownerReferences": []}),
            pod("aws-node", owner="DaemonSet"),
            pod("done", status={"phase": "Succeeded"}),
            pod("static", metadata={"annotations": {"kubernetes.io/config.mirror": "x"}}),
        ]
        assert drain.evict(api.client, "n1") == 2
        assert self.evictions(api) == [
            "/api/v1/namespaces/default/pods/web/eviction",
            "/api/v1/namespaces/default/pods/bare/eviction",
        ]

    def test_one_that_is_ending_is_waited_for_not_asked_again(self) -> None:
        api = Api()
        api.lists["/api/v1/pods"] = [pod("web", metadata={"deletionTimestamp": "2026-11-23T00:00:00Z"})]
        assert drain.evict(api.client, "n1") == 1
        assert self.evictions(api) == []

    @pytest.mark.parametrize("status", [404, 409, 429])
    def test_not_now(self, status: int) -> None:
        api = Api()
        api.lists["/api/v1/pods"] = [pod("web")]
        api.refusals["/api/v1/namespaces/default/pods/web/eviction"] = KubeError(status, "No", "not now")
        assert drain.evict(api.client, "n1") == 1

    def test_other_refusals_are_told(self) -> None:
        api = Api()
        api.lists["/api/v1/pods"] = [pod("web")]
        api.refusals["/api/v1/namespaces/default/pods/web/eviction"] = KubeError(403, "Forbidden", "no")
        with pytest.raises(KubeError):
            drain.evict(api.client, "n1")

    def test_cordon_of_a_node_that_went(self) -> None:
        api = Api()
        api.refusals[NODE] = KubeError(404, "NotFound", "no")
        drain.cordon(api.client, "n1")


def test_instance_of_a_node() -> None:
    assert instance_id(node("n1", "i-0123")) == "i-0123"
    assert instance_id({"spec": {}}) == ""


@pytest.mark.parametrize("status", ["True", "False", "Unknown"])
def test_ready(status: str) -> None:
    found = node("n1", "i-0123")
    found["status"]["conditions"][0]["status"] = status
    assert ready(found) is (status == "True")
    assert not ready({"status": {}})
