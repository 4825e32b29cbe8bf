"""A lab as its page needs it: the course's lab with the texts of its files."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from eks_labs.course import Course, Exercise, Lab, Scenario
from eks_labs.docs.errors import DocsError
from eks_labs.docs.records import Record, read_record


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
    intro, texts, outro = _split_tasks(_text(lab.folder / "exercise.md"))
    graded = {scenario.name: scenario for scenario in scenarios if scenario.exercise}
    return Material(
        lab=lab,
        walkthrough=tuple(scenario for scenario in scenarios if not scenario.exercise),
        guide=_text(lab.folder / "guide.md"),
        intro=intro,
        outro=outro,
        tasks=tuple(_task(lab, exercise, texts, graded) for exercise in lab.exercises),
        terraform=_files(lab.terraform, "*.tf"),
        manifests=_files(lab.manifests, "*.yaml"),
        solution=_files(lab.solution, "*"),
        record=read_record(lab.folder / "record.json"),
    )


def _task(lab: Lab, exercise: Exercise, texts: Mapping[str, str], graded: Mapping[str, Scenario]) -> Task:
    if exercise.name not in graded:
        raise DocsError(
            f"{lab.folder / 'lab.toml'}: exercise {exercise.name!r} has no @exercise scenario",
            f"Scenarios tagged so in {lab.feature.name}: {', '.join(graded) or 'none'}",
        )
    if exercise.name not in texts:
        raise DocsError(
            f"{lab.folder / 'exercise.md'} does not describe {exercise.name!r}", f"Add a heading: ## {exercise.name}"
        )
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


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except FileNotFoundError as error:
        raise DocsError(f"{path} is missing", "The page of the lab is made from it.") from error


def _files(folder: Path, pattern: str) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_text()
        for path in sorted(folder.rglob(pattern))
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    }
