"""The cluster that a batch runs on, when none is named: in this process, and nobody else's."""

import threading
import warnings
from pathlib import Path

import psutil
import pytest
from distributed import Client, Event, LocalCluster

from eks_labs.grading import dask_cluster
from eks_labs.grading.grader import Grader

WITHIN = 30.0
"""Seconds."""


def test_a_batch_listens_to_nobody_but_this_machine_and_twice_at_a_time() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        with dask_cluster.client(1, None), dask_cluster.client(1, None) as client:
            assert client.submit(sum, (1, 2)).result(timeout=WITHIN) == 3
            listening = [each.laddr.ip for each in psutil.Process().net_connections() if each.status == "LISTEN"]
    assert set(listening) <= {"127.0.0.1", "::1"}


def _grader(_: int) -> Grader:
    return dask_cluster.grader()


def test_tasks_of_a_worker_share_a_grader_which_ends_with_it(tmp_path: Path) -> None:
    with dask_cluster.client(4, None) as client:
        found = client.gather(client.map(_grader, range(20)))
    assert len(found) == 20
    assert len(set(found)) == 1
    with pytest.raises(OSError, match="has ended"):
        found[0].worker(tmp_path)


def _wait(_: int) -> bool:
    Event("begun").set()
    return bool(Event("goes on").wait(WITHIN))


def test_whoever_leaves_a_batch_waits_for_what_runs() -> None:
    with dask_cluster.client(1, None) as client:
        running = client.submit(_wait, 1)
        assert Event("begun").wait(WITHIN)
        leaving = threading.Thread(target=dask_cluster.drain, args=(client, [running]))
        leaving.start()
        leaving.join(0.5)
        assert leaving.is_alive()
        Event("goes on").set()
        leaving.join(WITHIN)
        assert running.result(WITHIN) is True


def test_whoever_leaves_a_batch_cancels_what_no_worker_has() -> None:
    with (
        LocalCluster(n_workers=0, processes=False, dashboard_address="127.0.0.1:0") as nobody,
        Client(nobody) as client,
    ):
        waiting = client.submit(sum, (1, 2))
        dask_cluster.drain(client, [waiting])
        assert waiting.cancelled()
