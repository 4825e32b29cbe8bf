"""The AWS target's answers that come from one call of AWS."""

from typing import Any

import pytest

from eks_labs.run_folder import RunFolder
from eks_labs.targets.aws import AwsTarget
from eks_local.status import ClusterEndpoint


class Eks:
    """DescribeCluster, of one cluster that may have no endpoint yet."""

    class exceptions:
        class ResourceNotFoundException(Exception):
            pass

    def __init__(self, **cluster: Any) -> None:
        self._cluster = {"name": "demo", "arn": "arn:demo", **cluster}

    def describe_cluster(self, name: str) -> dict[str, Any]:
        if name != "demo":
            raise self.exceptions.ResourceNotFoundException
        return {"cluster": self._cluster}


SERVES = Eks(endpoint="https://x", certificateAuthority={"data": "Q0E="})


@pytest.mark.parametrize(
    ("eks", "name", "found"),
    [
        (SERVES, "demo", ClusterEndpoint("demo", "arn:demo", "https://x", "Q0E=")),
        (SERVES, "other", None),
        (Eks(status="CREATING"), "demo", None),
    ],
    ids=["serves", "is not there", "is being made"],
)
def test_where_a_cluster_answers(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch, eks: Eks, name: str, found: ClusterEndpoint | None
) -> None:
    target = AwsTarget(RunFolder(tmp_path))
    monkeypatch.setattr(target, "client", lambda _: eks)
    assert target.cluster(name) == found
