"""Clusters follow the AWS API: each record has a running control plane, and none runs without a record."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from eks_local.aws.state import AwsState
from eks_local.changes import Changes, Loop
from eks_local.cluster import head_start
from eks_local.cluster.addon_keeper import AddonKeeper
from eks_local.cluster.head_start import Begun
from eks_local.cluster.keeper import ClusterKeeper
from eks_local.cluster.log_shipper import LogShipper
from eks_local.cluster.tools import Network, Tools
from eks_local.paths import WorldPaths


class ReconcileFailed(RuntimeError):
    """Some cluster's loop failed; says which and how."""


class ClusterReconciler:
    """Has a loop for each cluster's control plane and one for its add-ons, so that none waits for another."""

    name = "clusters"

    def __init__(
        self,
        paths: WorldPaths,
        changes: Changes,
        network: Network,
        aws: AwsState,
        binaries: Path,
        begun: Mapping[str, Begun],
    ) -> None:
        """`begun`: control planes that run already, by the name of the cluster."""
        self._begun = dict(begun)
        self._tools = Tools(paths, changes, network, aws, binaries)
        self._changes = changes
        self._aws = aws
        self._lock = threading.Lock()
        self._clusters: dict[str, _Loops] = {}

    def reconcile(self) -> None:
        """Start the loops of new clusters, end those of clusters that are gone."""
        wanted = {cluster.name for cluster in self._aws.clusters()}
        with self._lock:
            for name in wanted - set(self._clusters):
                self._clusters[name] = _Loops(name, self._tools, self._begun.pop(name, None))
            for name in list(self._begun):
                head_start.undo(name, self._begun.pop(name))
            for name in set(self._clusters) - wanted:
                self._clusters.pop(name).stop()
            failures = [error for loops in self._clusters.values() for error in loops.errors]
        if failures:
            raise ReconcileFailed("; ".join(failures))

    def pids(self, cluster: str) -> list[int]:
        """Process ids of a cluster's running control plane programs."""
        with self._lock:
            loops = self._clusters.get(cluster)
            return loops.keeper.pids() if loops else []

    def serving(self, cluster: str) -> bool:
        """Whether the cluster's API server has answered since it was started last."""
        with self._lock:
            loops = self._clusters.get(cluster)
            return loops is not None and loops.keeper.serving

    @contextmanager
    def suspended(self) -> Iterator[None]:
        """Nothing is written to any cluster's data within, and no cluster comes or goes."""
        with self._lock, ExitStack() as suspended:
            for loops in self._clusters.values():
                suspended.enter_context(loops.keeper.suspended())
            yield

    def stop(self) -> None:
        """End all loops, programs and servers."""
        with self._lock:
            clusters, self._clusters = list(self._clusters.values()), {}
        threads = [threading.Thread(target=loops.stop, name="stop-cluster") for loops in clusters]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


class _Loops:
    def __init__(self, name: str, tools: Tools, begun: Begun | None) -> None:
        logs = LogShipper(name, tools)
        self.keeper = ClusterKeeper(name, tools, logs, begun)
        self._addons = AddonKeeper(name, tools)
        # Add-ons become healthy by what happens in the cluster, which no change of the AWS API tells.
        # Neither does it tell what programs write.
        self._loops = [
            Loop(self.keeper, tools.changes),
            Loop(self._addons, tools.changes, resync=0.3),
            Loop(logs, tools.changes, resync=0.5),
        ]
        for loop in self._loops:
            loop.start()

    @property
    def errors(self) -> list[str]:
        return [loop.last_error for loop in self._loops if loop.last_error]

    def stop(self) -> None:
        self.keeper.interrupt()
        self._addons.interrupt()
        for loop in self._loops:
            loop.stop()
        self.keeper.end()
