"""The VPC's resources of the real AWS provider: applied, planned again, updated in place, destroyed."""

from pathlib import Path

import pytest

from tests.aws.conftest import Api
from tests.aws.terraform import Terraform

pytestmark = [pytest.mark.world, pytest.mark.timeout(600)]

PEERING = (Path(__file__).parent / "terraform_network.tf").read_text()
ENDPOINTS = (Path(__file__).parent / "terraform_endpoints.tf").read_text()


def test_peering_and_a_nat_instance_live_through_their_whole_life(living: Api, tmp_path: Path) -> None:
    terraform = Terraform.prepare(tmp_path, living, PEERING)
    terraform.apply(step="1")
    before = terraform.resources()
    peering = before["aws_vpc_peering_connection.peer"]["id"]
    assert before["data.aws_vpc_peering_connection.found"]["id"] == peering
    assert {view.active for view in living.state.peerings()} == {True}
    terraform.apply(step="2")
    after = terraform.resources()
    assert after["aws_vpc_peering_connection.peer"]["id"] == peering
    resolving = [view.resolves for view in living.state.peerings() if view.id == peering]
    assert resolving == [(after['aws_vpc.main["peer"]']["id"],)]
    nat = after["aws_instance.nat"]["primary_network_interface_id"]
    assert [eni.source_dest_check for eni in living.state.network_interfaces() if eni.id == nat] == [False]
    terraform.run("destroy", "-auto-approve", "-input=false", "-var=step=2")
    assert {view.active for view in living.state.peerings()} == {False}


def test_endpoints_live_through_their_whole_life(living: Api, tmp_path: Path) -> None:
    terraform = Terraform.prepare(tmp_path, living, ENDPOINTS)
    terraform.apply(step="1")
    before = terraform.resources()
    assert {len(view.network_interface_ids) for view in living.state.vpc_endpoints()} == {0, 1}
    terraform.apply(step="2")
    assert {len(view.network_interface_ids) for view in living.state.vpc_endpoints()} == {0, 2}
    for address, resource in terraform.resources().items():
        assert resource.get("id") == before[address].get("id"), f"{address} was replaced instead of updated"
    terraform.run("destroy", "-auto-approve", "-input=false", "-var=step=2")
    assert living.state.vpc_endpoints() == ()
    assert living.state.network_interfaces() == ()
