"""External OIDC identity providers of a cluster."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class IdentityProvider:
    """One OIDC provider whose tokens the API server accepts."""

    identity_provider_config_name: str
    identity_provider_config_arn: str
    cluster_name: str
    issuer_url: str
    client_id: str
    status: str  # CREATING, ACTIVE, DELETING
    username_claim: str | None = None
    username_prefix: str | None = None
    groups_claim: str | None = None
    groups_prefix: str | None = None
    required_claims: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def record_id(self) -> str:
        """What the provider is known by within its cluster."""
        return self.identity_provider_config_name
