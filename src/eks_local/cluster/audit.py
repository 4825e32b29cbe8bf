"""What the API server writes into its audit log: ours, after what EKS's is known to contain.

Requests are logged when they are answered. Changes have the object as it was sent and as it was stored; reads have
who, what and when. Of Secrets, ConfigMaps and tokens no content is ever written, except for the aws-auth ConfigMap,
which decides who is admitted. What the system asks for all the time and nobody asks about is left out.
"""

from typing import Any

import yaml

from eks_local.cluster.arguments import Files

#: Their reads are what keeps them up to date. Changes are logged of them as of everybody.
_COMPONENTS = ["system:apiserver", "system:kube-controller-manager", "system:kube-scheduler", "system:kube-proxy"]
_CHANGES = ["create", "update", "patch", "delete", "deletecollection"]


def write_policy(files: Files) -> None:
    """Write the policy that the API server is started with."""
    files.audit_policy.write_text(yaml.safe_dump(policy(), sort_keys=False))


def policy() -> dict[str, Any]:
    """The audit policy: the first rule that fits decides."""
    return {
        "apiVersion": "audit.k8s.io/v1",
        "kind": "Policy",
        # One event a request, when it is done, rather than a second one when it comes.
        "omitStages": ["RequestReceived"],
        # Half of an object is who set which field: of what was sent, and again of what was stored.
        "omitManagedFields": True,
        "rules": [
            _rule("RequestResponse", "", "configmaps", names=["aws-auth"], namespaces=["kube-system"], verbs=_CHANGES),
            # Heartbeats of nodes and of the control plane: several a second in a large cluster.
            _rule("None", "coordination.k8s.io", "leases", namespaces=["kube-node-lease"]),
            _rule("None", "", "events"),
            _rule("None", "events.k8s.io", "events"),
            {
                "level": "None",
                "users": [*_COMPONENTS],
                "verbs": ["get", "list", "watch"],
            },
            {"level": "None", "nonResourceURLs": ["/healthz*", "/livez*", "/readyz*", "/version", "/swagger*"]},
            {"level": "None", "userGroups": ["system:nodes"], "verbs": ["get", "list", "watch"]},
            # Status, all the time: what was sent is enough.
            {"level": "Request", "userGroups": ["system:nodes"], "verbs": ["update", "patch"]},
            _rule("Metadata", "", "secrets", "configmaps", "serviceaccounts/token"),
            _rule("Metadata", "authentication.k8s.io", "tokenreviews"),
            {"level": "RequestResponse", "verbs": _CHANGES},
            {"level": "Metadata"},
        ],
    }


def _rule(level: str, group: str, *resources: str, **more: Any) -> dict[str, Any]:
    names = more.pop("names", None)
    named = {"resourceNames": names} if names else {}
    return {"level": level, "resources": [{"group": group, "resources": list(resources), **named}], **more}
