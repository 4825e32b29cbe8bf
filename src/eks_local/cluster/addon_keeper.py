"""One cluster's add-ons: the self-managed ones a new cluster starts with, and the managed ones of the AWS API."""

import logging
import threading
import time

from eks_local.aws.eks.models import Addon, Cluster, Issue, UpdateError
from eks_local.cluster import manifests
from eks_local.cluster.addon_health import Health, health_of
from eks_local.cluster.manifests import Configuration, InvalidConfiguration, Values
from eks_local.cluster.tools import Tools
from eks_local.kube import KubeClient, KubeError, Object, client_inside, cluster_dns

log = logging.getLogger(__name__)

#: Owner of the fields that managed add-ons set, as on EKS; those of a new cluster's own are another's.
MANAGER = "eks"
_BOOTSTRAP_MANAGER = "eks:cluster-bootstrap"
#: Seconds between looks at an add-on that was healthy.
_HEALTHY_LOOK = 10.0
#: Seconds an add-on may take before it is called degraded.
_PATIENCE = 20.0

_Wanted = tuple[str, str | None, str | None]


class AddonKeeper:
    """Applies, watches and removes add-ons. One thread calls `reconcile`."""

    def __init__(self, cluster: str, tools: Tools) -> None:
        self.name = f"add-ons of {cluster}"
        self._cluster = cluster
        self._tools = tools
        self._stop = threading.Event()
        self._client: KubeClient | None = None
        self._applied: dict[str, tuple[_Wanted, float]] = {}
        self._looked: dict[str, float] = {}
        self._updated: set[str] = set()  # ids of updates that were applied
        self._workloads: dict[str, tuple[_Wanted, list[Object]]] = {}

    def interrupt(self) -> None:
        """Start nothing more."""
        self._stop.set()

    def reconcile(self) -> None:
        """Bring the add-ons to what their records say. Nothing before the cluster is ACTIVE."""
        cluster = self._tools.aws.cluster(self._cluster)
        if cluster is None or cluster.status not in ("ACTIVE", "UPDATING") or self._stop.is_set():
            return
        network = self._tools.network.control_plane(self._cluster)
        if network is None:
            return
        if self._client is None:
            certificates = self._tools.files(self._cluster).pki.folder
            self._client = client_inside(network.netns, certificates, "addon-manager")
        self._bootstrap(cluster, self._client)
        for addon in self._tools.aws.addons(self._cluster):
            if self._stop.is_set():
                return
            self._follow(cluster, addon, self._client)

    def _bootstrap(self, cluster: Cluster, kube: KubeClient) -> None:
        """What EKS does once for a new cluster: its default add-ons, nobody's to manage."""
        done = self._tools.files(self._cluster).folder / "bootstrapped"
        if done.exists():
            return
        if cluster.bootstrap_self_managed_addons:
            offers = self._tools.aws.eks().settings.addons
            for name in manifests.DEFAULT:
                if offer := offers.default(name, cluster.version):
                    objects = self._objects(cluster, name, offer.version, Configuration({}))
                    for item in objects:
                        kube.apply(item, manager=_BOOTSTRAP_MANAGER, force=True)
        done.touch()

    def _follow(self, cluster: Cluster, addon: Addon, kube: KubeClient) -> None:
        if addon.status == "DELETING":
            return self._remove(cluster, addon, kube)
        name = addon.addon_name
        wanted = _wanted(addon)
        new_updates = set(self._updates(addon)) - self._updated
        if name not in self._applied and addon.status == "ACTIVE" and not new_updates:
            self._applied[name] = (wanted, 0.0)  # of an earlier run of the world: its objects are in etcd
        applied, since = self._applied.get(name, (None, 0.0))
        if applied != wanted or new_updates:
            since = time.monotonic()
            self._applied[name] = (wanted, since)
            self._updated |= new_updates
            if not self._apply(cluster, addon, kube):
                return None
        elif addon.status in ("CREATE_FAILED", "UPDATE_FAILED"):
            return None
        return self._look(cluster, addon, kube, since)

    def _apply(self, cluster: Cluster, addon: Addon, kube: KubeClient) -> bool:
        try:
            configuration = Configuration.parse(addon.configuration_values, addon.service_account_role_arn)
            objects = self._objects(cluster, addon.addon_name, addon.addon_version, configuration)
        except (InvalidConfiguration, FileNotFoundError) as error:
            self._fail(addon, Issue("ConfigurationConflict", str(error)))
            return False
        conflicts: list[str] = []
        for item in objects:
            try:
                kube.apply(item, manager=MANAGER, force=addon.resolve_conflicts == "OVERWRITE")
            except KubeError as error:
                if error.reason != "Conflict":
                    raise
                conflicts += [f"{item['kind']} {item['metadata']['name']} - {c.get('field')}" for c in error.causes]
        if conflicts:
            told = (
                "Conflicts found when trying to apply. Will not continue due to resolve conflicts mode. Conflicts:\n"
                + "\n".join(conflicts)
            )
            self._fail(addon, Issue("ConfigurationConflict", told))
            return False
        return True

    def _look(self, cluster: Cluster, addon: Addon, kube: KubeClient, since: float) -> None:
        now = time.monotonic()
        pending = self._updates(addon)
        if addon.status == "ACTIVE" and not pending and now - self._looked.get(addon.addon_name, 0) < _HEALTHY_LOOK:
            return
        self._looked[addon.addon_name] = now
        health = health_of(kube, self._workloads_of(cluster, addon))
        eks = self._tools.aws.eks()
        if health is Health.GOOD:
            for update_id in pending:
                eks.succeed_update(cluster.name, update_id)
            if addon.status != "ACTIVE" or pending:
                eks.activate_addon(cluster.name, addon.addon_name)
        elif addon.status != "DEGRADED" and now - since > _PATIENCE and not pending:
            issue = Issue("InsufficientNumberOfReplicas", health.value)
            eks.fail_addon(cluster.name, addon.addon_name, "DEGRADED", issue)

    def _remove(self, cluster: Cluster, addon: Addon, kube: KubeClient) -> None:
        if not addon.preserve:
            configuration = Configuration({})
            for item in reversed(self._objects(cluster, addon.addon_name, addon.addon_version, configuration)):
                kube.delete_object(item)
        self._applied.pop(addon.addon_name, None)
        self._tools.aws.eks().remove_addon(cluster.name, addon.addon_name)

    def _fail(self, addon: Addon, issue: Issue) -> None:
        eks = self._tools.aws.eks()
        pending = self._updates(addon)
        for update_id in pending:
            eks.fail_update(addon.cluster_name, update_id, UpdateError(issue.code, issue.message))
        status = "UPDATE_FAILED" if pending else "CREATE_FAILED"
        eks.fail_addon(addon.cluster_name, addon.addon_name, status, issue)

    def _updates(self, addon: Addon) -> list[str]:
        updates = self._tools.aws.open_updates(self._cluster)
        return [update.id for update in updates if update.addon_name == addon.addon_name]

    def _workloads_of(self, cluster: Cluster, addon: Addon) -> list[Object]:
        """Kept: an add-on is looked at many times until it is well, and its manifest is long to parse."""
        wanted = _wanted(addon)
        known, found = self._workloads.get(addon.addon_name, (None, []))
        if known != wanted:
            configuration = Configuration.parse(addon.configuration_values, addon.service_account_role_arn)
            objects = self._objects(cluster, addon.addon_name, addon.addon_version, configuration)
            found = list(manifests.workloads(objects))
            self._workloads[addon.addon_name] = (wanted, found)
        return found

    def _objects(self, cluster: Cluster, name: str, version: str, configuration: Configuration) -> list[Object]:
        return manifests.load(name, version, values_of(cluster), configuration)


def _wanted(addon: Addon) -> _Wanted:
    return addon.addon_version, addon.configuration_values, addon.service_account_role_arn


def values_of(cluster: Cluster) -> Values:
    """What an add-on's manifest needs to know of its cluster."""
    cidr = cluster.kubernetes_network_config.service_ipv4_cidr
    return Values(
        cluster_name=cluster.name,
        cluster_endpoint=cluster.endpoint or f"https://{cluster.endpoint_host}",
        region=cluster.region,
        vpc_id=cluster.resources_vpc_config.vpc_id,
        service_cidr=cidr,
        cluster_dns=cluster_dns(cidr),
        kubernetes_version=cluster.version,
    )
