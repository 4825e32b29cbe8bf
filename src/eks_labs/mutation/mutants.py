"""The mutants of a lab's solution, and which of them are known to be as good as it."""

import random
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from eks_labs.course import Lab
from eks_labs.errors import LabsError
from eks_labs.lint.terraform.tokens import HclError
from eks_labs.mutation import hcl_tree, yaml_tree
from eks_labs.mutation.difference import sites
from eks_labs.mutation.operators import changes
from eks_labs.mutation.tree import Node
from eks_labs.run import workspace

EQUIVALENT = "equivalent.toml"
"""In the lab's folder: mutants that are no mistakes, each with the reason."""


@dataclass(frozen=True)
class Mutant:
    """The solution with one mistake."""

    file: str
    """Path in a workspace."""
    line: int
    what: str
    """Where in the file, and what is wrong there."""
    text: str
    """The file's whole text."""

    @property
    def in_terraform(self) -> bool:
        """Whether it has to be deployed by Terraform, and not by manifests alone."""
        return self.file.startswith("terraform/")

    @property
    def name(self) -> tuple[str, str]:
        """What tells it from the lab's others, and what `equivalent` knows it by."""
        return self.file, self.what

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what}"


def of(lab: Lab) -> list[Mutant]:
    """Every mutant of the lab's solution, in the order of its files. Raises `LabsError` for files that nobody reads."""
    found: dict[tuple[str, str], Mutant] = {}
    for file in sorted(path for path in lab.solution.rglob("*") if path.suffix in (".tf", ".yaml", ".yml")):
        place = str(file.relative_to(lab.solution))
        own = lab.root / place
        for mutant in _of_file(place, lab.fill(file.read_text()), own.read_text() if own.is_file() else ""):
            found.setdefault((place, mutant.text), mutant)
    return list(found.values())


def _of_file(place: str, solution: str, lab: str) -> Iterator[Mutant]:
    after, before = _read(place, solution), _read(place, lab)
    right = after.shape
    for site in sites(after, before):
        for change in changes(site, solution, lab):
            text = change.edit.made_in(solution)
            # What is no file any more teaches nothing, and what means the same is no mistake.
            shape = _shape(place, text)
            if shape is None or shape == right:
                continue
            what = f"{' '.join(site.path)}: {change.what}" if site.path else change.what
            yield Mutant(place, site.node.line, what, text)


def _read(place: str, text: str) -> Node:
    try:
        return hcl_tree.read(text) if place.endswith(".tf") else yaml_tree.read(text)
    except (HclError, yaml.YAMLError) as error:
        raise LabsError(f"{place}: {error}", "labs lint says where.") from error


def _shape(place: str, text: str) -> object:
    try:
        return _read(place, text).shape
    except LabsError:
        return None


def equivalent(lab: Lab, known: list[Mutant]) -> Mapping[tuple[str, str], str]:
    """(file, what) → why that mutant is as good as the solution. Raises `LabsError` for one that there is not."""
    path = lab.folder / EQUIVALENT
    if not path.is_file():
        return {}
    try:
        listed = tomllib.loads(path.read_text())["mutant"]
        reasons = {(entry["file"], entry["what"]): str(entry["reason"]) for entry in listed}
    except (ValueError, KeyError, TypeError) as error:
        raise LabsError(f"{path}: {error}", "Each [[mutant]] has file, what and reason.") from error
    names = {mutant.name for mutant in known}
    for name in reasons:
        if name not in names:
            raise LabsError(
                f"{path}: there is no mutant {name[1]!r} of {name[0]}", "labs mutate LAB --list names them; remove it."
            )
    return reasons


def shuffled(mutants: list[Mutant], seed: int) -> list[Mutant]:
    """All of them, in an order that is the same for the same seed."""
    return random.Random(seed).sample(mutants, len(mutants))  # noqa: S311 - a choice, no secret


def write(mutant: Mutant | None, lab: Lab, folder: Path) -> None:
    """The mutant as a submission in the new `folder`; None is the solution as it is."""
    workspace.hand_in(lab, lab.solution, folder)
    if mutant is not None:
        (folder / mutant.file).write_text(mutant.text)
