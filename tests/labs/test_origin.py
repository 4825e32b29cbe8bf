"""From an AWS id to the line of Terraform that made it."""

import json
from pathlib import Path

import pytest

from eks_labs.terraform.origin import Origins

ROOT = "terraform/lab"


def resource(kind: str, name: str, module: str = "", key: object = None, **attributes: object) -> dict[str, object]:
    instance: dict[str, object] = {"attributes": attributes}
    if key is not None:
        instance["index_key"] = key
    return {"mode": "managed", "module": module, "type": kind, "name": name, "instances": [instance]}


@pytest.fixture
def origins(tmp_path: Path) -> Origins:
    root, module = tmp_path / ROOT, tmp_path / "terraform" / "modules" / "net"
    root.mkdir(parents=True)
    module.mkdir(parents=True)
    (root / "main.tf").write_text('module "net" {\n  source = "../modules/net"\n}\n')
    (module / "main.tf").write_text(
        'resource "aws_security_group" "web" {\n}\n\n'
        'resource "aws_vpc_security_group_ingress_rule" "web" {\n}\n\n'
        'resource "aws_route" "out" {\n}\n\nresource "aws_vpc" "this" {\n}\n'
    )
    found = [
        resource("aws_security_group", "web", "module.net", id="sg-1"),
        resource("aws_vpc_security_group_ingress_rule", "web", "module.net", "http", id="sgr-1"),
        resource("aws_route", "out", "module.net", 0, route_table_id="rtb-1", destination_cidr_block="0.0.0.0/0"),
        resource("aws_network_acl_rule", "x", network_acl_id="acl-1", rule_number=90, egress=False),
        resource("aws_vpc", "this", "module.net", id="vpc-1", default_network_acl_id="acl-2"),
    ]
    (root / "terraform.tfstate").write_text(json.dumps({"version": 4, "resources": found}))
    return Origins(tmp_path, ROOT)


@pytest.mark.parametrize(
    ("asked", "address", "line"),
    [
        (("sg-1",), "module.net.aws_security_group.web", 1),
        (("sg-1", "sgr-unknown"), "module.net.aws_security_group.web", 1),
        (("sg-1", "sgr-1", "in"), 'module.net.aws_vpc_security_group_ingress_rule.web["http"]', 4),
        (("rtb-1", "0.0.0.0/0"), "module.net.aws_route.out[0]", 7),
        (("acl-1", "90", "in"), "aws_network_acl_rule.x", 0),
        (("acl-2", "100", "in"), "module.net.aws_vpc.this", 10),
    ],
)
def test_the_best_match_is_named_with_its_line(origins: Origins, asked, address, line) -> None:
    found = origins.of(*asked)
    assert found is not None
    assert (found.address, found.line) == (address, line)


def test_what_terraform_did_not_make_has_no_origin(origins: Origins, tmp_path: Path) -> None:
    assert origins.of("sg-2") is None
    assert origins.of("acl-1", "90", "out") is None
    assert Origins(tmp_path / "nowhere", ROOT).of("sg-1") is None
