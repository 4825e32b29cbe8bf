"""Stages: load and plan. What will be run, where, and what it costs; nothing is touched yet."""

import os
from dataclasses import dataclass, field
from pathlib import Path

from eks_labs.course import Course, Lab, Scenario, Variant
from eks_labs.errors import LabsError, closest


@dataclass(frozen=True)
class Options:
    """What a person asked for."""

    lab: str
    target: str = "local"
    scenario: str | None = None
    """One scenario instead of the walkthrough."""
    variant: str | None = None
    exercises: bool = False
    """The graded scenarios instead of the walkthrough."""
    overlay: Path | None = None
    """A workspace (or a solution) whose `terraform/` and `manifests/` are laid over the lab's."""
    patience: float | None = None
    """Seconds that a condition gets to come true; None for what each step finds right."""
    twice: bool = False
    """Apply a second time, which must find nothing to change."""
    keep: bool = False
    record: bool = False
    """Keep the record as the lab's verified run."""
    seed: str | None = None
    """What the lab's values are drawn from; None for the first row of each table."""


@dataclass(frozen=True)
class Plan:
    """What a run will do."""

    lab: Lab
    options: Options
    scenarios: tuple[Scenario, ...]
    variant: Variant | None = None
    cost_per_hour: float | None = field(default=None)
    """USD, on AWS; None when it costs nothing."""


def plan(course: Course, options: Options) -> Plan:
    """Load the lab and choose what to run. Raises `LabsError`."""
    from eks_labs.targets import NAMES

    lab = course.lab(options.lab, options.seed)
    if options.target not in NAMES:
        raise LabsError(f"there is no target called {options.target!r}", closest(options.target, list(NAMES)))
    if not lab.terraform.is_dir():
        raise LabsError(
            f"{lab.terraform}: the lab has no Terraform", "Each lab has its root module in terraform/<lab>."
        )
    if options.overlay is not None and not options.overlay.is_dir():
        raise LabsError(f"{options.overlay}: no such folder", "A workspace has the folders terraform/ and manifests/.")
    if options.record and not os.access(lab.folder, os.W_OK):
        raise LabsError(
            f"{lab.folder}: no record can be written, the course is read-only",
            "Run it from a checkout that you can write to, or without --record.",
        )
    if options.target == "aws" and lab.observe_from != "laptop":
        raise LabsError(
            f"{lab.name} is looked at from the {lab.observe_from}, and on AWS the runner reaches a cluster from this "
            "machine alone",
            f"Run it on the local target. On AWS, go through it by hand: terraform/{lab.name} is valid there as it is.",
        )
    return Plan(
        lab=lab,
        options=options,
        scenarios=tuple(_choose(lab, options)),
        variant=_variant(lab, options.variant),
        cost_per_hour=lab.cost_per_hour if options.target == "aws" else None,
    )


def _choose(lab: Lab, options: Options) -> list[Scenario]:
    scenarios = lab.scenarios()
    if options.scenario is None:
        return [scenario for scenario in scenarios if scenario.exercise == options.exercises]
    chosen = [scenario for scenario in scenarios if scenario.name.casefold() == options.scenario.casefold()]
    if not chosen:
        names = [scenario.name for scenario in scenarios]
        raise LabsError(f"{lab.name} has no scenario called {options.scenario!r}", closest(options.scenario, names))
    return chosen


def _variant(lab: Lab, name: str | None) -> Variant | None:
    if name is None:
        return None
    for variant in lab.variants:
        if variant.name == name:
            return variant
    raise LabsError(f"{lab.name} has no variant called {name!r}", closest(name, [v.name for v in lab.variants]))
