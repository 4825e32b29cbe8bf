"""Blocks of Terraform files as text, and their literal attributes."""

import pytest

from eks_labs.docs import hcl
from tests.docs.sample import ROOT

MAIN = """# The whole file.

# One small node.
# Two lines of comment.
module "nodes" {
  source = "../modules/node_group"

  name = "small"
  size = 2 # two of them
  spot = false
  type = var.type
  ids  = module.network.ids
  text = "a ${var.name} b"

  labels = {
    size = "nested"
  }
}

locals {
  brace  = "}"
  script = <<-EOT
    if true; then { echo "}"; }
  EOT
  quoted = "say \\"}\\""
  # a comment with }
}

resource "aws_vpc" "this" {}
"""


def test_blocks_have_their_comments_and_end_at_their_own_brace() -> None:
    found = {block.header: block.text for block in hcl.blocks(MAIN)}
    assert list(found) == ['module "nodes"', "locals", 'resource "aws_vpc" "this"']
    assert found['module "nodes"'].startswith("# One small node.\n# Two lines of comment.\nmodule")
    assert found['module "nodes"'].endswith('"nested"\n  }\n}')
    assert found["locals"].endswith("# a comment with }\n}")
    assert found['resource "aws_vpc" "this"'] == 'resource "aws_vpc" "this" {}'


def test_literals_are_the_blocks_own() -> None:
    block = hcl.blocks(MAIN)[0]
    assert hcl.literals(block, {"type": "t3.small"}) == {
        "source": "../modules/node_group",
        "name": "small",
        "size": 2,
        "spot": False,
        "type": "t3.small",
    }


def test_a_variable_without_a_default_is_not_a_literal() -> None:
    assert "type" not in hcl.literals(hcl.blocks(MAIN)[0], {})


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('variable "size" {\n  type    = number\n  default = 3\n}\n', {"size": 3}),
        ('variable "on" {\n  default = true\n}\n', {"on": True}),
        ('variable "name" {\n  default = "a = b"\n}\n', {"name": "a = b"}),
        ('variable "empty" {\n  default = ""\n}\n', {"empty": ""}),
        ('variable "list" {\n  default = []\n}\n', {}),
        ('variable "none" {\n  type = string\n}\n', {}),
        ('output "size" {\n  default = 3\n}\n', {}),
        ("", {}),
    ],
)
def test_defaults(text: str, found: dict[str, hcl.Literal]) -> None:
    assert hcl.defaults({"variables.tf": text}) == found


@pytest.mark.parametrize("text", ['module "open" {\n  name = "x"\n', "module {", 'module "a" { text = "open }'])
def test_a_block_that_never_ends_is_all_the_rest(text: str) -> None:
    assert hcl.blocks(text)[0].text == text


@pytest.mark.parametrize("file", sorted(str(p.relative_to(ROOT)) for p in (ROOT / "terraform").rglob("*.tf")))
def test_the_courses_own_files_are_read_whole(file: str) -> None:
    text = (ROOT / file).read_text()
    blocks = hcl.blocks(text)
    assert all(block.text.endswith("}") and block.text.count("{") == block.text.count("}") for block in blocks)
    rest = text
    for block in blocks:
        assert block.text in rest
        rest = rest.replace(block.text, "", 1)
    assert [line for line in rest.splitlines() if line.strip() and not line.startswith("#")] == []
