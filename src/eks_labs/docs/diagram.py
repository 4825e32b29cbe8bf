"""A lab's network and nodes as an inline SVG, coloured by the site's styles so that it follows light and dark."""

from dataclasses import dataclass

from jinja2 import Environment

from eks_labs.docs.topology import Node, Topology, Zone

WIDTH = 860
MARGIN = 16
HEAD = 88
"""Height of the row with the laptop and the control plane."""
ROW = 34
"""Height of one network interface."""


@dataclass(frozen=True)
class Box:
    """A rectangle, in the drawing's units."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Slot:
    """One place on a network interface. `pods` is how many Pods it has addresses for; 0: the interface's own."""

    box: Box
    pods: int


@dataclass(frozen=True)
class DrawnNode:
    """A node with the slots of its interfaces, one row an interface."""

    node: Node
    box: Box
    rows: tuple[tuple[Slot, ...], ...]


@dataclass(frozen=True)
class DrawnZone:
    """A zone with its subnet and nodes."""

    zone: Zone
    box: Box
    nodes: tuple[DrawnNode, ...]


def draw(topology: Topology, templates: Environment) -> str:
    """The SVG, on lines without blank ones between them, so that Markdown takes it as one block."""
    tallest = max(sum(_node_height(node) + MARGIN for node in zone.nodes) for zone in topology.zones)
    zone_height = 46 + max(tallest, 60)
    vpc = Box(MARGIN, HEAD + 44, WIDTH - 2 * MARGIN, zone_height + 62)
    width = (vpc.width - MARGIN * (len(topology.zones) + 1)) / len(topology.zones)
    zones = tuple(
        _zone(
            zone,
            Box(vpc.x + MARGIN + index * (width + MARGIN), vpc.y + 44, width, zone_height),
            16 if topology.prefixes else 1,
        )
        for index, zone in enumerate(topology.zones)
    )
    svg = templates.get_template("diagram.svg.j2").render(
        topology=topology, width=WIDTH, height=vpc.y + vpc.height + 44, vpc=vpc, zones=zones
    )
    return "\n".join(line for line in svg.splitlines() if line.strip())


def _zone(zone: Zone, box: Box, pods_per_slot: int) -> DrawnZone:
    nodes = []
    y = box.y + 46
    for node in zone.nodes:
        height = _node_height(node)
        nodes.append(_node(node, Box(box.x + 14, y, box.width - 28, height), pods_per_slot))
        y += height + MARGIN
    return DrawnZone(zone, box, tuple(nodes))


def _node(node: Node, box: Box, pods_per_slot: int) -> DrawnNode:
    left, gap = 58, 6
    width = (box.width - left - 14 - gap * (node.slots - 1)) / node.slots if node.slots else 0
    rows = tuple(
        tuple(
            Slot(
                Box(box.x + left + slot * (width + gap), box.y + 46 + row * ROW, width, ROW - 8),
                0 if slot == 0 else pods_per_slot,
            )
            for slot in range(node.slots)
        )
        for row in range(node.interfaces)
    )
    return DrawnNode(node, box, rows)


def _node_height(node: Node) -> float:
    return 52 + node.interfaces * ROW
