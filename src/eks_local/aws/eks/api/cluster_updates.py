"""UpdateClusterConfig, UpdateClusterVersion, AssociateEncryptionConfig."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from moto.core.responses import ActionResult

from eks_local.aws.eks.api import checks
from eks_local.aws.eks.api.base import EksCalls, texts
from eks_local.aws.eks.api.clusters import creator_entry, encryption_of, logging_of
from eks_local.aws.eks.api.updates import open_update
from eks_local.aws.eks.errors import InvalidParameter, InvalidRequest, ResourceInUse
from eks_local.aws.eks.models.cluster import AccessConfig, Cluster, LogSetup, UpgradePolicy, VpcConfig

_ABSENT = ("remoteNetworkConfig", "controlPlaneScalingConfig", "kubernetesNetworkConfig")
_AUTO_MODE = ("computeConfig", "storageConfig")
_MODES = ("CONFIG_MAP", "API_AND_CONFIG_MAP", "API")


class ClusterUpdateCalls(EksCalls):
    """Changes of a cluster: each is in the record at once, and in the world when its update is Successful."""

    def update_cluster_config(self) -> ActionResult:
        """One kind of change at a time, as EKS has it."""
        cluster = self._cluster_to_update()
        given = self.params
        changers = {
            "resourcesVpcConfig": self._change_vpc,
            "logging": self._change_logging,
            "accessConfig": self._change_access,
            "upgradePolicy": self._change_upgrade_policy,
            "zonalShiftConfig": self._change_zonal_shift,
            "deletionProtection": self._change_deletion_protection,
        }
        asked = [member for member in (*changers, *_ABSENT, *_AUTO_MODE) if given.get(member) is not None]
        absent = [member for member in asked if member not in changers]
        if absent:
            raise NotImplementedError(f"the local EKS does not implement {absent[0]} of UpdateClusterConfig")
        if not asked:
            raise InvalidParameter("No changes needed for the cluster config provided", cluster_name=cluster.name)
        if len(asked) > 1:
            raise InvalidParameter(f"Only one type of update can be allowed, got {', '.join(asked)}")
        return changers[asked[0]](cluster, given[asked[0]])

    def update_cluster_version(self) -> ActionResult:
        """One minor version up."""
        cluster = self._cluster_to_update()
        wanted = self.params["version"]
        version = self.backend.settings.versions.get(wanted)
        if version is None:
            raise InvalidParameter(f"unsupported Kubernetes version {wanted}", cluster_name=cluster.name)
        if wanted == cluster.version:
            raise InvalidParameter(
                f"Cluster is already at the desired configuration with version {wanted}", cluster_name=cluster.name
            )
        major, _, minor = cluster.version.partition(".")
        if version.order != (int(major), int(minor) + 1):
            raise InvalidParameter(
                f"Unsupported Kubernetes minor version update from {cluster.version} to {wanted}",
                cluster_name=cluster.name,
            )
        self._change_cluster(cluster, version=wanted, platform_version=version.platform_version)
        params = {"Version": wanted, "PlatformVersion": version.platform_version}
        return open_update(self.backend, cluster.name, "VersionUpdate", params)

    def associate_encryption_config(self) -> ActionResult:
        """Turn on envelope encryption; there is no way back."""
        cluster = self._active_cluster(self.params["clusterName"])
        if cluster.encryption_config:
            raise InvalidParameter("Encryption is already enabled for the cluster", cluster_name=cluster.name)
        self._change_cluster(cluster, encryption_config=encryption_of(self.params["encryptionConfig"]))
        params = {"EncryptionConfig": self.params["encryptionConfig"]}
        return open_update(self.backend, cluster.name, "AssociateEncryptionConfig", params)

    def _change_vpc(self, cluster: Cluster, given: Mapping[str, Any]) -> ActionResult:
        vpc = cluster.resources_vpc_config
        if given.get("subnetIds") is not None or given.get("securityGroupIds") is not None:
            return self._move(cluster, vpc, given)
        changed = replace(
            vpc,
            endpoint_public_access=_or(given.get("endpointPublicAccess"), vpc.endpoint_public_access),
            endpoint_private_access=_or(given.get("endpointPrivateAccess"), vpc.endpoint_private_access),
            public_access_cidrs=texts(given.get("publicAccessCidrs")) or vpc.public_access_cidrs,
        )
        if not changed.endpoint_public_access and not changed.endpoint_private_access:
            raise InvalidParameter("Private and public endpoint access cannot be false")
        checks.public_cidrs(changed.public_access_cidrs)
        if changed == vpc:
            raise InvalidParameter(
                "Cluster is already at the desired configuration with endpointPrivateAccess: "
                f"{str(vpc.endpoint_private_access).lower()} , endpointPublicAccess: "
                f"{str(vpc.endpoint_public_access).lower()}, and Public Endpoint Restrictions: "
                f"[{', '.join(vpc.public_access_cidrs)}]",
                cluster_name=cluster.name,
            )
        self._change_cluster(cluster, resources_vpc_config=changed)
        params = {
            "EndpointPublicAccess": changed.endpoint_public_access,
            "EndpointPrivateAccess": changed.endpoint_private_access,
            "PublicAccessCidrs": list(changed.public_access_cidrs),
        }
        return open_update(self.backend, cluster.name, "EndpointAccessUpdate", params)

    def _move(self, cluster: Cluster, vpc: VpcConfig, given: Mapping[str, Any]) -> ActionResult:
        """Other subnets or security groups, of the same VPC and zones."""
        subnet_ids = texts(given.get("subnetIds")) or vpc.subnet_ids
        found = checks.subnets(self.current_account, self.region, subnet_ids)
        checks.zones(found)
        if found[0].vpc_id != vpc.vpc_id:
            raise InvalidParameter("Provided subnets belong to a different VPC than the cluster's")
        groups = vpc.security_group_ids
        if given.get("securityGroupIds") is not None:
            groups = texts(given["securityGroupIds"])
        checks.security_groups(self.current_account, self.region, groups, vpc.vpc_id)
        self._change_cluster(
            cluster, resources_vpc_config=replace(vpc, subnet_ids=subnet_ids, security_group_ids=groups)
        )
        params = {"Subnets": list(subnet_ids), "SecurityGroups": list(groups)}
        return open_update(self.backend, cluster.name, "VpcConfigUpdate", params)

    def _change_logging(self, cluster: Cluster, given: Mapping[str, Any]) -> ActionResult:
        """Types that are not mentioned stay as they are."""
        on = {log for setup in cluster.cluster_logging if setup.enabled for log in setup.types}
        for setup in given.get("clusterLogging") or ():
            types = set(setup.get("types") or ())
            on = on | types if setup.get("enabled") else on - types
        logging = logging_of({"clusterLogging": [{"types": sorted(on), "enabled": True}]})
        if logging == cluster.cluster_logging:
            raise InvalidParameter("No changes needed for the logging config provided", cluster_name=cluster.name)
        self._change_cluster(cluster, cluster_logging=logging)
        params = {"ClusterLogging": {"clusterLogging": [_setup(setup) for setup in logging]}}
        return open_update(self.backend, cluster.name, "LoggingUpdate", params)

    def _change_access(self, cluster: Cluster, given: Mapping[str, Any]) -> ActionResult:
        """The authentication mode moves towards API only."""
        mode = given.get("authenticationMode") or cluster.access_config.authentication_mode
        before = cluster.access_config.authentication_mode
        if mode == before:
            raise InvalidParameter(
                f"Unsupported authentication mode update from {before} to {mode}", cluster_name=cluster.name
            )
        if _MODES.index(mode) < _MODES.index(before) or (before, mode) == ("CONFIG_MAP", "API"):
            raise InvalidParameter(
                f"Unsupported authentication mode update from {before} to {mode}", cluster_name=cluster.name
            )
        if before == "CONFIG_MAP" and cluster.creator_is_admin:
            # Until now the creator was an administrator without being listed anywhere.
            self.backend.access_entries.put(creator_entry(cluster))
        self._change_cluster(cluster, access_config=AccessConfig(mode))
        return open_update(self.backend, cluster.name, "AccessConfigUpdate", {"AuthenticationMode": mode})

    def _change_upgrade_policy(self, cluster: Cluster, given: Mapping[str, Any]) -> ActionResult:
        policy = UpgradePolicy(given.get("supportType") or cluster.upgrade_policy.support_type)
        if policy == cluster.upgrade_policy:
            raise InvalidParameter("No changes needed for the upgrade policy provided", cluster_name=cluster.name)
        self._change_cluster(cluster, upgrade_policy=policy)
        params = {"UpgradePolicy": {"supportType": policy.support_type}}
        return open_update(self.backend, cluster.name, "UpgradePolicyUpdate", params)

    def _change_zonal_shift(self, cluster: Cluster, given: Mapping[str, Any]) -> ActionResult:
        self._change_cluster(cluster, zonal_shift=bool(given.get("enabled")))
        return open_update(self.backend, cluster.name, "ZonalShiftConfigUpdate", {"ZonalShiftConfig": dict(given)})

    def _change_deletion_protection(self, cluster: Cluster, given: Any) -> ActionResult:
        self._change_cluster(cluster, deletion_protection=bool(given))
        return open_update(self.backend, cluster.name, "DeletionProtectionUpdate", {"DeletionProtection": bool(given)})

    def _cluster_to_update(self) -> Cluster:
        return self._active_cluster(self.params["name"])

    def _active_cluster(self, name: str) -> Cluster:
        cluster = self.backend.find_cluster(name)
        if cluster.status == "UPDATING":
            raise ResourceInUse("Cannot update because another update is in progress", cluster_name=name)
        if cluster.status != "ACTIVE":
            raise InvalidRequest(f"Cluster is not in ACTIVE status, it is {cluster.status}", cluster_name=name)
        return cluster

    def _change_cluster(self, cluster: Cluster, **fields: Any) -> None:
        self.backend.change_cluster(cluster.name, status="UPDATING", **fields)


def _setup(setup: LogSetup) -> dict[str, Any]:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(setup).items()}


def _or(given: bool | None, before: bool) -> bool:
    return before if given is None else given
