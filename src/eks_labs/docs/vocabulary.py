"""The step vocabulary, read from the code that defines it, without running it."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from eks_labs.docs.errors import DocsError
from eks_labs.docs.sources import read

KINDS = ("given", "when", "then")


@dataclass(frozen=True)
class StepDefinition:
    """Sentences that scenarios may use, which all mean the same. Their arguments are in braces."""

    kind: str
    patterns: tuple[str, ...]
    meaning: str
    true_of_nothing: bool = False
    """Whether it passes where nothing is, so that an exercise needs another one besides."""


@dataclass(frozen=True)
class Subject:
    """The steps of one module of `checks/steps`. `summary` is its docstring, without the name at its beginning."""

    name: str
    summary: str
    steps: tuple[StepDefinition, ...]


def read_vocabulary(folder: Path) -> tuple[Subject, ...]:
    """The vocabulary in `folder`, by subject. Raises `DocsError` for a step that does not say what it means."""
    return tuple(
        subject for path in sorted(folder.glob("*.py")) if path.stem != "__init__" and (subject := _subject(path)).steps
    )


def _subject(path: Path) -> Subject:
    try:
        module = ast.parse(read(path))
    except SyntaxError as error:
        raise DocsError(f"{path}:{error.lineno}: {error.msg}", "Correct the step's code.") from error
    functions = [node for node in module.body if isinstance(node, ast.FunctionDef)]
    steps = tuple(step for function in functions for step in _definitions(path, function))
    summary = (ast.get_docstring(module) or "").removeprefix(f"{path.stem.capitalize()}: ")
    return Subject(path.stem, summary[:1].upper() + summary[1:], steps)


def _definitions(path: Path, function: ast.FunctionDef) -> Iterator[StepDefinition]:
    for kind in KINDS:
        # Decorators are applied from the bottom, but read from the top.
        decorators = [found for found in function.decorator_list if _is_of(found, kind)]
        patterns = tuple(_pattern(path, decorator) for decorator in decorators)
        if not patterns:
            continue
        meaning = ast.get_docstring(function)
        if not meaning:
            where = f"{path}:{function.lineno}"
            raise DocsError(f"{where}: step {function.name} has no docstring", "Say in it what the step means.")
        nothing = any(isinstance(n, ast.Name) and n.id == "true_of_nothing" for n in function.decorator_list)
        yield StepDefinition(kind.capitalize(), patterns, meaning, nothing)


def _is_of(decorator: ast.expr, kind: str) -> bool:
    return isinstance(decorator, ast.Call) and isinstance(decorator.func, ast.Name) and decorator.func.id == kind


def _pattern(path: Path, argument: ast.expr) -> str:
    """The sentence in `"…"` or `parsers.parse("…")`."""
    while isinstance(argument, ast.Call) and argument.args:
        argument = argument.args[0]
    if not (isinstance(argument, ast.Constant) and isinstance(argument.value, str)):
        raise DocsError(f"{path}:{argument.lineno}: a step's sentence is computed", "Write it as a literal string.")
    return argument.value
