"""The dask cluster that a batch runs on: of this process alone, or somebody's, by its scheduler's address."""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import dask
from distributed import Client, Event, LocalCluster, Worker, WorkerPlugin, get_worker, wait
from distributed.utils import sync

from eks_labs import scratch
from eks_labs.errors import LabsError
from eks_labs.grading.grader import Grader


class _Grading(WorkerPlugin):  # type: ignore[misc]  # dask tells no types
    """What a worker of dask has that has graded: https://distributed.dask.org/en/stable/plugins.html#worker-plugins"""

    name = "eks-labs-grading"

    def __init__(self) -> None:
        self.grader = Grader()

    def teardown(self, worker: Worker) -> None:  # noqa: ARG002 - dask's shape
        self.grader.close()


def grader() -> Grader:
    """In a task: the one of its worker. Tasks of other batches that run there share it."""
    worker = get_worker()
    found: Grader = sync(worker.loop, _grader_of, worker)
    return found


async def _grader_of(worker: Worker) -> Grader:
    """In the worker's event loop, where no two do so at the same time."""
    # Not registered by the client: dask would then refuse workers that join later and have no EKS labs.
    if _Grading.name not in worker.plugins:
        await worker.plugin_add(_Grading())
    plugin: _Grading = worker.plugins[_Grading.name]
    return plugin.grader


@contextmanager
def client(jobs: int, scheduler: str | None) -> Iterator[Client]:
    """A client of the cluster. Raises `LabsError` without the scheduler."""
    with (
        dask.config.set({"distributed.comm.timeouts.connect": "10s"}),
        _own(jobs) if scheduler is None else _named(scheduler) as connected,
    ):
        yield connected


def _named(scheduler: str) -> Client:
    try:
        return Client(scheduler, timeout="10s")
    except (OSError, ValueError, TimeoutError) as error:
        raise LabsError(
            f"there is no scheduler at {scheduler}: {error}",
            "Start one with: dask scheduler, and workers with: dask worker",
        ) from error


@contextmanager
def _own(jobs: int) -> Iterator[Client]:
    # A task takes minutes: a cluster in this process need not look at itself a hundred times a second.
    settings = {
        "distributed.worker.profile.enabled": False,
        "distributed.admin.tick.interval": "500ms",
        "distributed.admin.system-monitor.interval": "10s",
        "distributed.worker.memory.monitor-interval": "10s",
    }
    # It serves HTTP whether there is a dashboard or not: to nobody but this machine, at any free port.
    own = {"dashboard_address": "127.0.0.1:0", "worker_dashboard_address": "127.0.0.1:0"}
    with (
        scratch.folder("dask") as place,
        dask.config.set({**settings, "temporary-directory": str(place)}),
        LocalCluster(n_workers=1, threads_per_worker=jobs, processes=False, **own) as cluster,
        Client(cluster) as connected,
    ):
        yield connected


class Stopped:
    """Whether a batch was stopped, by the name of its event: whoever asks often gets the answer of a moment ago."""

    def __init__(self, event: str) -> None:
        self._event = Event(event)
        self._ask_at = 0.0
        self._answer = False

    def __call__(self) -> bool:
        """Ask, once a second at most."""
        if time.monotonic() >= self._ask_at:
            try:
                self._answer = bool(self._event.is_set())
            except Exception:  # the cluster is gone, and with it who wants to know
                self._answer = True
            self._ask_at = time.monotonic() + _ANSWER_HOLDS
        return self._answer


_ANSWER_HOLDS = 1.0
"""Seconds."""

_LONGEST_END = 60
"""Seconds for the tasks that run to have ended their worlds."""


def drain(client: Client, futures: Iterable[Any]) -> None:
    """Wait for the tasks that run to have ended their worlds; those that begin now end at once.

    Only those that no worker has are cancelled: dask forgets a task that is, whether it runs or not.
    """
    try:
        begun = {key for keys in client.processing().values() for key in keys}
        client.cancel([future for future in futures if future.key not in begun])
        if running := [future for future in futures if future.key in begun]:
            wait(running, timeout=_LONGEST_END)
    except Exception:  # a cluster that is going away has no more to tell
        return
