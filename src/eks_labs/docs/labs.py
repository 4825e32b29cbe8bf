"""A lab as its page needs it, read from the course's folders."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eks_labs.docs.errors import DocsError
from eks_labs.docs.features import Feature, Scenario, read_feature
from eks_labs.docs.records import Record, read_record


@dataclass(frozen=True)
class Exercise:
    """A task, what it is worth, and the scenario that decides whether it is solved."""

    name: str
    points: int
    hint: str
    task: str
    scenario: Scenario


@dataclass(frozen=True)
class Lab:
    """Everything a lab's page is made of. File maps are: name within the lab's folder → text."""

    name: str
    title: str
    summary: str
    minutes: int | None
    cost_per_hour: float | None
    needs: tuple[str, ...]
    guide: str
    exercises_intro: str
    exercises_outro: str
    exercises: tuple[Exercise, ...]
    feature: Feature
    terraform: Mapping[str, str]
    manifests: Mapping[str, str]
    solution: Mapping[str, str]
    """Path in the workspace → text of the reference solution."""
    workspace: Mapping[str, str]
    """Path in the workspace → text of what the learner starts with."""
    record: Record | None

    @property
    def walkthrough(self) -> tuple[Scenario, ...]:
        """The scenarios that the guide walks through."""
        return tuple(scenario for scenario in self.feature.scenarios if not scenario.exercise)


def read_labs(root: Path) -> tuple[Lab, ...]:
    """All labs of the course at `root`, in the order of their names. Raises `DocsError`."""
    return tuple(_read(root, path.parent.name) for path in sorted((root / "labs").glob("*/lab.toml")))


def _read(root: Path, name: str) -> Lab:
    folder = root / "labs" / name
    fields = _toml(folder / "lab.toml")
    feature = read_feature(root / "checks" / f"{name}.feature")
    intro, tasks, outro = _split_tasks(_text(folder / "exercise.md"))
    terraform = _files(root / "terraform" / name, "*.tf")
    manifests = _files(root / "manifests" / name, "*.yaml")
    return Lab(
        name=name,
        title=fields["title"],
        summary=fields["summary"],
        minutes=fields.get("minutes"),
        cost_per_hour=fields.get("cost_per_hour"),
        needs=tuple(fields.get("needs", [])),
        guide=_text(folder / "guide.md"),
        exercises_intro=intro,
        exercises_outro=outro,
        exercises=tuple(_exercise(folder, entry, tasks, feature) for entry in fields.get("exercise", [])),
        feature=feature,
        terraform=terraform,
        manifests=manifests,
        solution=_files(folder / "solution", "*"),
        workspace={
            **{f"terraform/{name}/{file}": text for file, text in terraform.items()},
            **{f"manifests/{name}/{file}": text for file, text in manifests.items()},
        },
        record=read_record(folder / "record.json"),
    )


def _exercise(folder: Path, entry: Any, tasks: Mapping[str, str], feature: Feature) -> Exercise:
    name = entry["name"]
    scenario = next((found for found in feature.scenarios if found.exercise and found.name == name), None)
    if scenario is None:
        raise DocsError(f"{folder / 'lab.toml'}: exercise {name!r} has no @exercise scenario of that name")
    if name not in tasks:
        raise DocsError(f"{folder / 'exercise.md'}: no heading '## {name}', which lab.toml has as an exercise")
    return Exercise(name, entry["points"], entry["hint"], tasks[name], scenario)


def _split_tasks(text: str) -> tuple[str, dict[str, str], str]:
    """What is before the first `##` heading, the text under each, and what follows a line `---` at the end."""
    body, _, outro = text.partition("\n---\n")
    intro, *parts = f"\n{body}".split("\n## ")
    tasks = {}
    for part in parts:
        heading, _, task = part.partition("\n")
        tasks[heading.strip()] = task.strip()
    return intro.strip(), tasks, outro.strip()


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(_text(path))
    except tomllib.TOMLDecodeError as error:
        raise DocsError(f"{path}: {error}") from error


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except FileNotFoundError as error:
        raise DocsError(f"{path} is missing") from error


def _files(folder: Path, pattern: str) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_text()
        for path in sorted(folder.rglob(pattern))
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    }
