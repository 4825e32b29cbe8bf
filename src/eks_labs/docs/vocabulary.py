"""The step vocabulary, read from the code that defines it, without running it."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from eks_labs.docs.errors import DocsError

KINDS = ("given", "when", "then")


@dataclass(frozen=True)
class StepDefinition:
    """A sentence that scenarios may use. `pattern` has its arguments in braces, without their types."""

    kind: str
    pattern: str
    meaning: str


@dataclass(frozen=True)
class Subject:
    """The steps of one module of `checks/steps`."""

    name: str
    summary: str
    steps: tuple[StepDefinition, ...]


def read_vocabulary(folder: Path) -> tuple[Subject, ...]:
    """The vocabulary in `folder`, by subject. Raises `DocsError` for a step that does not say what it means."""
    return tuple(
        subject for path in sorted(folder.glob("*.py")) if path.stem != "__init__" and (subject := _subject(path)).steps
    )


def _subject(path: Path) -> Subject:
    module = ast.parse(path.read_text())
    steps = tuple(
        step for node in module.body if isinstance(node, ast.FunctionDef) for step in _definitions(path, node)
    )
    return Subject(path.stem, ast.get_docstring(module) or "", steps)


def _definitions(path: Path, function: ast.FunctionDef) -> Iterator[StepDefinition]:
    for decorator in function.decorator_list:
        if isinstance(decorator, ast.Call) and isinstance(decorator.func, ast.Name) and decorator.func.id in KINDS:
            meaning = ast.get_docstring(function)
            if not meaning:
                where = f"{path}:{function.lineno}"
                raise DocsError(f"{where}: step {function.name} has no docstring", "Say in it what the step means.")
            yield StepDefinition(decorator.func.id.capitalize(), _pattern(path, decorator.args[0]), meaning)


def _pattern(path: Path, argument: ast.expr) -> str:
    """The sentence in `"…"` or `parsers.parse("…")`."""
    while isinstance(argument, ast.Call):
        argument = argument.args[0]
    if not (isinstance(argument, ast.Constant) and isinstance(argument.value, str)):
        raise DocsError(f"{path}:{argument.lineno}: a step's sentence is computed", "Write it as a literal string.")
    return argument.value
