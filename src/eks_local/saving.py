"""Saving a world while it runs: a snapshot of one moment, after which everything goes on.

The moment is made by stopping two things. Calls to the AWS API that would change something wait at its gate, and each
etcd is suspended (SIGSTOP) while its files are copied. What is copied then is what a process that was killed in that
moment would have left, which etcd recovers from: its log is written in order, and its database has a valid page of
an earlier transaction at any time. etcd's own snapshot would be as consistent, but a member cannot be started from it
without a program that lays it out first, and stopping etcd takes the API servers along. Suspended, they notice nothing
but a slow write. Reconcilers are not stopped: what one has half done, it does again in the restored world.
"""

import shutil
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any, Protocol

from eks_local import snapshots
from eks_local.aws import snapshot
from eks_local.paths import WorldPaths


class Stores(Protocol):
    """What holds the clusters' data."""

    def suspended(self) -> AbstractContextManager[None]:
        """Nothing is written to any cluster's data within."""


class Calls(Protocol):
    """What holds the calls that change the AWS API's state."""

    def held(self) -> AbstractContextManager[bool]:
        """None is in progress within."""


class Saving:
    """Writes the snapshot into a folder of the state folder: a box need not see any other."""

    def __init__(self, paths: WorldPaths, region: str, calls: Calls, stores: Stores) -> None:
        self._paths = paths
        self._region = region
        self._calls = calls
        self._stores = stores

    def answer(self, _: Mapping[str, Any]) -> Any:
        """The control socket's `save`: the folder, and how long (seconds) the world held its breath."""
        target = WorldPaths(self._paths.saving)
        shutil.rmtree(target.root, ignore_errors=True)
        target.root.mkdir(mode=0o700)
        try:
            with self._calls.held(), self._stores.suspended():
                started = time.monotonic()
                snapshot.save(target.aws_state)
                snapshots.copy_clusters(self._paths, target)
                held = time.monotonic() - started
            if self._paths.laptop.exists():
                shutil.copy2(self._paths.laptop, target.laptop)
            snapshots.Label(self._region).write(target.root)
        except BaseException:
            shutil.rmtree(target.root, ignore_errors=True)
            raise
        return {"folder": str(target.root), "held": held}
