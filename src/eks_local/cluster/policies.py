"""What EKS's access policies allow, as rules of API groups, resources and verbs.

Source: "Review access policy permissions" in the Amazon EKS User Guide. Each policy is a list of allow rules.
"""

from dataclasses import dataclass

_PREFIX = ":cluster-access-policy/"

READ = ("get", "list", "watch")
WRITE = ("create", "delete", "deletecollection", "patch", "update")
ALL = ("*",)


@dataclass(frozen=True)
class Rule:
    """Verbs on resources of API groups (`""` is the core group), or on paths that are no resources."""

    groups: tuple[str, ...]
    resources: tuple[str, ...]
    verbs: tuple[str, ...]
    paths: tuple[str, ...] = ()

    def allows(self, group: str, resource: str, verb: str) -> bool:
        """Whether the rule covers `verb` on `resource` (with its subresource: "pods/log")."""
        return _in(group, self.groups) and _in(resource, self.resources) and _in(verb, self.verbs)

    def allows_path(self, path: str, verb: str) -> bool:
        """Whether the rule covers `verb` on the path of something that is no resource."""
        return _in(path, self.paths) and _in(verb, self.verbs)


def rules_of(policy_arn: str) -> tuple[Rule, ...]:
    """The rules of the policy with that ARN; none for a policy nobody knows."""
    return _POLICIES.get(policy_arn.rpartition(_PREFIX)[2], ())


def _in(value: str, allowed: tuple[str, ...]) -> bool:
    return value in allowed or "*" in allowed


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_WORKLOADS = _words(
    "daemonsets deployments deployments/scale replicasets replicasets/scale statefulsets statefulsets/scale"
)
_WORKLOAD_STATUS = _words("daemonsets/status deployments/status replicasets/status statefulsets/status")
_EXTENSIONS = _words(
    "daemonsets deployments deployments/scale ingresses networkpolicies replicasets replicasets/scale "
    "replicationcontrollers/scale"
)
_CORE = _words(
    "configmaps endpoints persistentvolumeclaims persistentvolumeclaims/status pods replicationcontrollers "
    "replicationcontrollers/scale serviceaccounts services services/status"
)
_CORE_STATUS = _words(
    "bindings events limitranges namespaces/status pods/log pods/status replicationcontrollers/status "
    "resourcequotas resourcequotas/status"
)
_CONNECT = _words("pods/attach pods/exec pods/portforward pods/proxy")

_VIEW = (
    Rule(("apps",), ("controllerrevisions", *_WORKLOADS, *_WORKLOAD_STATUS), READ),
    Rule(("autoscaling",), _words("horizontalpodautoscalers horizontalpodautoscalers/status"), READ),
    Rule(("batch",), _words("cronjobs cronjobs/status jobs jobs/status"), READ),
    Rule(("discovery.k8s.io",), ("endpointslices",), READ),
    Rule(
        ("extensions",),
        (*_EXTENSIONS, *_words("daemonsets/status deployments/status ingresses/status replicasets/status")),
        READ,
    ),
    Rule(("networking.k8s.io",), _words("ingresses ingresses/status networkpolicies"), READ),
    Rule(("policy",), _words("poddisruptionbudgets poddisruptionbudgets/status"), READ),
    Rule(("",), _CORE, READ),
    Rule(("",), _CORE_STATUS, READ),
    Rule(("",), ("namespaces",), READ),
)

_EDIT = (
    *_VIEW,
    Rule(("apps",), (*_WORKLOADS, "deployments/rollback"), WRITE),
    Rule(("autoscaling",), ("horizontalpodautoscalers",), WRITE),
    Rule(("batch",), _words("cronjobs jobs"), WRITE),
    Rule(("extensions",), (*_EXTENSIONS, "deployments/rollback"), WRITE),
    Rule(("networking.k8s.io",), _words("ingresses networkpolicies"), WRITE),
    Rule(("policy",), ("poddisruptionbudgets",), WRITE),
    Rule(("",), (*_CONNECT, *_words("secrets services/proxy")), READ),
    Rule(("",), ("serviceaccounts",), ("impersonate",)),
    Rule(("",), ("pods", *_CONNECT), WRITE),
    Rule(
        ("",),
        _words(
            "configmaps events persistentvolumeclaims replicationcontrollers replicationcontrollers/scale secrets "
            "serviceaccounts services services/proxy"
        ),
        WRITE,
    ),
)

_ADMIN = (
    *_EDIT,
    Rule(("authorization.k8s.io",), ("localsubjectaccessreviews",), ("create",)),
    Rule(("rbac.authorization.k8s.io",), _words("rolebindings roles"), (*READ, *WRITE)),
)

_POLICIES: dict[str, tuple[Rule, ...]] = {
    "AmazonEKSClusterAdminPolicy": (Rule(ALL, ALL, ALL), Rule((), (), ALL, paths=ALL)),
    "AmazonEKSAdminPolicy": _ADMIN,
    "AmazonEKSAdminViewPolicy": (Rule(ALL, ALL, READ),),
    "AmazonEKSEditPolicy": _EDIT,
    "AmazonEKSViewPolicy": _VIEW,
    "AmazonEKSSecretReaderPolicy": (Rule(("",), ("secrets",), READ),),
}
