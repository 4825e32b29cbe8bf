"""What of Terraform's time was the provider's own waiting."""

import pytest

from eks_labs.terraform.waits import Span, measure, type_of


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("aws_vpc.this", "aws_vpc"),
        ('module.network.aws_subnet.public["us-east-1a"]', "aws_subnet"),
        ("module.cluster.aws_eks_cluster.this", "aws_eks_cluster"),
        ("module.a.module.b[0].data.aws_iam_policy_document.assume", "aws_iam_policy_document"),
        ("terraform_data.x", ""),
        ('aws_eks_addon.node["aws_vpc.cni"]', "aws_eks_addon"),
    ],
)
def test_resource_type_of_an_address(address: str, expected: str) -> None:
    assert type_of(address) == expected


def test_only_time_in_which_nothing_else_happens_counts() -> None:
    waited, waits = measure(
        [
            Span("aws_vpc.this", "create", 0, 11),
            Span("aws_iam_role.cluster", "create", 0, 2),
            Span("aws_subnet.a", "create", 11, 22),
            Span("aws_subnet.b", "create", 11, 21.5),
        ]
    )
    assert waited == pytest.approx(20)
    assert [wait.address for wait in waits] == ["aws_vpc.this", "aws_subnet.a", "aws_subnet.b"]


def test_quick_operations_are_work() -> None:
    assert measure([Span("aws_eks_cluster.this", "delete", 0, 1.2)]) == (0.0, ())


def test_nothing_done_nothing_waited() -> None:
    assert measure([]) == (0.0, ())
