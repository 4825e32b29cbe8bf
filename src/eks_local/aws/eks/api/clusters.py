"""CreateCluster, DescribeCluster, ListClusters, DeleteCluster."""

import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from moto.core.responses import ActionResult

from eks_local.aws.eks import cluster_network
from eks_local.aws.eks.api import checks
from eks_local.aws.eks.api.base import EksCalls, tags_of, texts
from eks_local.aws.eks.errors import InvalidParameter, InvalidRequest, ResourceInUse
from eks_local.aws.eks.models.access import AccessEntry, AccessScope, AssociatedPolicy
from eks_local.aws.eks.models.cluster import (
    AccessConfig,
    Cluster,
    EncryptionConfig,
    LogSetup,
    NetworkConfig,
    UpgradePolicy,
    VpcConfig,
)
from eks_local.aws.eks.models.store import now

LOG_TYPES = ("api", "audit", "authenticator", "controllerManager", "scheduler")
CLUSTER_ADMIN = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
_ABSENT = ("outpostConfig", "remoteNetworkConfig")


class ClusterCalls(EksCalls):
    """Clusters from birth to death; changes in between are in `cluster_updates`."""

    def create_cluster(self) -> ActionResult:
        """Check, make the cluster security group, and record a cluster that is CREATING."""
        given = self.params
        name = given["name"]
        checks.cluster_name(name)
        if name in self.backend.clusters:
            raise ResourceInUse(f"Cluster already exists with name: {name}", cluster_name=name)
        _refuse_what_is_missing(given)
        cluster = self._new_cluster(name, given)
        self.backend.clusters[name] = cluster
        if cluster.creator_is_admin and cluster.access_config.authentication_mode != "CONFIG_MAP":
            self.backend.access_entries.put(creator_entry(cluster))
        return ActionResult({"cluster": cluster})

    def describe_cluster(self) -> ActionResult:
        """The cluster's record."""
        return ActionResult({"cluster": self.backend.find_cluster(self.params["name"])})

    def list_clusters(self) -> ActionResult:
        """Names, sorted."""
        return self.page("clusters", sorted(self.backend.clusters))

    def delete_cluster(self) -> ActionResult:
        """Record that the cluster is to go; it is forgotten once its control plane has ended."""
        cluster = self.backend.find_cluster(self.params["name"])
        name = cluster.name
        if cluster.deletion_protection:
            raise InvalidRequest(
                f"Cluster {name} cannot be deleted because deletion protection is enabled", cluster_name=name
            )
        if self.backend.nodegroups.of(name):
            raise ResourceInUse("Cluster has nodegroups attached", cluster_name=name)
        if cluster.status in ("CREATING", "UPDATING"):
            raise ResourceInUse(f"Cluster cannot be deleted while it is in {cluster.status} state", cluster_name=name)
        gone = self.backend.change_cluster(name, status="DELETING")
        return ActionResult({"cluster": gone})

    def _new_cluster(self, name: str, given: Mapping[str, Any]) -> Cluster:
        offer = self.backend.settings.versions
        version = offer.get(given.get("version") or offer.default)
        if version is None:
            raise InvalidParameter(f"unsupported Kubernetes version {given['version']}", cluster_name=name)
        checks.role(self.current_account, given["roleArn"], "eks", "roleArn")
        vpc = self._vpc_config(given["resourcesVpcConfig"])
        network = _network_config(given.get("kubernetesNetworkConfig") or {})
        access = given.get("accessConfig") or {}
        cluster = Cluster(
            name=name,
            arn=self.arn(f"cluster/{name}"),
            created_at=now(),
            version=version.version,
            platform_version=version.platform_version,
            role_arn=given["roleArn"],
            status="CREATING",
            resources_vpc_config=vpc,
            kubernetes_network_config=network,
            access_config=AccessConfig(access.get("authenticationMode") or "CONFIG_MAP"),
            upgrade_policy=UpgradePolicy((given.get("upgradePolicy") or {}).get("supportType") or "EXTENDED"),
            cluster_logging=logging_of(given.get("logging")),
            encryption_config=encryption_of(given.get("encryptionConfig") or ()),
            zonal_shift=bool((given.get("zonalShiftConfig") or {}).get("enabled")),
            deletion_protection=bool(given.get("deletionProtection")),
            tags=tags_of(given),
            region=self.region,
            account=self.current_account,
            unique_id=uuid.uuid4().hex.upper(),
            creator_arn=self.caller_arn,
            creator_is_admin=access.get("bootstrapClusterCreatorAdminPermissions") is not False,
            bootstrap_self_managed_addons=given.get("bootstrapSelfManagedAddons") is not False,
        )
        group = cluster_network.create_security_group(cluster)
        return replace(cluster, resources_vpc_config=replace(vpc, cluster_security_group_id=group))

    def _vpc_config(self, given: Mapping[str, Any]) -> VpcConfig:
        subnet_ids = texts(given.get("subnetIds"))
        found = checks.subnets(self.current_account, self.region, subnet_ids)
        checks.zones(found)
        group_ids = texts(given.get("securityGroupIds"))
        checks.security_groups(self.current_account, self.region, group_ids, found[0].vpc_id)
        public = given.get("endpointPublicAccess") is not False
        private = bool(given.get("endpointPrivateAccess"))
        if not public and not private:
            raise InvalidParameter("Private and public endpoint access cannot be false")
        cidrs = texts(given.get("publicAccessCidrs"))
        checks.public_cidrs(cidrs)
        return VpcConfig(
            subnet_ids=subnet_ids,
            vpc_id=found[0].vpc_id,
            cluster_security_group_id="",
            security_group_ids=group_ids,
            endpoint_public_access=public,
            endpoint_private_access=private,
            public_access_cidrs=cidrs or ("0.0.0.0/0",),
        )


def creator_entry(cluster: Cluster) -> AccessEntry:
    """EKS gives the creator cluster-admin through an access entry of its own making."""
    policy = AssociatedPolicy(CLUSTER_ADMIN, AccessScope("cluster"), cluster.created_at, cluster.created_at)
    arn = cluster.creator_arn
    name, account = arn.rpartition("/")[2], cluster.account
    is_role = ":role/" in arn
    username = f"arn:aws:sts::{account}:assumed-role/{name}/{{{{SessionName}}}}" if is_role else arn
    return AccessEntry(
        cluster_name=cluster.name,
        principal_arn=arn,
        access_entry_arn=access_entry_arn(cluster, arn),
        created_at=cluster.created_at,
        modified_at=cluster.created_at,
        username=username,
        type="STANDARD",
        policies=(policy,),
    )


def access_entry_arn(cluster: Cluster, principal_arn: str) -> str:
    """EKS's ARN for an access entry: .../access-entry/CLUSTER/user|role/ACCOUNT/NAME/UUID."""
    kind = "role" if ":role/" in principal_arn else "user"
    name = principal_arn.rpartition("/")[2]
    base = cluster.arn.replace(":cluster/", ":access-entry/")
    return f"{base}/{kind}/{cluster.account}/{name}/{uuid.uuid4()}"


def logging_of(given: Mapping[str, Any] | None) -> tuple[LogSetup, ...]:
    """All log types, the enabled ones first, as EKS answers."""
    enabled = {
        log_type
        for setup in (given or {}).get("clusterLogging") or ()
        if setup.get("enabled")
        for log_type in setup.get("types") or ()
    }
    on = tuple(log_type for log_type in LOG_TYPES if log_type in enabled)
    off = tuple(log_type for log_type in LOG_TYPES if log_type not in enabled)
    return tuple(setup for setup in (LogSetup(on, True), LogSetup(off, False)) if setup.types)


def encryption_of(given: Any) -> tuple[EncryptionConfig, ...]:
    """Envelope encryption; EKS knows secrets only."""
    configs = []
    for config in given:
        resources = texts(config.get("resources"))
        if resources != ("secrets",):
            raise InvalidParameter("Resources must be [secrets] in encryptionConfig")
        key = (config.get("provider") or {}).get("keyArn")
        if not key:
            raise InvalidParameter("keyArn is required in the provider of encryptionConfig")
        configs.append(EncryptionConfig(resources, key))
    return tuple(configs)


def _network_config(given: Mapping[str, Any]) -> NetworkConfig:
    if given.get("ipFamily") == "ipv6":
        raise NotImplementedError("the local EKS has no IPv6 clusters (kubernetesNetworkConfig.ipFamily)")
    if (given.get("elasticLoadBalancing") or {}).get("enabled"):
        raise NotImplementedError("the local EKS has no Auto Mode (kubernetesNetworkConfig.elasticLoadBalancing)")
    cidr = given.get("serviceIpv4Cidr") or "172.20.0.0/16"
    checks.private_range(cidr, "serviceIpv4Cidr")
    return NetworkConfig(cidr)


def _refuse_what_is_missing(given: Mapping[str, Any]) -> None:
    """Say so when asked for what this EKS does not do, rather than record it and do nothing."""
    for member in _ABSENT:
        if given.get(member):
            raise NotImplementedError(f"the local EKS does not implement {member} of CreateCluster")
    auto = (given.get("computeConfig") or {}).get("enabled") or (
        (given.get("storageConfig") or {}).get("blockStorage") or {}
    ).get("enabled")
    if auto:
        raise NotImplementedError("the local EKS does not implement Auto Mode (computeConfig, storageConfig)")
