"""One cluster's control plane, from CreateCluster to DeleteCluster."""

import base64
import logging
import shutil
import threading
from collections.abc import Sequence, Set
from contextlib import AbstractContextManager

from eks_local.aws.eks.models import Cluster, IdentityProvider, Issue
from eks_local.cluster import attachment, configuration, control_plane, webhook
from eks_local.cluster.arguments import WEBHOOK_PORT, OidcProvider, Settings
from eks_local.cluster.authenticator_log import AuthenticatorLog
from eks_local.cluster.head_start import Begun, Start
from eks_local.cluster.log_shipper import LogShipper, enabled
from eks_local.cluster.pki import Names
from eks_local.cluster.reviews import Reviews
from eks_local.cluster.tools import ControlPlaneNetwork, Tools
from eks_local.kube import KubeClient, client_inside
from eks_local.sandbox import netns
from eks_local.waiting import Stopped, WaitTimeout, wait_for

log = logging.getLogger(__name__)

#: Seconds until a control plane that does not become ready is called failed, which Terraform takes for its last word: a
#: busy machine may need a minute. It goes on trying.
_READY_LIMIT = 240.0


class ClusterKeeper:
    """Keeps one cluster's programs and its record in line. One thread calls `reconcile`; any may call `interrupt`."""

    def __init__(self, cluster: str, tools: Tools, logs: LogShipper, begun: Begun | None = None) -> None:
        """`begun`: its control plane, when that has been started already."""
        self.name = f"cluster {cluster}"
        self._logs = logs
        self._cluster = cluster
        self._tools = tools
        self._files = tools.files(cluster)
        self._stop = threading.Event()
        self._plane = begun.plane if begun else control_plane.of_cluster(cluster, self._files, tools.binaries)
        self._started = begun.start if begun else None
        self._webhook: webhook.Webhook | None = None
        self._answered = -1
        self._client: KubeClient | None = None

    def reconcile(self) -> None:
        """Bring the control plane to what the record says."""
        cluster = self._tools.aws.cluster(self._cluster)
        try:
            if cluster is None or cluster.status == "DELETING":
                self._delete(cluster)
            else:
                self._run(cluster)
        except Stopped:
            return

    def pids(self) -> list[int]:
        """Process ids of the running programs."""
        return self._plane.pids()

    @property
    def serving(self) -> bool:
        """Whether the API server has answered since it was started last."""
        return self._answered == self._plane.generation

    def suspended(self) -> AbstractContextManager[None]:
        """Nothing is written to the cluster's data within."""
        return self._plane.suspended()

    def interrupt(self) -> None:
        """End whatever `reconcile` is waiting for."""
        self._stop.set()

    def end(self, grace: float = 3.0) -> None:
        """End the programs, within `grace` seconds each, and the webhook; the cluster's files stay."""
        self._plane.stop(grace)
        if self._webhook:
            self._webhook.stop()
            self._webhook = None

    def _run(self, cluster: Cluster) -> None:
        if attachment.ensure(cluster):
            self._tools.changes.notify()
        if attachment.guard(cluster):
            self._tools.changes.notify()
        addresses = attachment.addresses(cluster)
        network = wait_for(
            lambda: self._network(addresses),
            what=f"the network of cluster {cluster.name}, with its interfaces {', '.join(sorted(addresses))}",
            seconds=30,
            seen=lambda: self._tools.network.control_plane(self._cluster),
            stop=self._stop,
            poll=0.02,
        )
        settings = self._settings(cluster, network)
        self._prepare(network, Start(_names(cluster, network), settings))
        self._plane.run(settings)
        if self._answered != self._plane.generation:
            self._await_ready(settings)
            self._activate()
        self._plane.run_controllers()
        if attachment.leave(cluster):
            self._tools.changes.notify()
        self._finish(cluster, settings)

    def _prepare(self, network: ControlPlaneNetwork, start: Start) -> None:
        if self._started is None or start.names != self._started.names:
            configuration.write(self._files, start.names)
        if start != self._started:
            start.write(self._files)
            self._started = start
        if self._client is None:
            self._client = client_inside(network.netns, self._files.pki.folder, "cluster-bootstrap")
        if self._webhook is None:
            decisions = AuthenticatorLog(self._files.authenticator_log)
            reviews = Reviews(self._cluster, self._tools.aws, self._require_client, decisions)
            listener = netns.listen(network.netns, "127.0.0.1", WEBHOOK_PORT)
            self._webhook = webhook.Webhook(listener, self._files.pki, reviews.authenticate, reviews.authorize)

    def _settings(self, cluster: Cluster, network: ControlPlaneNetwork) -> Settings:
        addresses = sorted(network.private_addresses)
        before = self._plane.settings.advertise_address if self._plane.settings else ""
        return Settings(
            version=cluster.version,
            binary_version=self._tools.kubernetes,
            issuer=cluster.issuer,
            service_cidr=cluster.kubernetes_network_config.service_ipv4_cidr,
            # One that is still there stays: another one would mean a restart of the API server.
            advertise_address=before if before in addresses else addresses[0],
            oidc=next(map(_oidc, self._providers()), None),
        )

    def _await_ready(self, settings: Settings) -> None:
        def ready() -> bool:
            self._plane.run(settings)  # what died meanwhile is started again
            return self._require_client().ready()

        try:
            wait_for(
                ready,
                what=f"the API server of cluster {self._cluster}",
                seconds=_READY_LIMIT,
                seen=self._plane.trouble,
                stop=self._stop,
                poll=0.1,
            )
        except WaitTimeout as error:
            trouble = self._plane.trouble()
            self._tools.aws.eks().fail_cluster(self._cluster, Issue("InternalFailure", f"{error}: {trouble}"))
            raise
        self._answered = self._plane.generation

    def _activate(self) -> None:
        pki = self._files.pki
        self._tools.aws.eks().activate_cluster(
            self._cluster,
            certificate_authority=base64.b64encode(pki.authority.encode()).decode(),
            signing_keys=(pki.service_account_public_key,),
        )
        self._tools.changes.notify()

    def _finish(self, cluster: Cluster, settings: Settings) -> None:
        """End the updates that are in effect now. Those of node groups and add-ons are others' to end."""
        eks = self._tools.aws.eks()
        open_updates = [
            update for update in eks.open_updates(cluster.name) if not update.nodegroup_name and not update.addon_name
        ]
        current = self._tools.aws.cluster(cluster.name)
        if current is None or current.version != settings.version:
            return  # changed while this round ran: the next one sees to it
        for update in open_updates:
            if update.type == "LoggingUpdate" and self._logs.following != enabled(current):
                continue  # the shipper tells when it does
            eks.succeed_update(cluster.name, update.id)
        in_effect = settings.oidc
        for provider in self._providers():
            if provider.status == "CREATING" and _oidc(provider) == in_effect:
                eks.activate_identity_provider(cluster.name, provider.identity_provider_config_name)
        for provider in self._tools.aws.identity_providers(cluster.name):
            if provider.status == "DELETING" and _oidc(provider) != in_effect:
                eks.remove_identity_provider(cluster.name, provider.identity_provider_config_name)

    def _delete(self, cluster: Cluster | None) -> None:
        self.end(grace=0.5)  # nothing that a program might save is kept
        if cluster:
            self._logs.close()
            attachment.remove(cluster)
            shutil.rmtree(self._files.folder, ignore_errors=True)
            self._tools.aws.eks().remove_cluster(cluster.name)
            self._tools.changes.notify()

    def _providers(self) -> Sequence[IdentityProvider]:
        return [p for p in self._tools.aws.identity_providers(self._cluster) if p.status != "DELETING"]

    def _network(self, addresses: Set[str]) -> ControlPlaneNetwork | None:
        network = self._tools.network.control_plane(self._cluster)
        return network if network and set(network.private_addresses) == addresses else None

    def _require_client(self) -> KubeClient:
        if self._client is None:
            raise RuntimeError(f"cluster {self._cluster} has no certificates yet")
        return self._client


def _names(cluster: Cluster, network: ControlPlaneNetwork) -> Names:
    addresses = [network.public_address, *sorted(network.private_addresses)]
    return Names.of_cluster(cluster.endpoint_host, cluster.kubernetes_network_config.service_ipv4_cidr, addresses)


def _oidc(provider: IdentityProvider) -> OidcProvider:
    return OidcProvider(
        issuer_url=provider.issuer_url,
        client_id=provider.client_id,
        username_claim=provider.username_claim,
        username_prefix=provider.username_prefix,
        groups_claim=provider.groups_claim,
        groups_prefix=provider.groups_prefix,
        required_claims=tuple(sorted(provider.required_claims.items())),
    )
