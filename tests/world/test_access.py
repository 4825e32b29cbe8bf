"""Who gets into a cluster and what they may do: tokens and access entries against a real API server."""

import base64
import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.aws.presigned import sign
from tests.world.lab import Lab, eventually
from tests.worlds import started

pytestmark = [pytest.mark.world, pytest.mark.xdist_group("access")]

COUNTER = itertools.count()
PODS = "/api/v1/namespaces/default/pods"
VIEW = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"


@dataclass(frozen=True)
class Door:
    """One cluster's API server as curl at the laptop meets it."""

    lab: Lab
    cluster: dict[str, Any]
    authority: Path

    def status(self, token: str, path: str = PODS, method: str = "GET") -> int:
        """The HTTP status of a request with that bearer token."""
        said = self.lab.run(
            f'curl -sS -m 20 -X {method} --cacert {self.authority} -H @- -w "\\n%{{http_code}}" '
            f"{self.cluster['endpoint']}{path}",
            stdin=f"Authorization: Bearer {token}",
        )
        assert said.code == 0, said.said
        return int(said.out.split()[-1])


@dataclass(frozen=True)
class Person:
    """An IAM user, or a session of a role."""

    arn: str
    key: str
    secret: str
    session: str | None = None

    def token(self, cluster: str = "demo", **changed: Any) -> str:
        """A token of theirs for a cluster, another one each time: the API server knows one again for ten seconds."""
        parts = {"secret": self.secret, "key": self.key, "session_token": self.session, "expires": 60 + next(COUNTER)}
        return sign(**{**parts, "cluster": cluster, **changed})

    def environment(self) -> dict[str, str]:
        """What makes the AWS CLI theirs."""
        return {"AWS_ACCESS_KEY_ID": self.key, "AWS_SECRET_ACCESS_KEY": self.secret}


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A world with two clusters that have no nodes."""
    with started(tmp_path_factory.mktemp("access") / "w", binaries=Lab.binaries()) as world:
        lab = Lab(world)
        subnets, role = lab.network(), lab.role("cluster", "eks")
        both = {"accessConfig": {"authenticationMode": "API_AND_CONFIG_MAP"}}
        lab.cluster("demo", subnets, role, **both)
        lab.cluster("other", subnets, role, **both)
        lab.configure("demo")
        lab.sh("kubectl create namespace team; kubectl create namespace elsewhere")
        yield lab


@pytest.fixture(scope="module")
def door(lab: Lab) -> Door:
    cluster = lab.described("demo")
    authority = lab.kubeconfig.with_name("ca.crt")
    authority.write_bytes(base64.b64decode(cluster["certificateAuthority"]["data"]))
    return Door(lab, cluster, authority)


@pytest.fixture
def person(lab: Lab) -> Person:
    """An IAM user that nobody knows yet."""
    name = f"anna-{next(COUNTER)}"
    arn = lab.iam.create_user(UserName=name)["User"]["Arn"]
    key = lab.iam.create_access_key(UserName=name)["AccessKey"]
    return Person(arn, key["AccessKeyId"], key["SecretAccessKey"])


@pytest.fixture(scope="module")
def learner(lab: Lab) -> Person:
    env = lab.world.environment()
    return Person(lab.sts.get_caller_identity()["Arn"], env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"])


def test_kubectl_works_with_what_update_kubeconfig_writes(lab: Lab, learner: Person) -> None:
    said = lab.run("kubectl auth whoami -o json && kubectl get namespace default")
    assert said.code == 0, said.said
    assert f'"username": "{learner.arn}"' in said.out
    assert "default   Active" in said.out


def test_a_token_opens_its_own_cluster_and_no_other(door: Door, learner: Person) -> None:
    assert door.status(learner.token()) == 200
    assert door.status(learner.token("other")) == 401


@pytest.mark.parametrize(
    "changed",
    [
        {"secret": "wrong"},
        {"key": "AKIANOBODY0000000000"},
        {"headers": ()},
        {"host": "sts.amazonaws.com.example.com"},
    ],
    ids=["wrong secret", "unknown key", "for no cluster", "not of STS"],
)
def test_a_token_that_proves_nothing_is_401(door: Door, learner: Person, changed: dict[str, Any]) -> None:
    assert door.status(learner.token(**changed)) == 401


@pytest.mark.parametrize("minutes", [-20, 20], ids=["expired", "of the future"])
def test_a_token_of_another_time_is_401(door: Door, learner: Person, minutes: int) -> None:
    assert door.status(learner.token(at=datetime.now(UTC) + timedelta(minutes=minutes))) == 401


@pytest.mark.parametrize("garbage", ["garbage", "k8s-aws-v1.", "k8s-aws-v1.%%%", "a.b.c", "k8s-aws-v1." + "a" * 9000])
def test_garbage_is_401(door: Door, garbage: str) -> None:
    assert door.status(garbage) == 401


def test_an_iam_user_without_an_entry_is_401_whatever_iam_says(lab: Lab, door: Door, person: Person) -> None:
    lab.iam.attach_user_policy(
        UserName=person.arn.rpartition("/")[2], PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess"
    )
    assert door.status(person.token()) == 401
    said = lab.run("kubectl get pods", env=person.environment())
    assert said.code != 0
    assert "You must be logged in to the server" in said.err


def test_the_view_policy_lets_see_and_not_change(lab: Lab, door: Door, person: Person) -> None:
    give(lab, person, VIEW)
    assert door.status(person.token()) == 200
    assert door.status(person.token(), "/api/v1/pods") == 200
    assert door.status(person.token(), f"{PODS}/any", "DELETE") == 403
    assert door.status(person.token(), "/api/v1/namespaces/default/secrets") == 403
    said = lab.run("kubectl auth can-i get pods; kubectl delete pod any", env=person.environment())
    assert said.out == "yes\n"
    assert f'(Forbidden): pods "any" is forbidden: User "{person.arn}" cannot delete resource "pods"' in said.err


def test_a_policy_for_a_namespace_says_nothing_of_others(lab: Lab, door: Door, person: Person) -> None:
    give(lab, person, VIEW, "team")
    statuses = [
        door.status(person.token(), f"/api/v1{where}/pods")
        for where in ("/namespaces/team", "/namespaces/default", "/namespaces/elsewhere", "")
    ]
    assert statuses == [200, 403, 403, 403]
    assert door.status(person.token(), "/api/v1/namespaces/team/pods/any", "DELETE") == 403


def test_a_change_of_an_entry_counts_for_the_next_request(lab: Lab, door: Door, person: Person) -> None:
    who = {"clusterName": "demo", "principalArn": person.arn}
    token = person.token()
    give(lab, person, VIEW)
    assert door.status(token) == 200
    lab.eks.disassociate_access_policy(**who, policyArn=VIEW)
    assert door.status(token) == 403
    lab.eks.associate_access_policy(**who, policyArn=VIEW, accessScope={"type": "namespace", "namespaces": ["default"]})
    assert door.status(token) == 200
    lab.eks.delete_access_entry(**who)
    assert door.status(person.token()) == 401
    assert door.status(token) != 200
    # Upstream's API server keeps the user behind a token for ten seconds; nothing can be set there.
    eventually(lambda: door.status(token) == 401, "401 for the token in use", lambda: door.status(token))


def test_an_entrys_groups_are_those_of_rbac(lab: Lab, door: Door, person: Person) -> None:
    lab.eks.create_access_entry(clusterName="demo", principalArn=person.arn, kubernetesGroups=["readers"])
    assert door.status(person.token(), "/api/v1/namespaces/team/configmaps") == 403
    lab.sh(
        "kubectl create role reader -n team --verb=get,list --resource=configmaps;"
        "kubectl create rolebinding readers -n team --role=reader --group=readers"
    )
    assert door.status(person.token(), "/api/v1/namespaces/team/configmaps") == 200
    assert door.status(person.token(), "/api/v1/namespaces/default/configmaps") == 403
    lab.eks.update_access_entry(clusterName="demo", principalArn=person.arn, kubernetesGroups=["others"])
    assert door.status(person.token(), "/api/v1/namespaces/team/configmaps") == 403


def test_sessions_of_a_role_are_known_by_the_roles_entry(lab: Lab, door: Door) -> None:
    arn = lab.role_trusting(
        "ops", {"Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": "sts:AssumeRole"}
    )
    keys = lab.sts.assume_role(RoleArn=arn, RoleSessionName="anna")["Credentials"]
    session = Person(arn, keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])
    assert door.status(session.token()) == 401
    give(lab, session, VIEW)
    assert door.status(session.token()) == 200
    env = {**session.environment(), "AWS_SESSION_TOKEN": keys["SessionToken"]}
    said = lab.run("kubectl auth whoami", env=env).out
    assert "arn:aws:sts::123456789012:assumed-role/ops/anna" in said


def test_the_aws_auth_config_map_is_read_beside_access_entries(lab: Lab, door: Door, person: Person) -> None:
    mapping = [{"userarn": person.arn, "username": "anna", "groups": ["system:masters"]}]
    name = {"name": "aws-auth", "namespace": "kube-system"}
    aws_auth = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": name, "data": {"mapUsers": json.dumps(mapping)}}
    assert door.status(person.token()) == 401
    lab.apply(aws_auth)
    assert door.status(person.token(), f"{PODS}/any", "DELETE") == 404
    # An entry comes before the ConfigMap, whatever it allows.
    lab.eks.create_access_entry(clusterName="demo", principalArn=person.arn)
    assert door.status(person.token()) == 403
    lab.eks.delete_access_entry(clusterName="demo", principalArn=person.arn)
    lab.sh("kubectl delete configmap aws-auth -n kube-system")
    assert door.status(person.token()) == 401


def test_with_entries_alone_the_config_map_says_nothing(lab: Lab, door: Door, person: Person) -> None:
    """The mode can be changed one way; it is the last thing that happens to this cluster."""
    mapping = [{"userarn": person.arn, "username": "anna", "groups": ["system:masters"]}]
    lab.configure("other")
    lab.sh(f"kubectl create configmap aws-auth -n kube-system --from-literal=mapUsers='{json.dumps(mapping)}'")
    ask = "kubectl auth whoami"
    assert lab.run(ask, env=person.environment()).code == 0
    lab.eks.update_cluster_config(name="other", accessConfig={"authenticationMode": "API"})
    lab.active("other")

    def refused() -> bool:
        return lab.run(ask, env=person.environment()).code != 0

    # A token of the same second is the same token, and one that is in use counts for ten seconds more.
    eventually(refused, "a new token to be refused", lambda: lab.run(ask, env=person.environment()))
    assert lab.run(ask).code == 0
    lab.configure("demo")


def give(lab: Lab, person: Person, policy: str, *namespaces: str) -> None:
    """An access entry with one policy."""
    scope = {"type": "namespace", "namespaces": list(namespaces)} if namespaces else {"type": "cluster"}
    who = {"clusterName": "demo", "principalArn": person.arn}
    lab.eks.create_access_entry(**who)
    lab.eks.associate_access_policy(**who, policyArn=policy, accessScope=scope)
