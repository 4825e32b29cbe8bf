"""Rule: the guide shows every scenario of the walkthrough once, and quotes only what is there."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from eks_labs.errors import closest
from eks_labs.lint.problem import Broken, Problem
from eks_labs.lint.subject import Subject
from eks_labs.lint.tree import files_in

DIRECTIVES = ("diagram", "manifest", "scenario", "terraform")

_PLACE = re.compile(r"\{\{ (?P<name>[a-z_]+)(?:: (?P<argument>.+))? \}\}")
"""A line of its own, as `eks_labs.docs.guide` fills it in."""


@dataclass(frozen=True)
class Directive:
    """`{{ name: argument }}` on a line."""

    line: int
    name: str
    argument: str


def check(subject: Subject) -> Iterator[Problem]:
    """The lab's `guide.md`."""
    path = subject.lab.folder / "guide.md"
    text = subject.guide
    yield from _heading(subject, path, text)
    found = directives(text)
    yield from _malformed(path, text)
    for directive in found:
        message = _message(subject, directive)
        if message:
            yield Problem(path, directive.line, message)
    yield from _shown(subject, path, found)


def directives(text: str) -> list[Directive]:
    """What the guide asks for, in order."""
    return [
        Directive(number, match["name"], match["argument"] or "")
        for number, line in enumerate(text.split("\n"), start=1)
        if (match := _PLACE.fullmatch(line))
    ]


def _heading(subject: Subject, path: Path, text: str) -> Iterator[Problem]:
    try:
        title = subject.description.values.get("title")
    except Broken:
        return
    if isinstance(title, str) and text.partition("\n")[0] != f"# {title}":
        yield Problem(path, 1, f"does not begin with the lab's title. Begin it with: # {title}")


def _malformed(path: Path, text: str) -> Iterator[Problem]:
    """Lines that are meant as directives and would be printed as they stand."""
    fenced = False
    for number, line in enumerate(text.split("\n"), start=1):
        fenced ^= line.lstrip().startswith("```")
        stripped = line.strip()
        if not fenced and stripped.startswith("{{") and not _PLACE.fullmatch(line):
            yield Problem(
                path,
                number,
                f"{stripped[:60]!r} is no directive. Write it alone on its line, as {{{{ name: argument }}}}",
            )


def _message(subject: Subject, directive: Directive) -> str | None:
    """What is wrong with a directive. Scenarios are counted elsewhere."""
    if directive.name == "diagram":
        return None
    if directive.name == "scenario":
        return _scenario(subject, directive.argument)
    if directive.name == "terraform":
        return _terraform(subject, directive.argument)
    if directive.name == "manifest":
        files = list(files_in(subject.modules.tree, f"manifests/{subject.lab.name}", [".yaml"]))
        if directive.argument not in files:
            return f"there is no manifest {directive.argument}. {closest(directive.argument, files)}"
        return None
    return f"nothing is called {{{{ {directive.name} }}}}. {closest(directive.name, list(DIRECTIVES))}"


def _scenario(subject: Subject, name: str) -> str | None:
    try:
        scenarios = subject.feature.scenarios
    except Broken:
        return None
    walkthrough = [scenario.name for scenario in scenarios if not scenario.exercise]
    if name in walkthrough:
        return None
    if any(scenario.name == name for scenario in scenarios):
        return f"the scenario {name!r} is an exercise, and belongs to exercise.md"
    return f"there is no scenario {name!r}. {closest(name, walkthrough)}"


def _terraform(subject: Subject, argument: str) -> str | None:
    place = f"terraform/{subject.lab.name}"
    name, _, header = argument.partition("#")
    files = files_in(subject.modules.tree, place, [".tf"])
    if name not in files:
        return f"there is no file {name} in {place}. {closest(name, list(files))}"
    blocks = subject.modules.at(place).blocks
    headers = [placed.block.header for placed in blocks if placed.path == files[name]]
    if header and headers and header not in headers:
        return f"{name} has no block {header}. {closest(header, headers)}"
    return None


def _shown(subject: Subject, path: Path, found: list[Directive]) -> Iterator[Problem]:
    lines: dict[str, list[int]] = {}
    for directive in found:
        if directive.name == "scenario":
            lines.setdefault(directive.argument, []).append(directive.line)
    for name, shown in lines.items():
        for line in shown[1:]:
            yield Problem(path, line, f"the scenario {name!r} is already shown in line {shown[0]}")
    for scenario in subject.feature.scenarios:
        if not scenario.exercise and scenario.name and scenario.name not in lines:
            message = f"the scenario {scenario.name!r} is not shown. Have this line in the guide: "
            yield Problem(path, 1, message + f"{{{{ scenario: {scenario.name} }}}}")
