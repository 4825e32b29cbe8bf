"""The EKS backend: tables of records, and the life cycle that reconcilers drive.

Calls leave a record in CREATING, UPDATING or DELETING; whoever does the work ends it with the methods of
`EksBackend` named after the outcome. Every method takes the lock, so they may be called from any thread.
"""

import importlib
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Generic, Protocol, TypeVar

from moto.core.base_backend import BaseBackend

from eks_local.aws.eks import cluster_network
from eks_local.aws.eks.addon_offers import AddonOffers
from eks_local.aws.eks.errors import ResourceNotFound
from eks_local.aws.eks.models.access import AccessEntry
from eks_local.aws.eks.models.addon import Addon
from eks_local.aws.eks.models.answers import Answers
from eks_local.aws.eks.models.cluster import Cluster
from eks_local.aws.eks.models.health import Health, Issue
from eks_local.aws.eks.models.identity_provider import IdentityProvider
from eks_local.aws.eks.models.nodegroup import Nodegroup
from eks_local.aws.eks.models.pod_identity import PodIdentityAssociation
from eks_local.aws.eks.models.update import Update, UpdateError
from eks_local.aws.eks.versions import Offer


@dataclass(frozen=True)
class Settings:
    """What this EKS offers."""

    versions: Offer
    addons: AddonOffers


class Record(Protocol):
    """Anything that belongs to a cluster."""

    @property
    def cluster_name(self) -> str:
        """The cluster it belongs to."""

    @property
    def record_id(self) -> str:
        """What it is known by there."""


_ARN_FIELDS = frozenset(
    ("nodegroup_arn", "addon_arn", "access_entry_arn", "association_arn", "identity_provider_config_arn")
)

R = TypeVar("R", bound=Record)


class Table(Generic[R]):
    """The records of one kind, by cluster and id."""

    def __init__(self, missing: str) -> None:
        """`missing`: EKS's text for an unknown id, with {id} and {cluster}."""
        self._missing = missing
        self._records: dict[tuple[str, str], R] = {}

    def get(self, cluster: str, record_id: str) -> R | None:
        """The record, or None."""
        return self._records.get((cluster, record_id))

    def find(self, cluster: str, record_id: str) -> R:
        """The record. Raises ResourceNotFound."""
        record = self.get(cluster, record_id)
        if record is None:
            raise ResourceNotFound(self._missing.format(id=record_id, cluster=cluster), cluster_name=cluster)
        return record

    def of(self, cluster: str) -> tuple[R, ...]:
        """All records of one cluster, oldest first."""
        return tuple(record for (name, _), record in list(self._records.items()) if name == cluster)

    def all(self) -> tuple[R, ...]:
        """All records, oldest first."""
        return tuple(self._records.values())

    def by_arn(self, arn: str) -> R | None:
        """The record whose own ARN that is, or None."""
        for record in self._records.values():
            own = next((value for name, value in vars(record).items() if name in _ARN_FIELDS), None)
            if own == arn:
                return record
        return None

    def put(self, record: R) -> R:
        """Add the record, or replace the one of the same id."""
        self._records[record.cluster_name, record.record_id] = record
        return record

    def remove(self, cluster: str, record_id: str) -> None:
        """Forget the record; nothing when it is not there."""
        self._records.pop((cluster, record_id), None)

    def remove_cluster(self, cluster: str) -> None:
        """Forget all records of a cluster."""
        for record in self.of(cluster):
            self.remove(cluster, record.record_id)


class EksBackend(BaseBackend):
    """All of EKS in one account and region. moto keeps one per region, in `moto.backends.get_backend("eks")`."""

    def __init__(self, region_name: str, account_id: str, settings: Settings) -> None:
        super().__init__(region_name, account_id)
        self.settings = settings
        self.lock = threading.RLock()
        self.clusters: dict[str, Cluster] = {}
        self.nodegroups: Table[Nodegroup] = Table("No node group found for name: {id}.")
        self.addons: Table[Addon] = Table("No addon: {id} found in cluster: {cluster}")
        self.access_entries: Table[AccessEntry] = Table(
            "The specified principalArn could not be found. You can view your available access entries with "
            "'list-access-entries'."
        )
        self.pod_identities: Table[PodIdentityAssociation] = Table("No association found for associationId: {id}.")
        self.identity_providers: Table[IdentityProvider] = Table("No Identity Provider Config found for name: {id}.")
        self.updates: Table[Update] = Table("No update found for ID: {id}")
        self.answers = Answers()

    @property
    def _url_module(self) -> Any:
        """moto would derive the module from this one's name."""
        return importlib.import_module("eks_local.aws.eks.urls")

    def reset(self) -> None:
        """Forget everything; called by moto's own reset."""
        self.__init__(self.region_name, self.account_id, self.settings)  # type: ignore[misc]

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "lock"}

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        self.answers = Answers()  # of what was saved before there were any
        self.__dict__.update(state)
        self.lock = threading.RLock()

    # -- clusters

    def find_cluster(self, name: str) -> Cluster:
        """The cluster. Raises ResourceNotFound."""
        with self.lock:
            if name not in self.clusters:
                raise ResourceNotFound(f"No cluster found for name: {name}.", cluster_name=name)
            return self.clusters[name]

    def change_cluster(self, name: str, **fields: Any) -> Cluster | None:
        """Replace fields of a cluster's record; None when the cluster is gone."""
        with self.lock:
            if name not in self.clusters:
                return None
            self.clusters[name] = replace(self.clusters[name], **fields)
            return self.clusters[name]

    def activate_cluster(
        self, name: str, *, certificate_authority: str, signing_keys: tuple[str, ...], endpoint: str | None = None
    ) -> None:
        """The control plane answers. `certificate_authority`: base64 PEM; `signing_keys`: PEM public keys of the
        service account issuer; `endpoint`: https URL, EKS's own name for it when None.
        """
        with self.lock:
            cluster = self.clusters.get(name)
            if cluster is None or cluster.status == "DELETING":
                return
            url = endpoint or f"https://{cluster.endpoint_host}"
            self.change_cluster(
                name,
                endpoint=url,
                ca_data=certificate_authority,
                signing_keys=signing_keys,
                status="ACTIVE" if cluster.status in ("CREATING", "FAILED") else cluster.status,
                health=Health(),
            )

    def fail_cluster(self, name: str, issue: Issue) -> None:
        """The control plane could not be made."""
        self.change_cluster(name, status="FAILED", health=Health((issue,)))

    def remove_cluster(self, name: str) -> None:
        """The control plane is gone: forget the cluster and all that belongs to it, its security group too.

        Raises moto's DependencyViolation when something still uses the group; try again then.
        """
        with self.lock:
            if name in self.clusters:
                cluster_network.delete_security_group(self.clusters[name])
            self.clusters.pop(name, None)
            for table in self._tables():
                table.remove_cluster(name)

    # -- node groups and addons

    def change_nodegroup(self, cluster: str, name: str, **fields: Any) -> Nodegroup | None:
        """Replace fields of a node group's record; None when it is gone."""
        return self._change(self.nodegroups, cluster, name, fields)

    def activate_nodegroup(self, cluster: str, name: str) -> None:
        """All nodes joined."""
        self._settle(self.nodegroups, cluster, name, "ACTIVE", Health())

    def fail_nodegroup(self, cluster: str, name: str, status: str, *issues: Issue) -> None:
        """The group is in `status` (CREATE_FAILED, DEGRADED, DELETE_FAILED) because of `issues`."""
        self._change(self.nodegroups, cluster, name, {"status": status, "health": Health(issues)})

    def remove_nodegroup(self, cluster: str, name: str) -> None:
        """The group's instances are gone."""
        with self.lock:
            self.nodegroups.remove(cluster, name)

    def change_addon(self, cluster: str, name: str, **fields: Any) -> Addon | None:
        """Replace fields of an addon's record; None when it is gone."""
        return self._change(self.addons, cluster, name, fields)

    def activate_addon(self, cluster: str, name: str) -> None:
        """The addon's Pods are available."""
        self._settle(self.addons, cluster, name, "ACTIVE", Health())

    def fail_addon(self, cluster: str, name: str, status: str, *issues: Issue) -> None:
        """The addon is in `status` (CREATE_FAILED, UPDATE_FAILED, DEGRADED) because of `issues`."""
        self._change(self.addons, cluster, name, {"status": status, "health": Health(issues)})

    def remove_addon(self, cluster: str, name: str) -> None:
        """The addon's objects are gone, or kept on purpose."""
        with self.lock:
            self.addons.remove(cluster, name)

    # -- identity providers

    def change_identity_provider(self, cluster: str, name: str, **fields: Any) -> IdentityProvider | None:
        """Replace fields of a provider's record; None when it is gone."""
        return self._change(self.identity_providers, cluster, name, fields)

    def activate_identity_provider(self, cluster: str, name: str) -> None:
        """The API server accepts the provider's tokens."""
        self._change(self.identity_providers, cluster, name, {"status": "ACTIVE"})

    def remove_identity_provider(self, cluster: str, name: str) -> None:
        """The API server no longer accepts the provider's tokens."""
        with self.lock:
            self.identity_providers.remove(cluster, name)

    # -- updates

    def open_updates(self, cluster: str) -> tuple[Update, ...]:
        """Updates of a cluster, its node groups and addons that somebody has to bring about."""
        with self.lock:
            return tuple(update for update in self.updates.of(cluster) if update.status == "InProgress")

    def succeed_update(self, cluster: str, update_id: str) -> None:
        """The update is in effect; what it concerned is ACTIVE again when nothing else is open on it."""
        self._end_update(cluster, update_id, "Successful", ())

    def fail_update(self, cluster: str, update_id: str, *errors: UpdateError) -> None:
        """The update was given up because of `errors`; what it concerned is as it was before, ACTIVE."""
        self._end_update(cluster, update_id, "Failed", errors)

    def _end_update(self, cluster: str, update_id: str, status: str, errors: tuple[UpdateError, ...]) -> None:
        with self.lock:
            update = self.updates.get(cluster, update_id)
            if update is None or update.status != "InProgress":
                return
            self.updates.put(replace(update, status=status, errors=errors))
            target = (update.nodegroup_name, update.addon_name)
            if any((other.nodegroup_name, other.addon_name) == target for other in self.open_updates(cluster)):
                return
            if update.nodegroup_name:
                self._leave_updating(self.nodegroups, cluster, update.nodegroup_name)
            elif update.addon_name:
                self._leave_updating(self.addons, cluster, update.addon_name)
            elif cluster in self.clusters and self.clusters[cluster].status == "UPDATING":
                self.change_cluster(cluster, status="ACTIVE")

    def _leave_updating(self, table: Table[Any], cluster: str, name: str) -> None:
        record = table.get(cluster, name)
        if record is not None and record.status == "UPDATING":
            table.put(replace(record, status="ACTIVE"))

    def _settle(self, table: Table[Any], cluster: str, name: str, status: str, health: Health) -> None:
        """Give a record its status unless it is on its way out, or an update is still open on it."""
        with self.lock:
            record = table.get(cluster, name)
            if record is not None and record.status not in ("DELETING", "UPDATING"):
                table.put(replace(record, status=status, health=health))

    def _change(self, table: Table[R], cluster: str, record_id: str, fields: Mapping[str, Any]) -> R | None:
        with self.lock:
            record = table.get(cluster, record_id)
            return table.put(replace(record, **fields)) if record is not None else None  # type: ignore[type-var]

    def tagged_tables(self) -> tuple["TaggedTable", ...]:
        """The tables whose records have an ARN and tags."""
        return (self.nodegroups, self.addons, self.access_entries, self.pod_identities, self.identity_providers)

    def _tables(self) -> tuple[Table[Any], ...]:
        return (*self.tagged_tables(), self.updates)


TaggedTable = Table[Any]


def backend_factory(settings: Settings) -> Callable[..., EksBackend]:
    """What moto's `BackendDict` calls to make the backend of one account and region."""

    def make(region_name: str, account_id: str) -> EksBackend:
        return EksBackend(region_name, account_id, settings)

    return make


def now() -> datetime:
    """The time, as records keep it."""
    return datetime.now(UTC)
