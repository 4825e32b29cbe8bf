"""What of a solution is its own: mistakes elsewhere would be the lab's, which no learner makes."""

from collections.abc import Iterator
from dataclasses import dataclass

from eks_labs.mutation.tree import Node


@dataclass(frozen=True)
class Site:
    """A node of the solution that the lab does not have, or has otherwise."""

    path: tuple[str, ...]
    node: Node
    before: Node | None = None
    """What the lab has there."""
    dropped: Node | None = None
    """What the lab has within the node, and the solution does not."""


def sites(solution: Node, lab: Node | None, path: tuple[str, ...] = ()) -> Iterator[Site]:
    """The solution's own nodes, outer ones first."""
    path = (*path, solution.key) if solution.key else path
    if lab is None:
        yield Site(path, solution)
        for child in solution.children:
            yield from sites(child, None, path)
        return
    if lab.shape == solution.shape:
        return
    if solution.kind != lab.kind or solution.kind == "scalar":
        yield Site(path, solution, lab)
        for child in solution.children:
            yield from sites(child, None, path)
        return
    if solution.kind == "expression":
        yield Site(path, solution, lab)
    yield from _within(solution, lab, path)


def _within(solution: Node, lab: Node, path: tuple[str, ...]) -> Iterator[Site]:
    if solution.kind == "sequence" and len(solution.children) != len(lab.children):
        had = [child.shape for child in lab.children]
        has = [child.shape for child in solution.children]
        new = [child for child in solution.children if child.shape not in had]
        yield from (site for child in new for site in sites(child, None, path))
        yield from (Site(path, solution, dropped=child) for child in lab.children if child.shape not in has)
        return
    known = {child.key: child for child in lab.children}
    for child in solution.children:
        yield from sites(child, known.pop(child.key, None), path)
    yield from (Site(path, solution, dropped=child) for child in known.values())
