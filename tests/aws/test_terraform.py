"""Every EKS resource of the real AWS provider: applied, planned again, updated in place, imported, destroyed."""

import json
from pathlib import Path

import pytest

from eks_local.aws.tokens import verify
from tests.aws.conftest import Api
from tests.aws.terraform import Terraform

pytestmark = [pytest.mark.world, pytest.mark.timeout(1200)]

BASE = (Path(__file__).parent / "terraform_base.tf").read_text()
RESOURCES = (Path(__file__).parent / "terraform_resources.tf").read_text()
IMPORTS = {
    "aws_cloudwatch_log_group.control_plane": "/aws/eks/lab/cluster",
    "aws_eks_cluster.main": "lab",
    "aws_eks_node_group.plain": "lab:plain",
    "aws_eks_node_group.template": "lab:template",
    "aws_eks_addon.cni": "lab:vpc-cni",
    "aws_eks_access_entry.ops": "lab:{ops}",
    "aws_eks_access_policy_association.ops": "lab#{ops}#arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy",
    "aws_eks_pod_identity_association.app": "lab,{association}",
    "aws_eks_identity_provider_config.oidc": "lab:corporate",
}


def test_every_eks_resource_lives_through_its_whole_life(living: Api, tmp_path: Path) -> None:
    terraform = Terraform.prepare(tmp_path, living, BASE + RESOURCES)
    terraform.apply(step="1")
    before = terraform.resources()
    token = before["data.aws_eks_cluster_auth.main"]["token"]
    assert verify(token, "lab").arn.endswith(":user/learner")
    terraform.apply(step="2")
    after = terraform.resources()
    for address, resource in after.items():
        if address.startswith("aws_eks_") and "arn" in resource:
            assert resource["arn"] == before[address]["arn"], f"{address} was replaced instead of updated"
    assert after["aws_eks_cluster.main"]["version"] == "1.35"
    assert after["aws_eks_node_group.plain"]["scaling_config"][0]["max_size"] == 4
    assert after["aws_eks_cluster.main"]["vpc_config"][0]["public_access_cidrs"] == ["203.0.113.10/32"]
    assert after["aws_cloudwatch_log_group.control_plane"]["retention_in_days"] == 7
    _import_everything(terraform, after)
    terraform.run("destroy", "-auto-approve", "-input=false", "-var=step=2")
    assert living.state.clusters() == ()
    assert [group.name for group in living.state.security_groups() if group.name.startswith("eks-")] == []


def _import_everything(terraform: Terraform, resources: dict[str, dict[str, object]]) -> None:
    """Forget the EKS resources, import them again, and see that nothing is left to do."""
    names = {
        "ops": resources["aws_iam_role.ops"]["arn"],
        "association": resources["aws_eks_pod_identity_association.app"]["association_id"],
    }
    terraform.run("state", "rm", *IMPORTS)
    blocks = [
        f"import {{\n  to = {address}\n  id = {json.dumps(pattern.format(**names))}\n}}\n"
        for address, pattern in IMPORTS.items()
    ]
    (terraform.folder / "imports.tf").write_text("".join(blocks))
    terraform.run("apply", "-auto-approve", "-input=false", "-var=step=2")
    (terraform.folder / "imports.tf").unlink()
    plan = terraform.run("plan", "-detailed-exitcode", "-input=false", "-var=step=2", expect=(0, 2))
    assert plan.returncode == 0, f"not as imported:\n{plan.stdout[-6000:]}"
