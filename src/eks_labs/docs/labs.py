"""A lab as its page needs it: the course's lab with the texts of its files."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from eks_labs.course import Course, Exercise, Lab, Scenario
from eks_labs.docs.errors import DocsError
from eks_labs.docs.records import Record, read_record
from eks_labs.docs.sources import read, read_all


@dataclass(frozen=True)
class Task:
    """An exercise, what is asked, and the scenario that decides whether it is solved."""

    exercise: Exercise
    text: str
    scenario: Scenario


@dataclass(frozen=True)
class Material:
    """Everything a lab's page is made of. File maps are: name within the folder → text."""

    lab: Lab
    walkthrough: tuple[Scenario, ...]
    guide: str
    intro: str
    """What stands before the tasks."""
    outro: str
    tasks: tuple[Task, ...]
    terraform: Mapping[str, str]
    manifests: Mapping[str, str]
    solution: Mapping[str, str]
    """Path in the workspace → text of the reference solution."""
    record: Record | None

    @property
    def workspace(self) -> dict[str, str]:
        """Path in the workspace → text of what the learner starts with."""
        return {
            **{f"terraform/{self.lab.name}/{file}": text for file, text in self.terraform.items()},
            **{f"manifests/{self.lab.name}/{file}": text for file, text in self.manifests.items()},
        }


def read_materials(root: Path) -> tuple[Material, ...]:
    """All labs of the course at `root`, in the book's order. Raises `DocsError`, `LabsError`."""
    return tuple(_read(lab) for lab in Course(root).labs())


def _read(lab: Lab) -> Material:
    scenarios = lab.scenarios()
    intro, texts, outro = _split_tasks(lab.fill(read(lab.tasks)))
    graded = {scenario.name: scenario for scenario in scenarios if scenario.exercise}
    return Material(
        lab=lab,
        walkthrough=tuple(scenario for scenario in scenarios if not scenario.exercise),
        guide=read(lab.folder / "guide.md"),
        intro=intro,
        outro=outro,
        tasks=tuple(_task(lab, exercise, texts, graded) for exercise in lab.exercises),
        terraform=read_all(lab.terraform, "*.tf"),
        manifests=read_all(lab.manifests, "*.yaml"),
        solution={place: lab.fill(text) for place, text in read_all(lab.solution, "*").items()},
        record=read_record(lab.folder / "record.json"),
    )


def _task(lab: Lab, exercise: Exercise, texts: Mapping[str, str], graded: Mapping[str, Scenario]) -> Task:
    if exercise.name not in graded:
        raise DocsError(
            f"{lab.folder / 'lab.toml'}: exercise {exercise.name!r} has no @exercise scenario",
            f"Scenarios tagged so in {lab.feature.name}: {', '.join(graded) or 'none'}",
        )
    if exercise.name not in texts:
        raise DocsError(f"{lab.tasks} does not describe {exercise.name!r}", f"Add a heading: ## {exercise.name}")
    return Task(exercise, texts[exercise.name], graded[exercise.name])


def _split_tasks(text: str) -> tuple[str, dict[str, str], str]:
    """What is before the first `##` heading, the text under each, and what follows a line `---`."""
    body, _, outro = text.partition("\n---\n")
    intro, *parts = f"\n{body}".split("\n## ")
    tasks = {}
    for part in parts:
        heading, _, task = part.partition("\n")
        tasks[heading.strip()] = task.strip()
    return intro.strip(), tasks, outro.strip()
