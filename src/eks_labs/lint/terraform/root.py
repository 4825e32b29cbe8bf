"""The rules on a root and on the modules that it reaches."""

from collections.abc import Iterator
from itertools import islice

from eks_labs.lint.problem import MOST, Problem, Spot
from eks_labs.lint.terraform import calls, names
from eks_labs.lint.terraform.module import Module, Modules

LONGEST = 80
"""Lines of a lab's root, all files together: it shows how modules are wired, on a screen or two."""


def check_root(place: str, modules: Modules) -> Iterator[Problem]:
    """A root and every module that it reaches."""
    for reached in calls.reached(place, modules):
        yield from check_module(modules.at(reached), modules)


def check_module(module: Module, modules: Modules) -> Iterator[Problem]:
    """One folder's files."""
    yield from module.problems
    for rule in (names.kinds, names.declared_twice, names.undeclared):
        yield from islice(rule(module), MOST)
    for wiring in (calls.sources, calls.arguments, calls.outputs):
        yield from islice(wiring(module, modules), MOST)


def check_length(root: Module) -> Iterator[Problem]:
    """The course's own rule: roots are short."""
    if root.lines > LONGEST and root.blocks:
        spot = Spot(root.blocks[0].path, 1)
        yield spot.problem(f"{root.place} has {root.lines} lines, {LONGEST} are the most. Move a part into a module")


def check_variables(module: Module) -> Iterator[Problem]:
    """The course's own rule: a module says what it takes."""
    for name, placed in module.of_kind("variable").items():
        for wanted in ("description", "type"):
            if not placed.overrides and placed.block.body.attribute(wanted) is None:
                yield placed.spot.problem(f'variable "{name}" has no {wanted}')
