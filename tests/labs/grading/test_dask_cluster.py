"""The cluster that a batch runs on, when none is named: in this process, and nobody else's."""

import warnings

import psutil

from eks_labs.grading import dask_cluster


def test_a_batch_listens_to_nobody_but_this_machine_and_twice_at_a_time() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        with dask_cluster.client(1, None), dask_cluster.client(1, None) as client:
            assert client.submit(sum, (1, 2)).result(timeout=30) == 3
            listening = [each.laddr.ip for each in psutil.Process().net_connections() if each.status == "LISTEN"]
    assert set(listening) <= {"127.0.0.1", "::1"}
