"""What of a lab's Terraform is drawn, and the drawing."""

from xml.etree import ElementTree

import pytest

from eks_labs.docs import diagram
from eks_labs.docs.markdown import templates
from eks_labs.docs.topology import Topology, read_topology
from tests.docs.sample import ROOT

MODULES = {
    "network": {
        "variables.tf": 'variable "cidr" {\n  default = "10.0.0.0/16"\n}\nvariable "zones" {\n  default = 2\n}\n'
    },
    "cluster": {"variables.tf": 'variable "kubernetes_version" {\n  default = "1.33"\n}\n'},
    "node_group": {"variables.tf": 'variable "size" {\n  default = 1\n}\n'},
}
NETWORK = 'module "network" {\n  source = "../modules/network"\n}\n'
CLUSTER = (
    'module "cluster" {\n  source = "../modules/cluster"\n  name   = "lab"\n\n  addons = {\n    vpc-cni = {}\n  }\n}\n'
)


def group(name: str = "small", kind: str = "t3.small", **more: object) -> str:
    lines = "".join(f"  {key} = {value}\n" for key, value in more.items())
    return (
        f'module "{name}" {{\n  source        = "../modules/node_group"\n  name          = "{name}"\n'
        f'  instance_type = "{kind}"\n{lines}}}\n'
    )


def topology(*parts: str) -> Topology:
    found = read_topology({"main.tf": "\n".join([NETWORK, CLUSTER, *parts])}, MODULES)
    assert found is not None
    return found


def test_defaults_of_modules_count() -> None:
    found = topology(group())
    assert (found.cluster, found.kubernetes_version, found.cidr, found.region) == (
        "lab",
        "1.33",
        "10.0.0.0/16",
        "us-east-1",
    )
    assert [(zone.name, zone.subnet, len(zone.nodes)) for zone in found.zones] == [
        ("us-east-1a", "10.0.0.0/24", 1),
        ("us-east-1b", "10.0.1.0/24", 0),
    ]
    assert found.addons == ("vpc-cni",)
    assert not found.prefixes


@pytest.mark.parametrize(
    ("kind", "max_pods"), [("t3.micro", 4), ("t3.small", 11), ("t3.medium", 17), ("m5.large", 29), ("x9.huge", None)]
)
def test_max_pods_follow_from_the_instance_type(kind: str, max_pods: int | None) -> None:
    assert topology(group(kind=kind)).zones[0].nodes[0].max_pods == max_pods


def test_nodes_are_spread_over_zones() -> None:
    found = topology(group(size=3), group("large", "m5.large", max_pods=110))
    assert [[node.group for node in zone.nodes] for zone in found.zones] == [["small", "small"], ["small", "large"]]
    assert found.zones[1].nodes[1].max_pods == 110


def test_a_root_without_the_modules_has_no_topology() -> None:
    assert read_topology({"main.tf": NETWORK}, MODULES) is None
    assert read_topology({"main.tf": CLUSTER}, MODULES) is None
    assert read_topology({}, MODULES) is None


@pytest.mark.parametrize("zones", ["0", "7", '"two"'])
def test_zones_that_cannot_be_drawn_are_an_error(zones: str) -> None:
    network = NETWORK.replace("}\n", f"  zones  = {zones}\n}}\n")
    with pytest.raises(ValueError, match=r"zones|invalid literal"):
        read_topology({"main.tf": network + CLUSTER}, MODULES)


@pytest.mark.parametrize(
    "parts",
    [
        (),
        (group(),),
        (group(size=3), group("large", "m5.large")),
        (group(kind="x9.huge"),),
    ],
)
def test_a_drawing_is_well_formed_and_one_block_of_markdown(parts: tuple[str, ...]) -> None:
    found = topology(*parts)
    svg = diagram.draw(found, templates(ROOT / "site" / "templates"))
    assert "\n\n" not in svg
    figure = ElementTree.fromstring(svg)
    slots = [g for g in figure.iter("g") if (g.get("class") or "").startswith("d-slot ")]
    assert len(slots) == sum(node.interfaces * node.slots for zone in found.zones for node in zone.nodes)
    width, height = (float(part) for part in figure[0].attrib["viewBox"].split()[2:])
    for box in figure.iter("rect"):
        assert float(box.attrib["x"]) + float(box.attrib["width"]) <= width + 16
        assert float(box.attrib["y"]) + float(box.attrib["height"]) <= height
