from typing import Any

import pytest

from eks_local.cluster.access import Question, allowed, without_path
from tests.cluster.records import ACCOUNT, entry

DEV = f"arn:aws:iam::{ACCOUNT}:role/dev"


def ask(verb: str, what: str, namespace: str = "", *, group: str = "", who: str = DEV) -> Question:
    return Question(who, verb, group, what, namespace)


@pytest.mark.parametrize(
    ("policy", "verb", "group", "resource", "expected"),
    [
        ("AmazonEKSClusterAdminPolicy", "delete", "example.com", "widgets/status", True),
        ("AmazonEKSViewPolicy", "list", "", "pods", True),
        ("AmazonEKSViewPolicy", "get", "", "pods/log", True),
        ("AmazonEKSViewPolicy", "get", "", "secrets", False),
        ("AmazonEKSViewPolicy", "create", "", "pods", False),
        ("AmazonEKSViewPolicy", "list", "", "nodes", False),
        ("AmazonEKSEditPolicy", "create", "apps", "deployments", True),
        ("AmazonEKSEditPolicy", "patch", "apps", "deployments/scale", True),
        ("AmazonEKSEditPolicy", "get", "", "secrets", True),
        ("AmazonEKSEditPolicy", "create", "", "pods/exec", True),
        ("AmazonEKSEditPolicy", "create", "rbac.authorization.k8s.io", "roles", False),
        ("AmazonEKSAdminPolicy", "create", "rbac.authorization.k8s.io", "roles", True),
        ("AmazonEKSAdminPolicy", "create", "", "namespaces", False),
        ("AmazonEKSAdminPolicy", "list", "", "nodes", False),
        ("AmazonEKSAdminViewPolicy", "list", "", "nodes", True),
        ("AmazonEKSAdminViewPolicy", "get", "", "secrets", True),
        ("AmazonEKSAdminViewPolicy", "delete", "", "pods", False),
        ("AmazonEKSSecretReaderPolicy", "list", "", "secrets", True),
        ("AmazonEKSSecretReaderPolicy", "list", "", "pods", False),
        ("NoSuchPolicy", "get", "", "pods", False),
    ],
)
def test_policies(policy: str, verb: str, group: str, resource: str, expected: bool) -> None:
    reason = allowed(ask(verb, resource, "default", group=group), [entry(DEV, policies=[(policy, "cluster")])])
    assert (reason is not None) is expected


@pytest.mark.parametrize(
    ("namespace", "expected"), [("web", True), ("team-a", True), ("team-", True), ("default", False), ("", False)]
)
def test_namespace_scope(namespace: str, expected: bool) -> None:
    scoped = entry(DEV, policies=[("AmazonEKSViewPolicy", "namespace", "web", "team-*")])
    assert (allowed(ask("list", "pods", namespace), [scoped]) is not None) is expected


def test_policies_add_up() -> None:
    both = entry(DEV, policies=[("AmazonEKSViewPolicy", "cluster"), ("AmazonEKSEditPolicy", "namespace", "web")])
    assert allowed(ask("create", "pods", "web"), [both])
    assert allowed(ask("list", "pods"), [both])
    assert not allowed(ask("create", "pods", "default"), [both])


def test_other_paths_are_the_cluster_admins() -> None:
    metrics = Question(DEV, "get", path="/metrics")
    assert allowed(metrics, [entry(DEV, policies=[("AmazonEKSClusterAdminPolicy", "cluster")])])
    assert not allowed(metrics, [entry(DEV, policies=[("AmazonEKSAdminViewPolicy", "cluster")])])


def test_an_entry_is_its_principals_alone() -> None:
    admin = entry(DEV, policies=[("AmazonEKSClusterAdminPolicy", "cluster")])
    assert not allowed(ask("list", "pods", who=f"arn:aws:iam::{ACCOUNT}:role/developer"), [admin])


def test_the_reason_names_policy_and_principal() -> None:
    reason = allowed(ask("list", "pods"), [entry(DEV, policies=[("AmazonEKSViewPolicy", "cluster")])])
    assert reason == f"EKS access policy: allowed by AmazonEKSViewPolicy of {DEV}"


@pytest.mark.parametrize(
    ("arn", "expected"),
    [
        (f"arn:aws:iam::{ACCOUNT}:role/a/b/dev", DEV),
        (DEV, DEV),
        (f"arn:aws:iam::{ACCOUNT}:user/x/jo", f"arn:aws:iam::{ACCOUNT}:user/jo"),
        (f"arn:aws:iam::{ACCOUNT}:root", f"arn:aws:iam::{ACCOUNT}:root"),
    ],
)
def test_without_path(arn: str, expected: str) -> None:
    assert without_path(arn) == expected


class TestReviews:
    def spec(self, **changes: Any) -> dict[str, Any]:
        resource = {"verb": "get", "resource": "pods", "subresource": "log", "namespace": "web"}
        return {"user": "dev", "extra": {"canonicalArn": [DEV]}, "resourceAttributes": resource, **changes}

    def test_resource(self) -> None:
        assert Question.of_review(self.spec()) == Question(DEV, "get", "", "pods/log", "web")

    def test_path(self) -> None:
        spec = {"extra": {"canonicalarn": [DEV]}, "nonResourceAttributes": {"verb": "get", "path": "/metrics"}}
        assert Question.of_review(spec) == Question(DEV, "get", path="/metrics")

    @pytest.mark.parametrize(
        "changes", [{"extra": None}, {"extra": {}}, {"extra": {"canonicalArn": []}}, {"extra": {"canonicalArn": "x"}}]
    )
    def test_not_about_an_iam_principal(self, changes: dict[str, Any]) -> None:
        assert Question.of_review(self.spec(**changes)) is None

    def test_two_principals_are_none(self) -> None:
        assert Question.of_review(self.spec(extra={"canonicalArn": [DEV, "other"]})) is None
