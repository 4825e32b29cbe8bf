"""A submission's Terraform: whose fault it is that it failed, and what is read once only."""

import json
from pathlib import Path

import pytest

from eks_labs.facts import Diagnostic
from eks_labs.grading import deployment
from eks_labs.run import workspace
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


LOCK = """# This file is maintained automatically by "terraform init".

provider "registry.terraform.io/hashicorp/aws" {
  version     = "5.100.0"
  constraints = "~> 5.100"
  hashes = [
    "h1:one=",
    "zh:two",
  ]
}

provider "registry.terraform.io/hashicorp/tls" {
  version = "4.0.5"
  hashes = [
    "h1:three=",
  ]
}
"""


def test_providers_of_which_an_init_has_compared_the_checksums_are_trusted(tmp_path: Path) -> None:
    files = workspace.of("chapter07", tmp_path)
    files.terraform.mkdir(parents=True)
    deployment.trust_providers(files)
    lock = files.terraform / ".terraform.lock.hcl"
    assert not lock.exists()
    lock.write_text(LOCK)
    deployment.trust_providers(files)
    dropped = [line.strip() for line in LOCK.splitlines() if line not in lock.read_text().splitlines()]
    assert dropped == ["hashes = [", '"h1:one=",', '"zh:two",', "]", "hashes = [", '"h1:three=",', "]"]
    assert lock.read_text().count("version ") == 2


def hook(kind: str, address: str, action: str = "create") -> str:
    return json.dumps({"type": kind, "hook": {"resource": {"addr": address}, "action": action}})


def test_what_terraform_was_working_on_is_told(tmp_path: Path) -> None:
    log = tmp_path / "terraform.log"
    assert deployment.unfinished(log) == ""
    lines = [
        hook("apply_start", "aws_vpc.it"),
        hook("apply_complete", "aws_vpc.it"),
        hook("apply_start", "aws_eks_addon.cni", "update"),
        hook("apply_progress", "aws_eks_addon.cni", "update"),
        hook("apply_start", "terraform_data.it"),
        hook("apply_errored", "terraform_data.it"),
        "chatter",
        '{"type": "apply_start"}',
        '{"type": "apply_st',
    ]
    log.write_text("\n".join(lines))
    assert deployment.unfinished(log) == "update aws_eks_addon.cni"
    said = json.dumps({"@message": "Initializing provider plugins...", "type": "init_output"})
    log.write_text("\n".join([said, '{"type": "version"}', "chatter"]))
    assert deployment.unfinished(log) == "Initializing provider plugins..."
    log.write_text("\n".join(hook("apply_start", f"aws_subnet.it[{number}]") for number in range(5)))
    assert deployment.unfinished(log) == "create aws_subnet.it[0], create aws_subnet.it[1], create aws_subnet.it[2], …"
