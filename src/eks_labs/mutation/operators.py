"""What can go wrong with a node: left out, left as it was, or with another value."""

import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass

from eks_labs.mutation.difference import Site
from eks_labs.mutation.tree import Edit, Node, line_start

_OTHERS = {
    "NoSchedule": "PreferNoSchedule",
    "NO_SCHEDULE": "PREFER_NO_SCHEDULE",
    "Equal": "Exists",
    "In": "NotIn",
    "Exists": "DoesNotExist",
    "SPOT": "ON_DEMAND",
    "ON_DEMAND": "SPOT",
    "t3.small": "t3.medium",
    "tcp": "udp",
    "TCP": "UDP",
    "ingress": "egress",
    "NodePort": "ClusterIP",
    "Always": "Never",
    "Never": "OnFailure",
}
"""Values of closed sets, which another of the set takes the place of."""

_SILENT = re.compile(r"(?:.* )?(?:labels app\.kubernetes\.io/.*|description|sid|Sid)")
"""Paths that nothing acts on: Kubernetes' recommended labels, and descriptions."""

_NAMING = re.compile(r"\S+ \S+ (?:apiVersion|kind|metadata)")
"""Paths without which an object is none, so that no check ever sees it."""

_QUANTITY = re.compile(r"(\d+)(m|[kKMGT]i?)")
_IMAGE = re.compile(r"([\w.-]+(?:/[\w.-]+)+):([\w.-]+)")
_POLICY = re.compile(r"Amazon\w+Policy|\w+Access")


@dataclass(frozen=True)
class Change:
    """One mistake, and what it is called."""

    what: str
    edit: Edit


def changes(site: Site, solution: str, lab: str) -> Iterator[Change]:
    """The mistakes that can be made at `site`, of a file whose text is `solution` and in the lab `lab`."""
    node = site.node
    path = " ".join(site.path)
    if _SILENT.fullmatch(path) or _NAMING.fullmatch(path) or _only_recommended(node):
        return
    if site.dropped is not None:
        yield from _put_back(node, site.dropped, solution, lab)
        return
    if site.before is not None:
        old = lab[site.before.start : site.before.end]
        yield Change(f"as the lab has it, {_short(old)}", Edit(node.start, node.end, old))
    elif node.cut is not None:
        yield Change("left out", Edit(*node.cut))
    if node.kind == "scalar":
        for value in dict.fromkeys(_values(node)):
            quote = solution[node.start] if node.quoted else ""
            text = f"{quote}{value}{quote}"
            yield Change(f"{_short(node.value)} → {_short(value)}", Edit(node.start, node.end, text))


def _put_back(node: Node, dropped: Node, solution: str, lab: str) -> Iterator[Change]:
    """What the solution has taken out of `node`, before the first of its children that has a line of its own."""
    first = next((child for child in node.children if _leads(child, solution)), None)
    if first is None or not _leads(dropped, lab):
        return
    begin, end = line_start(lab, dropped.begin), dropped.cut[1] if dropped.cut else dropped.end
    place = line_start(solution, first.begin)
    yield Change(f"{dropped.key} left in", Edit(place, place, lab[begin:end].rstrip() + "\n"))


def _only_recommended(node: Node) -> bool:
    """Whether these are labels, and none but Kubernetes' recommended ones."""
    return node.key == "labels" and all(child.key.startswith("app.kubernetes.io/") for child in node.children)


def _leads(child: Node, text: str) -> bool:
    return not text[line_start(text, child.begin) : child.begin].strip()


def _values(node: Node) -> Iterator[str]:
    """Other values of a scalar's kind."""
    value = node.value
    if value in ("true", "false"):
        yield "false" if value == "true" else "true"
    elif re.fullmatch(r"\d+", value):
        yield str(int(value) + 1)
        if int(value):
            yield str(int(value) - 1)
    elif (network := _network(value)) is not None:
        if network.prefixlen:
            yield str(network.supernet())
            yield "0.0.0.0/0"
        if network.prefixlen < network.max_prefixlen:
            yield str(next(network.subnets()))
    elif match := _QUANTITY.fullmatch(value):
        yield f"{int(match[1]) * 2}{match[2]}"
    elif value in _OTHERS:
        yield _OTHERS[value]
    elif match := _IMAGE.fullmatch(value):
        # Another repository: the local nodes know images by these, and take any tag.
        yield f"{match[1]}-none:{match[2]}"
    elif _POLICY.fullmatch(value):
        yield "AmazonEKSAdminViewPolicy" if value != "AmazonEKSAdminViewPolicy" else "AmazonEKSClusterAdminPolicy"
    elif value:
        yield f"{value}-other"


def _network(value: str) -> ipaddress.IPv4Network | None:
    try:
        return ipaddress.IPv4Network(value) if "/" in value else None
    except ValueError:
        return None


def _short(text: str) -> str:
    """On one line, and not too long."""
    line = " ".join(text.split())
    return line if len(line) <= 60 else line[:59] + "…"
