"""Control plane logs to CloudWatch: what a cluster's programs write goes to its log group, a stream a component.

A reconciler: which types are on is in the cluster's record, each round ships what was written since the last. It also
keeps the files small, whether they are shipped or not.
"""

import hashlib
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from eks_local.aws.eks.models import Cluster
from eks_local.cluster import log_lines
from eks_local.cluster.log_tail import Tail
from eks_local.cluster.tools import Tools

#: A log file that grew larger is emptied, in bytes. The API server rotates its audit log by itself.
LARGEST_FILE = 16 << 20
#: What a stream keeps, of everything that was ever written to it: moto has it all in memory.
MOST_EVENTS = 10_000
MOST_BYTES = 8 << 20


@dataclass(frozen=True)
class Source:
    """Where the events of one type of log come from."""

    stream: str  # its stream's name begins so
    file: str
    clock: log_lines.Clock
    rotates: bool = False  # its writer bounds the file


SOURCES = {
    "api": Source("kube-apiserver", "kube-apiserver.log", log_lines.klog),
    "audit": Source("kube-apiserver-audit", "kube-apiserver-audit.log", log_lines.audit, rotates=True),
    "authenticator": Source("authenticator", "authenticator.log", log_lines.logrus),
    "controllerManager": Source("kube-controller-manager", "kube-controller-manager.log", log_lines.klog),
    "scheduler": Source("kube-scheduler", "kube-scheduler.log", log_lines.klog),
}
"""By the types of `logging.clusterLogging`. EKS's controllerManager has its cloud-controller-manager's too."""


def log_group(cluster: str) -> str:
    """The name of a cluster's log group."""
    return f"/aws/eks/{cluster}/cluster"


def stream_name(source: Source, cluster: Cluster) -> str:
    """EKS names a stream by its component and the machine that it runs on: one machine has one control plane here."""
    machine = hashlib.md5(cluster.unique_id.encode(), usedforsecurity=False).hexdigest()
    return f"{source.stream}-{machine}"


class LogShipper:
    """Ships one cluster's logs. One thread calls `reconcile`; any may call `close` and look at `following`."""

    def __init__(self, cluster: str, tools: Tools) -> None:
        """Begin before the control plane does: what is in its files by now was written by an earlier one."""
        self.name = f"logs of {cluster}"
        self.following: frozenset[str] = frozenset()
        """The types whose next line will be shipped."""
        self._cluster = cluster
        self._tools = tools
        self._folder = tools.files(cluster).logs
        self._begin: dict[str, int] | None = {log_type: self._size(log_type) for log_type in SOURCES}
        self._tails: dict[str, Tail] = {}
        self._lock = threading.Lock()
        self._closed = False

    def reconcile(self) -> None:
        """Follow the types that are on, and those alone; ship what is new."""
        with self._lock:
            cluster = self._tools.aws.cluster(self._cluster)
            if self._closed or cluster is None or cluster.status == "DELETING":
                return
            self._follow(enabled(cluster))
            for log_type, tail in self._tails.items():
                self._ship(cluster, SOURCES[log_type], tail)
            self._bound()

    def close(self) -> None:
        """Ship nothing any more: whoever deletes the log group afterwards does not see it come again."""
        with self._lock:
            self._closed = True
            for tail in self._tails.values():
                tail.close()
            self._tails.clear()

    def _follow(self, wanted: frozenset[str]) -> None:
        for log_type in set(self._tails) - wanted:
            self._tails.pop(log_type).close()
        for log_type in sorted(wanted - set(self._tails)):
            begin = self._size(log_type) if self._begin is None else self._begin[log_type]
            self._tails[log_type] = Tail(self._folder / SOURCES[log_type].file, begin)
        self._begin = None  # what is turned on from now on begins then
        if self.following != wanted:
            self.following = wanted
            self._tools.changes.notify()

    def _ship(self, cluster: Cluster, source: Source, tail: Tail) -> None:
        """One log's new lines, a batch at a time."""
        stream = self._stream(stream_name(source, cluster))
        for lines in _batches(tail):
            stream.put_log_events(log_lines.events(lines, source.clock, datetime.now(UTC)))
            trim(stream)

    def _stream(self, name: str) -> Any:
        """The stream, and its group: EKS makes both where there are none."""
        logs, group = self._tools.aws.logs(), log_group(self._cluster)
        if group not in logs.groups:
            logs.create_log_group(group, {})
        if name not in logs.groups[group].streams:
            logs.create_log_stream(group, name)
        return logs.groups[group].streams[name]

    def _bound(self) -> None:
        """Empty files that grew too large. Their writers append: the next line is the first."""
        for log_type, source in SOURCES.items():
            if source.rotates:
                continue
            if log_type in self._tails:
                self._tails[log_type].empty(LARGEST_FILE)
            elif self._size(log_type) > LARGEST_FILE:
                os.truncate(self._folder / source.file, 0)

    def _size(self, log_type: str) -> int:
        path: Path = self._folder / SOURCES[log_type].file
        return path.stat().st_size if path.exists() else 0


def enabled(cluster: Cluster) -> frozenset[str]:
    """The types that are on."""
    return frozenset(log_type for setup in cluster.cluster_logging if setup.enabled for log_type in setup.types)


def trim(stream: Any) -> None:
    """Drop a stream's oldest events beyond what is kept. Readers have the list from before, or the one from after."""
    size = 0
    for kept, event in enumerate(reversed(stream.events)):
        size += len(event.message)
        if size > MOST_BYTES or kept == MOST_EVENTS:
            stream.events = stream.events[len(stream.events) - kept :]
            return


def _batches(tail: Tail) -> Iterator[list[bytes]]:
    """What there is to read, but not for ever: a log that grows while it is read has its next round."""
    for _ in range(64):
        lines = tail.read()
        if not lines:
            return
        yield lines
