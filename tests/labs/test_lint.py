"""`labs lint` finds what breaks a lab, with file and line, and leaves alone what is sound."""

from pathlib import Path

import pytest

from eks_labs.course import Course
from eks_labs.lint.terraform.root import LONGEST
from tests.labs.linted import (
    ALTERNATIVE,
    FEATURE,
    GUIDE,
    LAB,
    PODS,
    ROOT,
    SOLUTION,
    TASKS,
    TOML,
    VARIABLES,
    WEB,
    Broken,
    copy_course,
    lint,
)


@pytest.fixture
def course(tmp_path: Path) -> Course:
    return copy_course(tmp_path)


def test_the_copy_is_well(course: Course) -> None:
    assert lint(course) == []


TWICE = "{{ scenario: Ten replicas leave three Pods pending }}\n\n`Pending`"
SECOND_TEN = 'Scenario: Ten replicas leave three Pods pending\n    When I run from the laptop\n      """\n'
TABLE = (
    # lab.toml
    Broken(TOML, "minutes = ", "minuts = ", "minuts is not a key. Did you mean minutes", "minuts"),
    Broken(TOML, "minutes = ", "minuts = ", "minutes is missing"),
    Broken(TOML, "minutes = 20", 'minutes = "20"', "minutes must be of type integer", "minutes"),
    Broken(TOML, "points = 40", "points = 0", "exercise number 2: points must be at least 1", "points = 0"),
    Broken(TOML, "points = 60", "points = 50", "add up to 90, not to 100", "[[exercise]]"),
    Broken(TOML, "minutes =", 'needs = ["chapter70"]\nminutes =', "needs chapter70, and there is no such lab", "needs"),
    Broken(TOML, "minutes =", 'needs = ["chapter07"]\nminutes =', "the lab needs itself", "needs"),
    Broken(TOML, "hint = [", "no_hint = [", "exercise number 1 has no hint", "[[exercise]]"),
    Broken(TOML, "hint = [", 'hint = [\n  "",', "exercise number 1 has no hint", "hint = ["),
    Broken(TOML, "hint = [", 'hint = "think"\nno_hint = [', "exercise number 1 has one hint", "hint = "),
    Broken(TOML, "https://", "see ", "exercise number 1 has a last hint without a link", "hint = ["),
    Broken(TOML, "minutes = 20", "minutes = = 20", "is not TOML", "minutes"),
    Broken(TOML, '"All rep', '"Ten rep', "'Ten replicas run' has no @exercise scenario", "Ten replicas"),
    Broken(TOML, '"All rep', '"Ten rep', "replicas run' has no [[exercise]]", "Scenario: All rep", FEATURE),
    Broken(TOML, '"All rep', '"No node', "exercise.md", "## All rep", TASKS),
    Broken(TOML, "minutes =", "variants.a = { variables = { sise = 2 } }\nminutes =", "sets sise, which", "variants"),
    # feature
    Broken(FEATURE, "Then each node has 3", "Thn each node has 3", "does not parse: unexpected 'Thn", "Thn each"),
    Broken(FEATURE, "has 3 network", "has got 3 network", "no step is defined for: Then each node has got 3", "got 3"),
    Broken(FEATURE, "has 3 network", "has three network", "The nearest is: each node has {count:d}", "has three"),
    Broken(FEATURE, "When I run", "Given I run", "There is one for When", "Given I run"),
    Broken(
        FEATURE,
        '  Then 2 Pods with label "k8s',
        '  And 2 Pods with label "k8s',
        "And follows no Given",
        'And 2 Pods with label "k8s-app=kube-dns" are Running\n    And the add-on',
    ),
    Broken(FEATURE, "@modelled", "", "has no fidelity tag. Tag it with one of @exact", "A cluster with one"),
    Broken(FEATURE, "@modelled", "@modelled @exact", "has 2 fidelity tags", "A cluster with one"),
    Broken(FEATURE, "@modelled", "@skipped", "is @skipped and does not say why", "A cluster with one"),
    Broken(
        FEATURE,
        "Nine replicas leave two",
        "Ten replicas leave three",
        "is also in line",
        SECOND_TEN + "      kubectl scale deployment web --replicas=10",
    ),
    Broken(
        FEATURE,
        '    Then 2 Pods with label "k8s-app',
        '    Given 2 Pods with label "k8s-app',
        "has no Then: it would give its points for nothing",
        "Scenario: No node",
    ),
    Broken(
        FEATURE, "    Then the number of", f"    Then {'x' * 501}\n    Then the number of", "500 are the most", "xxx"
    ),
    Broken(
        FEATURE,
        "    Then 2 Pods",
        "    When I run from the laptop\n    Then 2",
        "between triple quotes",
        "laptop\n    Then 2",
    ),
    # steps
    Broken(PODS, "parse('the add-on", "parse(f'the add-on", "the sentence of addon_active cannot", "(f'the"),
    Broken(
        PODS, '"{name}" is active', '"{name:zz}" is active', "the sentence of addon_active cannot be read", "{name:zz}"
    ),
    Broken(PODS, "from pytest_bdd", "form pytest_bdd", "is not Python", "form"),
    # guide and tasks
    Broken(
        GUIDE, "{{ scenario: Nine", "{{ scenario: Eight", "there is no scenario 'Eight replicas", "{{ scenario: Eight"
    ),
    Broken(GUIDE, "{{ scenario: Nine", "{{ scenario: Eight", "'Nine replicas leave two Pods pending' is not shown"),
    Broken(
        GUIDE, "scenario: Nine replicas leave two", "scenario: Ten replicas leave three", "already shown in line", TWICE
    ),
    Broken(GUIDE, "{{ diagram }}", "{{ manifest: wub.yaml }}", "there is no manifest wub.yaml", "wub"),
    Broken(GUIDE, "{{ diagram }}", "{{ terraform: mian.tf }}", "no file mian.tf in terraform/chapter07", "mian"),
    Broken(GUIDE, "{{ diagram }}", '{{ terraform: main.tf#module "x" }}', 'main.tf has no block module "x"', "#module"),
    Broken(GUIDE, "{{ diagram }}", "{{ diagam }}", "nothing is called {{ diagam }}. Did you mean diagram?", "diagam"),
    Broken(GUIDE, "{{ diagram }}", "{{diagram}}", "is no directive", "{{diagram}}"),
    Broken(GUIDE, "{{ diagram }}", "{{ scenario: All replicas run }}", "is an exercise", "{{ scenario: All"),
    Broken(GUIDE, "# How many", "# How much", "does not begin with the lab's title"),
    Broken(TASKS, "## All rep", "## All eleven rep", "does not describe 'All replicas run'"),
    Broken(TASKS, "## All rep", "## All ten rep", "is no exercise's. Did you mean All replicas run?", "## All"),
    # terraform
    Broken(ROOT, "../modules/network", "../modules/netwrk", "Did you mean ../modules/network", "netwrk"),
    Broken(ROOT, "../modules/network", "modules/network", "Write ../modules/network", '"modules/network'),
    Broken(ROOT, '"../modules/network"', "var.region", "source must be a plain string", "source = var"),
    Broken(ROOT, '  source = "../modules/network"\n', "", 'module "network" has no source', 'module "network"'),
    Broken(
        ROOT, "= var.region", "= var.regoin", "is not declared in terraform/chapter07. Did you mean region", "regoin"
    ),
    Broken(ROOT, "= var.region", '= "${upper("${var.regoin}")}"', "var.regoin is not declared", "regoin"),
    Broken(ROOT, "= var.region", "= <<-X\n  a\n  ${local.b}\n  X", "local.b is not declared", "${local.b}"),
    Broken(ROOT, "= var.region", "= aws_vpc.main.id", "aws_vpc.main is not declared", "aws_vpc"),
    Broken(ROOT, "= var.region", "= data.aws_region.here.name", "data.aws_region.here is not declared", "aws_region"),
    Broken(ROOT, "module.network.public", "module.net.public", "module.net.public_subnet_ids is not", "module.net."),
    Broken(ROOT, "public_subnet_ids", "open_subnet_ids", "modules/network has no output open_subnet_ids", "open_sub"),
    Broken(ROOT, "  zones = 2", "  zone = 2", "takes no argument zone. Did you mean zones", "zone = 2"),
    Broken(ROOT, "  name  = var.cluster_name\n", "", "does not give name, which", 'module "network"'),
    Broken(ROOT, 'module "network" {', 'module "network"', "there must be = and a value", 'module "network"'),
    Broken(ROOT, "addons = {", "addons = [", "} does not close the [ of line", "  }\n}\n\nmodule"),
    Broken(ROOT, '"../modules/network"', '"../modules/network', "a string is not closed", "../modules/network"),
    Broken(
        ROOT,
        'module "nodes" {',
        'module "network" {',
        'module "network" is also in main.tf, line',
        'module "network" {\n  source = "../modules/node_group',
    ),
    Broken(ROOT, 'module "nodes"', 'modul "nodes"', "no block modul. Did you mean module", 'modul "nodes"'),
    Broken(ROOT, 'provider "aws"', 'region = 1\nprovider "aws"', "region is outside of any block", "region = 1"),
    Broken(ROOT, "# One", "# One\n" * LONGEST + "# One", f"{LONGEST} are the most"),
    Broken(
        VARIABLES, '  description = "Name of the VPC', '  # "Name of the VPC', "has no description", 'variable "name"'
    ),
    Broken(VARIABLES, "  type        = number", "", 'variable "zones" has no type', 'variable "zones"'),
    # manifests
    Broken(WEB, "spec:\n", "spec: [\n", "is not YAML", "selector"),
    Broken(WEB, "kind: Deployment", "Kind: Deployment", "an object has no kind", "apiVersion"),
    Broken(WEB, "  name: web\n  labels", "  nam: web\n  labels", "an object has no metadata.name", "apiVersion"),
    Broken(WEB, "  replicas: 0", "  replicas: 0\n  replicas: 1", "the key 'replicas' is twice", "replicas: 1"),
    Broken(WEB, "  replicas: 0", "  replicas: 2024-99-99", "a value that YAML cannot read", "apiVersion"),
    Broken(WEB, "part-of: chapter07", "part-of: chapter70", "part-of: chapter70. Set it to chapter07", "apiVersion"),
    # solution
    Broken(f"{SOLUTION}/{ROOT}", "size               = 2", "sise = 2", "takes no argument sise", "sise"),
    Broken(f"{SOLUTION}/{WEB}", "kind:", "kind", "is not YAML", "metadata"),
    # alternatives
    Broken(f"{ALTERNATIVE}/{ROOT}", "size               = 1", "sise = 1", "takes no argument sise", "sise"),
    Broken(f"{ALTERNATIVE}/{WEB}", "part-of: chapter07", "part-of: chapter70", "Set it to chapter07", "apiVersion"),
)


@pytest.mark.parametrize("broken", TABLE, ids=lambda broken: f"{Path(broken.file).name}: {broken.says[:40]}")
def test_what_is_broken_is_found(course: Course, broken: Broken) -> None:
    broken.is_found_in(course)


def test_an_alternative_is_a_folder_laid_out_as_the_solution(course: Course) -> None:
    alternatives = (course.root / ALTERNATIVE).parent
    (alternatives / "main.tf").write_text("")
    (alternatives / "other" / "manifests" / "chapter13").mkdir(parents=True)
    (alternatives / "other" / "manifests" / "chapter13" / "web.yaml").write_text("")
    place = f"labs/{LAB}/alternatives"
    assert lint(course) == [
        f"{place}/main.tf:1: belongs to no alternative: each is a folder here, laid out as the solution",
        f"{place}/other/manifests/chapter13/web.yaml:1: replaces nothing: a solution's files are in "
        f"terraform/{LAB}/ and manifests/{LAB}/",
    ]


# What must not be found


FINE = """
terraform { required_providers { tls = { source = "hashicorp/tls" } } }
variable "zones" { default = { a = 1 } }
locals {
  modules = [for module in var.zones : module.name] # a name of for's own
  text    = <<-EOT
    %{ for zone in keys(var.zones) ~}
    zone ${zone} } "not closed $${local.nothing}
    %{ endfor ~}
  EOT
  json    = jsonencode({ "aws_x.y" = "\\"var.nothing\\"", list = ["${local.text}"] })
}
/* module.nothing.at_all */
resource "tls_private_key" "this" {
  for_each  = var.zones
  algorithm = each.value
  lifecycle {
    ignore_changes       = [tags["x"]]
    replace_triggered_by = [aws_vpc.more[0].id]
  }
  dynamic "module" {
    for_each = local.modules
    content { name = module.value }
  }
}
resource aws_vpc more { count = 2 }
data "aws_region" "here" {}
moved {
  from = aws_vpc.gone
  to   = aws_vpc.more
}
check "up" {
  data "aws_vpc" "nested" { id = "x" }
  assert {
    condition     = data.aws_vpc.nested.id != data.aws_region.here.name
    error_message = "No."
  }
}
module "many" {
  source   = "../modules/network"
  for_each = var.zones
  name     = each.key
}
module "elsewhere" {
  source  = "terraform-aws-modules/vpc/aws"
  version = "5.0.0"
  any     = tls_private_key.this["a"].id
}
output "ids" {
  value = [module.many["a"].vpc_id, module.many[*].vpc_id, values(module.many)[0].vpc_id, module.elsewhere.anything]
}
"""


def test_terraform_that_is_sound_is_left_alone(course: Course) -> None:
    (course.root / "terraform" / LAB / "more.tf").write_text(FINE)
    (course.root / "terraform" / LAB / "x_override.tf").write_text('module "network" {\n  zones = 3\n}\n')
    assert [found for found in lint(course) if "80 are the most" not in found] == []


def test_json_may_declare_anything(course: Course) -> None:
    (course.root / "terraform" / LAB / "x.tf.json").write_text("{}")
    root = course.root / ROOT
    root.write_text(root.read_text().replace("= var.region", "= var.elsewhere"))
    assert lint(course) == []


def test_outlines_are_matched_with_their_examples(course: Course) -> None:
    feature = course.root / FEATURE
    outline = """
  @exercise @exact
  Scenario Outline: Sizes
    Then each node has <count> network interfaces
    Examples:
      | count |
      | 2     |
      | many  |
"""
    feature.write_text(feature.read_text() + outline)
    found = [problem for problem in lint(course) if "no step" in problem]
    assert len(found) == 1
    assert "Then each node has many network interfaces" in found[0]
