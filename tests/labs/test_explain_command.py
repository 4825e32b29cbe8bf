"""`labs explain` on a lab that is up: a real world, and the state that Terraform would have left."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from benchmarks.ec2 import session

from eks_labs.run.record_file import Running
from eks_labs.run_folder import RunFolder
from eks_local.waiting import wait_for
from eks_local.world import UnknownPlace, World
from tests.runs import Cli
from tests.worlds import started

pytestmark = pytest.mark.world
MAIN = 'resource "aws_security_group" "web" {\n  name = "web"\n}\n'


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cli]:
    home = tmp_path_factory.mktemp("explain")
    cli = Cli(home)
    folder = RunFolder(home / "eks-labs" / "chapter07")
    folder.create()
    with started(folder.world) as world:
        group = launch(world)
        root = folder.workspace / "terraform" / "chapter07"
        root.mkdir(parents=True)
        (root / "main.tf").write_text(MAIN)
        made = {"mode": "managed", "type": "aws_security_group", "name": "web"}
        state = {"resources": [{**made, "instances": [{"attributes": {"id": group}}]}]}
        (root / "terraform.tfstate").write_text(json.dumps(state))
        Running("chapter07", "local", world.region, 0.0, kept=True).save(folder)
        yield cli


def launch(world: World) -> str:
    """An instance called web that lets nobody in; its group."""
    ec2: Any = session(world).client("ec2", endpoint_url=world.endpoint_url)
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    group: str = ec2.create_security_group(VpcId=vpc, GroupName="web", Description="web")["GroupId"]
    image = ec2.describe_images(Owners=["602401143452"])["Images"][0]["ImageId"]
    for name in ("web", "other"):
        tags = [{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": name}]}]
        ec2.run_instances(
            ImageId=image, SubnetId=subnet, SecurityGroupIds=[group], MinCount=1, MaxCount=1, TagSpecifications=tags
        )

    def known() -> bool:
        try:
            return bool(world.explain("other", "web", 80))
        except UnknownPlace:
            return False

    wait_for(known, what="the instances", seconds=20)
    return group


def test_the_rule_that_stops_it_is_shown_with_its_line_of_terraform(lab: Cli) -> None:
    ran = lab("explain", "other", "web:80")
    assert ran.code == 1, str(ran)
    *_, stopped, verdict = ran.out.splitlines()
    assert stopped.startswith("✗ group")
    assert "aws_security_group.web" in stopped
    assert stopped.endswith("main.tf:1")
    assert verdict.startswith("times out at sg-")


def test_programs_get_json(lab: Cli) -> None:
    ran = lab("explain", "web", "169.254.169.254:80", "--json", "--lab", "chapter07")
    assert ran.code == 0, str(ran)
    found = json.loads(ran.out)
    assert found["verdict"] == "reaches"
    assert {"passed", "kind", "text", "resource", "rule", "terraform"} <= set(found["hops"][0])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["wbe", "web:80"], "There are:"),
        (["web", "other"], "names no port"),
        (["web", "a:1", "--lab", "x"], "x is not up"),
    ],
)
def test_mistakes_are_2(lab: Cli, arguments: list[str], said: str) -> None:
    ran = lab("explain", *arguments)
    assert ran.code == 2, str(ran)
    assert said in ran.err


def test_a_path_is_shown_as_seen_from_here(lab: Cli) -> None:
    ran = lab("explain", "other", "web:80", "--json")
    made = json.loads(ran.out)["hops"][-1]["terraform"]
    assert Path(made["path"]).is_file()
    assert made["line"] == 1
