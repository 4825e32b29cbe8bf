"""Everything about nodes that follows the AWS API, in loops of its own so that none waits for another."""

import logging
import threading
import time
from pathlib import Path
from typing import Protocol

from eks_local.aws.eks.models import Cluster
from eks_local.aws.state import AwsState
from eks_local.changes import Changes, Loop
from eks_local.kube import KubeClient, client_inside
from eks_local.node import cloud_controller
from eks_local.node.groups import GroupKeeper, Place
from eks_local.node.instances import InstanceKeeper
from eks_local.node.watch import NodeWatch, instance_id, ready_since
from eks_local.paths import WorldPaths

log = logging.getLogger(__name__)

_SERVING = ("ACTIVE", "UPDATING")


class ControlPlaneNetwork(Protocol):
    """Where a control plane runs."""

    @property
    def netns(self) -> str:
        """Name of its network namespace."""


class Network(Protocol):
    """What the network side of the world tells."""

    def ready(self, instance: str) -> bool:
        """Whether an instance's namespace is there, addressed and routed, and its metadata service answers."""

    def control_plane(self, cluster: str) -> ControlPlaneNetwork | None:
        """The place of the cluster's control plane, None until it is there."""


class ReconcileFailed(RuntimeError):
    """An inner loop failed; says which and how."""


class NodeReconciler:
    """Instances and their processes, node groups, Node objects."""

    name = "nodes"

    def __init__(
        self, paths: WorldPaths, changes: Changes, network: Network, aws: AwsState, binaries: Path, api_url: str
    ) -> None:
        """`api_url` is where instances and Pods find the AWS API."""
        self._instances = InstanceKeeper(paths, network, aws, binaries, api_url)
        self._clusters = _Clusters(paths, changes, network, aws, self._instances)
        self._loops = [Loop(self._instances, changes, resync=0.5), Loop(self._clusters, changes, resync=1.0)]
        self._started = threading.Event()
        self._born = time.time()

    def reconcile(self) -> None:
        """Start the inner loops; raise when one of them fails."""
        if not self._started.is_set():
            self._started.set()
            for loop in self._loops:
                loop.start()
        failures = [loop.last_error for loop in self._loops if loop.last_error]
        if failures:
            raise ReconcileFailed("; ".join(failures))

    def vantage(self, instance: str) -> int | None:
        """A process in the instance with that id, as the box numbers it; None when it does not run (yet)."""
        return self._instances.pid(instance)

    def missing(self, instance: str) -> str:
        """What an instance that EC2 says is up still lacks; empty when nothing.

        A node must have said that it is Ready in this life of the world: what it said in an earlier one is on record.
        """
        if not self._instances.booted(instance):
            return f"the boot of instance {instance}"
        if self._instances.is_node(instance) and not self._clusters.heard_ready(instance, self._born):
            return f"the node on instance {instance}, Ready"
        return ""

    def pids(self) -> list[int]:
        """Process 1 of every running instance."""
        return self._instances.pids()

    def stop(self) -> None:
        """End the loops, the watches and all instances' processes."""
        if self._started.is_set():
            for loop in self._loops:
                loop.stop()
        self._clusters.stop()
        self._instances.stop()


class _Clusters:
    """Node groups and Node objects of all clusters that serve."""

    name = "node groups"

    def __init__(
        self, paths: WorldPaths, changes: Changes, network: Network, aws: AwsState, instances: InstanceKeeper
    ) -> None:
        self._paths = paths
        self._changes = changes
        self._network = network
        self._aws = aws
        self._instances = instances
        self._groups = GroupKeeper(aws, changes)
        self._open: dict[str, tuple[KubeClient, NodeWatch]] = {}

    def reconcile(self) -> None:
        clusters = {cluster.name: cluster for cluster in self._aws.clusters() if cluster.status in _SERVING}
        for gone in set(self._open) - set(clusters):
            self._open.pop(gone)[1].stop()
        failures: list[Exception] = []
        for cluster in clusters.values():
            try:
                self._follow(cluster)
            except Exception as error:
                # One cluster's trouble is not another's.
                log.warning("nodes of %s: %s", cluster.name, error)
                failures.append(error)
        if failures:
            raise failures[0]

    def heard_ready(self, instance: str, since: float) -> bool:
        """Whether a Node on the instance has said since a moment (seconds since the epoch) that it is Ready."""
        found = [node for _, watch in list(self._open.values()) for node in watch.nodes.values()]
        return any(instance_id(node) == instance and ready_since(node, since) for node in found)

    def stop(self) -> None:
        for _, watch in self._open.values():
            watch.stop()
        self._open.clear()

    def _follow(self, cluster: Cluster) -> None:
        if cluster.name not in self._open:
            network = self._network.control_plane(cluster.name)
            if network is None:
                return
            certificates = self._paths.cluster(cluster.name) / "pki"
            client = client_inside(network.netns, certificates, "node-manager")
            watching = client_inside(network.netns, certificates, "cloud-controller-manager")
            self._open[cluster.name] = (client, NodeWatch(cluster.name, watching, self._changes.notify))
        client, watch = self._open[cluster.name]
        if not watch.synced:
            return
        instances = {instance.id: instance for instance in self._aws.instances()}
        cloud_controller.follow(client, watch.nodes, instances)
        place = Place(cluster, client, watch.nodes, self._instances.trouble)
        for group in self._aws.nodegroups(cluster.name):
            self._groups.step(place, group)
