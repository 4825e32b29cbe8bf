"""The files that a cluster's API server is started with, beside its certificates."""

from typing import Any

import yaml

from eks_local.cluster import audit
from eks_local.cluster.arguments import WEBHOOK_PORT, Files
from eks_local.cluster.pki import ClusterPKI, Names


def write(files: Files, names: Names) -> None:
    """Make what is missing, for an API server that is called `names`."""
    files.pki.ensure(names)
    write_webhook(files)
    audit.write_policy(files)


def write_webhook(files: Files) -> None:
    """Write what tells the API server to ask the webhook, and what it gives to those who prove nothing."""
    files.authentication.write_text(yaml.safe_dump(_ANONYMOUS, sort_keys=False))
    for path, file in (("authenticate", files.authentication_webhook), ("authorize", files.authorization_webhook)):
        file.write_text(yaml.safe_dump(_kubeconfig(files.pki, path)))
    webhook = {
        "connectionInfo": {"type": "KubeConfigFile", "kubeConfigFile": str(files.authorization_webhook)},
        # A busy machine may take seconds; without an answer the API server would say 403 to whom a policy lets in.
        "timeout": "15s",
        "subjectAccessReviewVersion": "v1",
        "matchConditionSubjectAccessReviewVersion": "v1",
        "failurePolicy": "NoOpinion",
        # Answers are not kept: a policy taken away must not linger.
        "authorizedTTL": "0s",
        "unauthorizedTTL": "0s",
        "cacheAuthorizedRequests": False,
        "cacheUnauthorizedRequests": False,
        # Only IAM principals have access policies; Kubernetes' own users need not be asked about.
        "matchConditions": [{"expression": "has(request.extra) && 'canonicalArn' in request.extra"}],
    }
    chain = {
        "apiVersion": "apiserver.config.k8s.io/v1",
        "kind": "AuthorizationConfiguration",
        "authorizers": [
            {"type": "Node", "name": "node"},
            {"type": "RBAC", "name": "rbac"},
            {"type": "Webhook", "name": "eks-access-policies", "webhook": webhook},
        ],
    }
    files.authorization.write_text(yaml.safe_dump(chain, sort_keys=False))


def _kubeconfig(pki: ClusterPKI, path: str) -> dict[str, Any]:
    client = "apiserver-webhook-client"
    server = {"server": f"https://127.0.0.1:{WEBHOOK_PORT}/{path}", "certificate-authority": str(pki.cert("ca"))}
    user = {"client-certificate": str(pki.cert(client)), "client-key": str(pki.key(client))}
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "eks", "cluster": server}],
        "users": [{"name": "apiserver", "user": user}],
        "contexts": [{"name": "webhook", "context": {"cluster": "eks", "user": "apiserver"}}],
        "current-context": "webhook",
    }


#: EKS from Kubernetes 1.32 on: without a token there is an answer to health checks, and 401 to all else.
_ANONYMOUS = {
    "apiVersion": "apiserver.config.k8s.io/v1",
    "kind": "AuthenticationConfiguration",
    "anonymous": {"enabled": True, "conditions": [{"path": path} for path in ("/healthz", "/livez", "/readyz")]},
}
