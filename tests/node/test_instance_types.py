import pytest

from eks_local.node.instance_types import instance_type


@pytest.mark.parametrize(
    # From eni-max-pods.txt of awslabs/amazon-eks-ami.
    ("name", "pods"),
    [
        ("t2.micro", 4),
        ("t3.nano", 4),
        ("t3.micro", 4),
        ("t3.small", 11),
        ("t3.medium", 17),
        ("t3.large", 35),
        ("t3.xlarge", 58),
        ("m5.large", 29),
        ("m5.xlarge", 58),
        ("m5.4xlarge", 234),
        ("m5.24xlarge", 737),
        ("c5.large", 29),
        ("c6i.xlarge", 58),
        ("m6i.large", 29),
        ("t4g.small", 11),
        ("r5.large", 29),
    ],
)
def test_max_pods(name: str, pods: int) -> None:
    kind = instance_type(name)
    assert kind is not None
    assert kind.max_pods == pods


@pytest.mark.parametrize(
    ("name", "cpu", "memory"),
    [
        ("t3.small", "70m", "376Mi"),
        ("t3.medium", "70m", "442Mi"),
        ("m5.large", "70m", "574Mi"),
        ("m5.xlarge", "80m", "893Mi"),
        ("m5.2xlarge", "90m", "893Mi"),
        ("m5.4xlarge", "110m", "2829Mi"),
    ],
)
def test_reserved_as_nodeadm_computes_it(name: str, cpu: str, memory: str) -> None:
    kind = instance_type(name)
    assert kind is not None
    assert kind.kube_reserved() == {"cpu": cpu, "ephemeral-storage": "1Gi", "memory": memory}


def test_large_types_may_have_more_pods_in_managed_groups() -> None:
    small, large = instance_type("t3.small"), instance_type("m5.24xlarge")
    assert small is not None
    assert large is not None
    assert (small.managed_limit, large.managed_limit) == (110, 250)


def test_unknown_type() -> None:
    assert instance_type("t99.small") is None


def test_architecture() -> None:
    graviton, intel = instance_type("t4g.small"), instance_type("t3.small")
    assert graviton is not None
    assert intel is not None
    assert (graviton.architecture, intel.architecture) == ("arm64", "amd64")
