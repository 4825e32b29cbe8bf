"""What access policies allow a caller, beside RBAC: the authorizer EKS runs after Kubernetes' own.

On EKS an access policy leaves no trace in the cluster: no role, no binding. It is the same here. The API server
asks RBAC first; what RBAC has no opinion on is asked of this webhook, which looks the caller's access entry up in
the AWS API's state each time, so a change counts for the next request.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from eks_local.aws.eks.models import AccessEntry, AccessScope
from eks_local.cluster.policies import Rule, rules_of

#: Key of the user's extra information that carries the IAM principal, set by our TokenReview alone.
PRINCIPAL = "canonicalarn"


@dataclass(frozen=True)
class Question:
    """May this principal do that? `resource` carries its subresource ("pods/log"); `path` is set for other URLs."""

    principal_arn: str
    verb: str
    group: str = ""
    resource: str = ""
    namespace: str = ""  # empty: the whole cluster
    path: str = ""

    @classmethod
    def of_review(cls, spec: Mapping[str, object]) -> "Question | None":
        """The question a SubjectAccessReview's spec asks; None when it is not about an IAM principal."""
        extra = spec.get("extra")
        principals = _principals(extra) if isinstance(extra, Mapping) else ()
        if len(principals) != 1:
            return None
        if isinstance(asked := spec.get("resourceAttributes"), Mapping):
            name = str(asked.get("resource", ""))
            if sub := asked.get("subresource"):
                name = f"{name}/{sub}"
            return cls(
                principals[0],
                str(asked.get("verb", "")),
                str(asked.get("group", "")),
                name,
                str(asked.get("namespace", "")),
            )
        if isinstance(asked := spec.get("nonResourceAttributes"), Mapping):
            return cls(principals[0], str(asked.get("verb", "")), path=str(asked.get("path", "")))
        return None


def allowed(question: Question, entries: Iterable[AccessEntry]) -> str | None:
    """Why it is allowed, None when no access policy of the principal allows it."""
    for entry in entries:
        if without_path(entry.principal_arn) != question.principal_arn:
            continue
        for policy in entry.policies:
            if _covers(policy.access_scope, question) and _grants(rules_of(policy.policy_arn), question):
                name = policy.policy_arn.rpartition("/")[2]
                return f"EKS access policy: allowed by {name} of {entry.principal_arn}"
    return None


def without_path(principal_arn: str) -> str:
    """An IAM ARN with the path between its kind and its name left out: names are unique in an account without it."""
    head, kind, tail = principal_arn.rpartition(":")
    parts = tail.split("/")
    return f"{head}{kind}{parts[0]}/{parts[-1]}" if len(parts) > 2 and parts[0] in ("role", "user") else principal_arn


def _covers(scope: AccessScope, question: Question) -> bool:
    if scope.type == "cluster":
        return True
    # A scope of namespaces says nothing of cluster-wide objects, of lists over all namespaces and of other URLs,
    # but a namespace is itself part of its scope.
    return bool(question.namespace) and any(fnmatchcase(question.namespace, pattern) for pattern in scope.namespaces)


def _grants(rules: Sequence[Rule], question: Question) -> bool:
    if question.path:
        return any(rule.allows_path(question.path, question.verb) for rule in rules)
    return any(rule.allows(question.group, question.resource, question.verb) for rule in rules)


def _principals(extra: Mapping[str, object]) -> Sequence[str]:
    # Header and CEL handling lower-case the keys of extra information on some ways in.
    for key, values in extra.items():
        if key.lower() == PRINCIPAL and isinstance(values, Sequence) and not isinstance(values, str):
            return [str(value) for value in values]
    return ()
