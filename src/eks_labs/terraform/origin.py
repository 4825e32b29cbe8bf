"""Which line of Terraform made what AWS knows by an id: the state has the resource, the workspace its block."""

import json
import posixpath
import re
from dataclasses import dataclass
from pathlib import Path

from eks_labs.lint.terraform.module import Files, Modules
from eks_labs.lint.tree import part_trees
from eks_labs.terraform.state import Resource, resources

_INDEX = re.compile(r"\[[^\]]*\]")
_MAKERS = ("aws_vpc", "aws_eks_cluster")
"""Resources that AWS makes others for: main route tables, default groups and ACLs, cluster security groups."""


@dataclass(frozen=True)
class Origin:
    """A resource of Terraform, and where its block is."""

    address: str
    path: Path | None = None
    line: int = 0


class Origins:
    """The resources of one deployed root, which is `place` in the folder `workspace`."""

    def __init__(self, workspace: Path, place: str) -> None:
        self._place = place
        self._resources = tuple(resources(workspace / place / "terraform.tfstate"))
        self._modules = Modules(part_trees(workspace)[0], Files())

    def of(self, resource: str, rule: str = "", way: str = "") -> Origin | None:
        """What made `resource`, or better, the `rule` within it; None when Terraform did not.

        `rule`: a security group rule's id, an ACL entry's number (of `way` in or out), or a route's destination.
        """
        scored = [(_score(found, resource, rule, way), found) for found in self._resources]
        score, best = max(scored, key=lambda pair: pair[0], default=(0, None))
        return self._origin(best) if best and score else None

    def _origin(self, found: Resource) -> Origin:
        place: str | None = self._place
        for call in _calls(found.module):
            place = self._called(place, call) if place else None
        for placed in self._modules.at(place).blocks if place else ():
            if placed.block.kind == "resource" and placed.block.labels == (found.type, found.name):
                return Origin(found.address, placed.path, placed.block.line)
        return Origin(found.address)

    def _called(self, place: str, call: str) -> str | None:
        """The folder of the module that `place` calls by that name, when it is in the workspace."""
        placed = self._modules.at(place).of_kind("module").get(call)
        source = placed.block.body.attribute("source") if placed else None
        if source is None or source.literal is None or not source.literal.startswith(("./", "../")):
            return None
        return posixpath.normpath(posixpath.join(place, source.literal))


def _calls(module: str) -> list[str]:
    """The names of the calls in a module's address: module.a["x"].module.b → a, b."""
    return _INDEX.sub("", module).split(".")[1::2]


def _score(found: Resource, resource: str, rule: str, way: str) -> int:
    """How well a resource fits: the rule itself, what the rule is in, what had AWS make that, or not at all."""
    has = found.attributes
    if rule and rule in (has.get("id"), has.get("security_group_rule_id")):
        return 3
    to = (has.get("destination_cidr_block"), has.get("destination_prefix_list_id"))
    if rule and has.get("route_table_id") == resource and rule in to:
        return 3
    entry = (has.get("network_acl_id"), str(has.get("rule_number")), has.get("egress"))
    if rule and entry == (resource, rule, way == "out"):
        return 3
    if has.get("id") == resource or (found.type == "aws_eks_cluster" and has.get("name") == resource):
        return 2
    return int(found.type in _MAKERS and resource in json.dumps(has))
