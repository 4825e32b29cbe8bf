"""Whose fault it is that a submission's Terraform failed."""

from pathlib import Path

import pytest

from eks_labs.facts import Diagnostic
from eks_labs.grading import deployment
from eks_labs.terraform.command import TerraformFailed

SEND = 'https response error StatusCode: 0, RequestID: , request send failed, Post "http://127.0.0.1:4566/clusters": '


@pytest.mark.parametrize(
    ("summary", "ours"),
    [
        ("waiting for EKS Cluster (x) create: unexpected state 'FAILED', wanted target 'ACTIVE'.", True),
        ("waiting for EKS Node Group (x:y) create: unexpected state 'CREATE_FAILED', wanted target 'ACTIVE'", False),
        (f"creating EKS Cluster (x): operation error EKS: CreateCluster, {SEND}EOF", True),
        (f"creating EKS Cluster (x): operation error EKS: CreateCluster, {SEND}read tcp: connection reset", True),
        ("creating EC2 VPC: operation error EC2: CreateVpc, https response error StatusCode: 500, RequestID: 1", True),
        ("creating EC2 VPC: operation error EC2: CreateVpc, https response error StatusCode: 400, RequestID: 1", False),
        ("Error parsing JSON: unexpected EOF", False),
    ],
)
def test_whose_fault_it_is(summary: str, ours: bool) -> None:
    failure = TerraformFailed("apply", [Diagnostic("error", summary, "", "", "")], Path("terraform.log"))
    assert deployment.ours(failure) is ours
