"""External OIDC identity providers of a cluster."""

import uuid
from typing import Any

from moto.core.responses import ActionResult

from eks_local.aws.eks.api.base import EksCalls, tags_of
from eks_local.aws.eks.api.updates import open_update
from eks_local.aws.eks.errors import InvalidParameter, InvalidRequest, ResourceInUse
from eks_local.aws.eks.models.identity_provider import IdentityProvider

_OPTIONAL = {
    "usernameClaim": "username_claim",
    "usernamePrefix": "username_prefix",
    "groupsClaim": "groups_claim",
    "groupsPrefix": "groups_prefix",
}


class IdentityProviderCalls(EksCalls):
    """At most one provider a cluster: recorded here, made known to the API server by a reconciler."""

    def associate_identity_provider_config(self) -> ActionResult:
        """Record a provider that is CREATING."""
        given = self.params
        cluster = self.backend.find_cluster(given["clusterName"])
        if self.backend.identity_providers.of(cluster.name):
            raise ResourceInUse("Identity provider config already associated.", cluster_name=cluster.name)
        if cluster.status != "ACTIVE":
            raise InvalidRequest(f"Cluster '{cluster.name}' is not in ACTIVE status", cluster_name=cluster.name)
        oidc = given["oidc"]
        if not str(oidc["issuerUrl"]).startswith("https://"):
            raise InvalidParameter("issuerUrl must begin with https://", cluster_name=cluster.name)
        name = oidc["identityProviderConfigName"]
        optional = {field: oidc.get(member) for member, field in _OPTIONAL.items()}
        provider = IdentityProvider(
            identity_provider_config_name=name,
            identity_provider_config_arn=self.arn(f"identityproviderconfig/{cluster.name}/oidc/{name}/{uuid.uuid4()}"),
            cluster_name=cluster.name,
            issuer_url=oidc["issuerUrl"],
            client_id=oidc["clientId"],
            status="CREATING",
            required_claims=dict(oidc.get("requiredClaims") or {}),
            tags=tags_of(given),
            **optional,
        )
        self.backend.identity_providers.put(provider)
        update = open_update(
            self.backend,
            cluster.name,
            "AssociateIdentityProviderConfig",
            {"IdentityProviderConfig": [{"type": "oidc", "name": name}]},
        )
        return ActionResult({**_result(update), "tags": provider.tags})

    def describe_identity_provider_config(self) -> ActionResult:
        """One provider."""
        return ActionResult({"identityProviderConfig": {"oidc": self._provider()}})

    def list_identity_provider_configs(self) -> ActionResult:
        """Types and names."""
        cluster = self.backend.find_cluster(self.params["clusterName"])
        providers = self.backend.identity_providers.of(cluster.name)
        return self.page(
            "identityProviderConfigs",
            [{"type": "oidc", "name": item.identity_provider_config_name} for item in providers],
        )

    def disassociate_identity_provider_config(self) -> ActionResult:
        """Record that the provider is to go."""
        provider = self._provider()
        self.backend.change_identity_provider(
            provider.cluster_name, provider.identity_provider_config_name, status="DELETING"
        )
        return open_update(
            self.backend,
            provider.cluster_name,
            "DisassociateIdentityProviderConfig",
            {"IdentityProviderConfig": [{"type": "oidc", "name": provider.identity_provider_config_name}]},
        )

    def _provider(self) -> IdentityProvider:
        cluster = self.backend.find_cluster(self.params["clusterName"])
        config = self.params["identityProviderConfig"]
        if config.get("type") != "oidc":
            raise InvalidParameter("Identity provider config type must be oidc", cluster_name=cluster.name)
        return self.backend.identity_providers.find(cluster.name, config["name"])


def _result(answer: ActionResult) -> dict[str, Any]:
    result: dict[str, Any] = answer.result
    return result
