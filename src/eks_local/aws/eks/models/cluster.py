"""Clusters."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from eks_local.aws.eks.models.health import HEALTHY, Health


@dataclass(frozen=True)
class VpcConfig:
    """Where the control plane meets the VPC, and who may reach its endpoint."""

    subnet_ids: tuple[str, ...]
    vpc_id: str
    cluster_security_group_id: str
    security_group_ids: tuple[str, ...] = ()
    endpoint_public_access: bool = True
    endpoint_private_access: bool = False
    public_access_cidrs: tuple[str, ...] = ("0.0.0.0/0",)


@dataclass(frozen=True)
class NetworkConfig:
    """Kubernetes' own addresses."""

    service_ipv4_cidr: str
    ip_family: str = "ipv4"
    elastic_load_balancing: Mapping[str, bool] = field(default_factory=lambda: {"enabled": False})


@dataclass(frozen=True)
class LogSetup:
    """Which control plane logs are on."""

    types: tuple[str, ...]
    enabled: bool


@dataclass(frozen=True)
class AccessConfig:
    """Who decides about callers: the aws-auth ConfigMap, access entries or both."""

    authentication_mode: str  # CONFIG_MAP, API_AND_CONFIG_MAP, API


@dataclass(frozen=True)
class UpgradePolicy:
    """Whether the version is kept when standard support ends."""

    support_type: str  # STANDARD, EXTENDED


@dataclass(frozen=True)
class EncryptionConfig:
    """Envelope encryption of Kubernetes secrets."""

    resources: tuple[str, ...]
    key_arn: str

    @property
    def provider(self) -> dict[str, str]:
        """The key, as EKS nests it."""
        return {"keyArn": self.key_arn}


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """One EKS cluster. The fields up to `deletion_protection` are EKS's; those after are the world's own."""

    name: str
    arn: str
    created_at: datetime
    version: str  # minor version: "1.35"
    platform_version: str
    role_arn: str
    status: str  # CREATING, ACTIVE, UPDATING, DELETING, FAILED
    resources_vpc_config: VpcConfig
    kubernetes_network_config: NetworkConfig
    access_config: AccessConfig
    upgrade_policy: UpgradePolicy
    cluster_logging: tuple[LogSetup, ...]
    encryption_config: tuple[EncryptionConfig, ...] = ()
    zonal_shift: bool = False
    deletion_protection: bool = False
    endpoint: str | None = None  # https URL, from ACTIVE on
    ca_data: str | None = None  # base64 PEM, from ACTIVE on
    health: Health = HEALTHY
    tags: Mapping[str, str] = field(default_factory=dict)

    region: str
    account: str
    unique_id: str  # 32 upper-case hexadecimal digits: names the endpoint and the OIDC issuer
    creator_arn: str  # IAM principal that called CreateCluster
    creator_is_admin: bool = True  # EKS never returns it
    bootstrap_self_managed_addons: bool = True
    signing_keys: tuple[str, ...] = ()  # PEM public keys of the service account issuer
    endpoint_address: str | None = None  # public IPv4 address of the endpoint

    @property
    def issuer(self) -> str:
        """OIDC issuer URL of the cluster's service account tokens."""
        return f"https://oidc.eks.{self.region}.amazonaws.com/id/{self.unique_id}"

    @property
    def endpoint_host(self) -> str:
        """DNS name of the API server, known before there is one."""
        return f"{self.unique_id}.gr7.{self.region}.eks.amazonaws.com"

    @property
    def identity(self) -> dict[str, dict[str, str]]:
        """The issuer, as EKS nests it."""
        return {"oidc": {"issuer": self.issuer}}

    @property
    def certificate_authority(self) -> dict[str, str | None]:
        """The API server's CA, as EKS nests it. Empty until ACTIVE."""
        return {"data": self.ca_data}

    @property
    def logging(self) -> dict[str, tuple[LogSetup, ...]]:
        """Control plane logs, as EKS nests them."""
        return {"clusterLogging": self.cluster_logging}

    @property
    def zonal_shift_config(self) -> dict[str, bool] | None:
        """Zonal shift, as EKS nests it; absent when it never was on."""
        return {"enabled": True} if self.zonal_shift else None
