"""Workspaces as the runner would put them together, without copying anything.

A tree says for each place in a workspace (`terraform/chapter07/main.tf`) which file is there. Findings name that file,
be it the lab's, the solution's or a learner's.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

from eks_labs.lint.problem import Problem
from eks_labs.lint.reading import files_below

Tree = Mapping[str, Path]
"""Place in the workspace → the file there."""


def part_trees(folder: Path) -> tuple[Tree, list[Problem]]:
    """What `folder` has in `terraform/` and `manifests/`."""
    tree: dict[str, Path] = {}
    problems: list[Problem] = []
    for part in ("terraform", "manifests"):
        files, wrong = files_below(folder / part)
        tree.update({f"{part}/{place}": file for place, file in files.items()})
        problems += wrong
    return tree, problems


def of_lab(tree: Tree, lab: str) -> Tree:
    """What a workspace of `lab` has of the course: its own files and the modules, as the runner copies them."""
    parts = (f"terraform/{lab}/", "terraform/modules/", f"manifests/{lab}/")
    return {place: file for place, file in tree.items() if place.startswith(parts)}


def laid_over(tree: Tree, overlay: Tree) -> Tree:
    """`tree` with the files of `overlay` in place of, or besides, its own."""
    return {**tree, **overlay}


def files_in(tree: Tree, folder: str, suffixes: Iterable[str]) -> dict[str, Path]:
    """Name → file of what is in `folder` itself, not in folders below it."""
    found = {}
    for place, file in sorted(tree.items()):
        pure = PurePosixPath(place)
        if str(pure.parent) == folder and pure.name.endswith(tuple(suffixes)):
            found[pure.name] = file
    return found
