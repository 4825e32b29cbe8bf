"""Which instance a person means."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from eks_local.aws.views import Instance, MetadataOptions
from eks_local.node.naming import NoInstance, bastion, find


def instance(number: int, name: str = "", state: str = "running") -> Instance:
    return Instance(
        id=f"i-{number}",
        state=state,
        type="t3.micro",
        image_id="ami-1",
        vpc_id="vpc-1",
        subnet_id="subnet-1",
        zone="us-east-1a",
        private_ip=f"10.0.0.{number}",
        private_dns_name=f"ip-10-0-0-{number}.ec2.internal",
        public_ip=None,
        public_dns_name=None,
        network_interface_ids=(),
        security_group_ids=(),
        user_data=b"",
        instance_profile_arn=None,
        key_name=None,
        launch_time=datetime(2026, 1, 1, tzinfo=UTC),
        reservation_id="r-1",
        metadata=MetadataOptions(tokens_required=True, hop_limit=1, enabled=True, instance_tags=False),
        is_spot=False,
        auto_scaling_group=None,
        tags={"Name": name} if name else {},
    )


@pytest.mark.parametrize("name", ["web", "i-2", "ip-10-0-0-2.ec2.internal"])
def test_an_instance_is_found_by_tag_id_and_private_dns_name(name: str) -> None:
    assert find(name, [instance(1, "db"), instance(2, "web")]).id == "i-2"


def test_instances_that_do_not_run_are_not_meant() -> None:
    gone = instance(1, "web", "terminated")
    assert find("web", [gone, instance(2, "web")]).id == "i-2"
    with pytest.raises(NoInstance, match="there are: none"):
        find("web", [gone, replace(gone, id="i-3", state="stopped")])


def test_one_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(NoInstance, match=r"called “x”; there are: db \(i-1\), ip-10-0-0-2.ec2.internal \(i-2\)"):
        find("x", [instance(2), instance(1, "db")])


def test_two_of_a_name_are_refused_with_their_ids() -> None:
    with pytest.raises(NoInstance, match=r"2 running instances are called “web”; use an id: web \(i-1\), web \(i-2\)"):
        find("web", [instance(1, "web"), instance(2, "web"), instance(3)])


@pytest.mark.parametrize("name", ["bastion", "chapter04-bastion"])
def test_the_bastion_is_known_by_the_end_of_its_name(name: str) -> None:
    assert bastion([instance(1, name), instance(2, "bastion-of-none"), instance(3, "mybastion")]).id == "i-1"


def test_there_is_one_bastion_or_none() -> None:
    with pytest.raises(NoInstance, match=r"“bastion” or ends in “-bastion”; there are: web \(i-1\)"):
        bastion([instance(1, "web")])
    with pytest.raises(NoInstance, match=r"use an id: a-bastion \(i-1\), bastion \(i-2\)"):
        bastion([instance(1, "a-bastion"), instance(2, "bastion")])
