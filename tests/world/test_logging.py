"""Control plane logs in a real world: what programs write arrives in CloudWatch when it is wanted, and only then."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.world.lab import Lab, eventually
from tests.world.test_cluster import Plain
from tests.worlds import started

pytestmark = [pytest.mark.world, pytest.mark.xdist_group("logging")]

GROUP = "/aws/eks/demo/cluster"


class Logged(Plain):
    """A world with the cluster `demo`, of which the API server's log is on from the start."""

    def __init__(self, world: Any) -> None:
        super().__init__(world)
        self.logs = self.client("logs")
        api = {"clusterLogging": [{"types": ["api"], "enabled": True}]}
        self.create("demo", logging=api, accessConfig={"authenticationMode": "API"})
        self.active("demo")
        self.configure("demo")

    def turn(self, on: bool, *types: str) -> None:
        """Turn logs on or off, and wait until EKS says that it is done."""
        setup = [{"types": list(types), "enabled": on}]
        update = self.eks.update_cluster_config(name="demo", logging={"clusterLogging": setup})["update"]
        assert (update["type"], update["status"]) == ("LoggingUpdate", "InProgress")
        self.active("demo")
        done = self.eks.describe_update(name="demo", updateId=update["id"])["update"]
        assert done["status"] == "Successful"

    def streams(self) -> set[str]:
        """Streams, without the numbers at the ends of their names."""
        found = self.logs.describe_log_streams(logGroupName=GROUP)["logStreams"]
        return {stream["logStreamName"].rpartition("-")[0] for stream in found}

    def matching(self, component: str, pattern: str) -> list[str]:
        """Messages of a component that match, as `aws` finds them."""
        command = f"aws logs filter-log-events --log-group-name {GROUP} --filter-pattern '{pattern}' --output json"
        events = json.loads(self.run(command).out)["events"]
        return [event["message"] for event in events if event["logStreamName"].rpartition("-")[0] == component]

    def arrives(self, component: str, pattern: str) -> str:
        """The first message that matches, once there is one."""
        eventually(lambda: bool(self.matching(component, pattern)), f"{pattern} of {component}", self.streams)
        return self.matching(component, pattern)[0]

    def delete_config_map(self, name: str) -> None:
        done = self.run(f"kubectl create configmap {name} && kubectl delete configmap {name}")
        assert done.code == 0, done.said


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Logged]:
    with started(tmp_path_factory.mktemp("logging") / "w", binaries=Lab.binaries()) as world:
        yield Logged(world)


def deletion(name: str) -> str:
    return f'{{ $.verb = "delete" && $.objectRef.name = "{name}" }}'


def test_a_log_that_is_on_from_the_start_begins_with_the_flags_and_the_others_have_no_stream(lab: Logged) -> None:
    assert '"172.20.0.0/16"' in lab.arrives("kube-apiserver", '"FLAG: --service-cluster-ip-range"')
    assert lab.streams() == {"kube-apiserver"}
    assert "retentionInDays" not in lab.logs.describe_log_groups()["logGroups"][0]


def test_a_log_is_turned_on_and_off_while_the_programs_run(lab: Logged) -> None:
    lab.delete_config_map("early")
    before = lab.pids("demo")
    lab.turn(True, "audit")
    lab.delete_config_map("tea")
    event = json.loads(lab.arrives("kube-apiserver-audit", deletion("tea")))
    assert event["user"]["username"] == "arn:aws:iam::123456789012:user/learner"
    assert (event["stage"], event["level"], event["responseStatus"]["code"]) == ("ResponseComplete", "Metadata", 200)
    lab.turn(False, "audit")
    lab.delete_config_map("late")
    lab.turn(True, "audit")
    lab.delete_config_map("again")
    lab.arrives("kube-apiserver-audit", deletion("again"))
    assert lab.matching("kube-apiserver-audit", deletion("early")) == []
    assert lab.matching("kube-apiserver-audit", deletion("late")) == []
    assert lab.pids("demo") == before


def test_the_authenticator_tells_who_came_in_and_who_did_not(lab: Logged) -> None:
    lab.turn(True, "authenticator")
    lab.iam.create_user(UserName="stranger")
    key = lab.iam.create_access_key(UserName="stranger")["AccessKey"]
    keys = {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
    assert lab.run("kubectl get pods", env=keys).code != 0
    denied = lab.arrives("authenticator", '"access denied"')
    assert 'level=warning msg="access denied" arn="arn:aws:iam::123456789012:user/stranger"' in denied
    lab.run("kubectl get pods")
    assert 'username="arn:aws:iam::123456789012:user/learner"' in lab.arrives("authenticator", '"access granted"')


def test_the_controllers_and_the_scheduler_tell_what_they_do(lab: Logged) -> None:
    lab.turn(True, "controllerManager", "scheduler")
    missing = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "name": "none",
        "uid": "5f0c6c1e-3f5b-4b0e-9a52-6f1d2f1f7c11",
    }
    lab.apply(
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "orphan", "ownerReferences": [missing]}},
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "homeless"},
            "spec": {"containers": [{"name": "web", "image": "public.ecr.aws/nginx/nginx:1.29"}]},
        },
    )
    lab.arrives("kube-controller-manager", '"Deleting item" "name: orphan"')
    assert "default/homeless" in lab.arrives("kube-scheduler", "homeless")
    collected = json.loads(lab.arrives("kube-apiserver-audit", deletion("orphan")))
    assert collected["user"]["username"] == "system:serviceaccount:kube-system:generic-garbage-collector"


def test_a_secret_is_not_in_the_audit_log(lab: Logged) -> None:
    done = lab.run("kubectl create secret generic safe --from-literal=code=open-sesame && kubectl delete secret safe")
    assert done.code == 0, done.said
    lab.arrives("kube-apiserver-audit", deletion("safe"))
    assert lab.matching("kube-apiserver-audit", '"open-sesame"') == []
    assert lab.matching("kube-apiserver-audit", '"b3Blbi1zZXNhbWU"') == []  # in base64, as it is sent


def test_the_group_outlives_its_cluster_and_stays_away_when_it_is_deleted(lab: Logged) -> None:
    lab.delete("demo")
    assert lab.streams() == {
        "kube-apiserver", "kube-apiserver-audit", "authenticator", "kube-controller-manager", "kube-scheduler",
    }  # fmt: skip
    lab.logs.delete_log_group(logGroupName=GROUP)
    lab.create("other")
    lab.active("other")  # whatever followed the old cluster had its time
    assert lab.logs.describe_log_groups()["logGroups"] == []
