"""The step vocabulary: which sentences scenarios may use, read from `checks/steps` without running it.

Running it would import Kubernetes' client, which alone takes longer than lint may. So the decorators are read from the
syntax tree, and their sentences given to pytest-bdd's own parsers: what matches here is what pytest-bdd would call.
"""

import ast
import importlib.util
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from eks_labs.lint.assertions import StepCode, last_name
from eks_labs.lint.problem import Broken, Problem, Spot
from eks_labs.lint.reading import files_below

_DECORATORS = {"given": "given", "when": "when", "then": "then", "step": ""}

_TRUE_OF_NOTHING = "true_of_nothing"

_ASSERT = "It would pass whatever there is: raise CheckFailed, or wait with lab.eventually"


@dataclass(frozen=True)
class Definition:
    """What pytest-bdd keeps of a step in a `StepFunctionContext`, as far as matching needs it."""

    kind: str
    """given, when or then; empty for all of them."""
    parser: Any
    arguments: frozenset[str]
    """What the function asks for: `docstring` and `datatable` are the step's own."""
    function: str
    spot: Spot
    """Where that is."""
    true_of_nothing: bool
    """Whether it says that it passes where nothing is: `eks_labs.checks.true_of_nothing`."""

    def matches(self, kind: str, text: str) -> bool:
        """Whether pytest-bdd would take this definition for the step."""
        return self.kind in ("", kind) and bool(self.parser.is_matching(text))


@dataclass(frozen=True)
class Vocabulary:
    """All definitions, and what is wrong with the files they are in."""

    definitions: tuple[Definition, ...]
    problems: tuple[Problem, ...]

    def definition(self, kind: str, text: str) -> Definition | None:
        """The definition of a step."""
        return next((known for known in self.definitions if known.matches(kind, text)), None)

    def sentences(self, kind: str) -> list[str]:
        """The sentences of a kind, as they are defined."""
        return [known.parser.name for known in self.definitions if known.kind in ("", kind)]


def read(folder: Path) -> Vocabulary:
    """The vocabulary in `folder`: of the same files that the runner gives to pytest."""
    files, problems = files_below(folder)
    parsers = _parsers()
    definitions: list[Definition] = []
    code = StepCode(folder.parent.parent)
    for place, path in files.items():
        if "/" in place or place.startswith("_") or not place.endswith(".py"):
            continue
        try:
            for found in _in_file(path, code, parsers):
                if isinstance(found, Problem):
                    problems.append(found)
                else:
                    definitions.append(found)
        except Broken as broken:
            problems += broken.problems
    return Vocabulary(tuple(definitions), tuple(problems))


def _in_file(path: Path, code: StepCode, parsers: ModuleType) -> Iterator[Definition | Problem]:
    for function in code.tree(path).body:
        if isinstance(function, ast.FunctionDef):
            for found in _of_function(path, function, parsers):
                yield found
                if isinstance(found, Definition) and found.kind == "then" and not code.can_fail(path, function):
                    yield Problem(path, function.lineno, f"step {function.name} asserts nothing. {_ASSERT}")


def _of_function(path: Path, function: ast.FunctionDef, parsers: ModuleType) -> Iterator[Definition | Problem]:
    arguments = frozenset(argument.arg for argument in [*function.args.args, *function.args.kwonlyargs])
    nothing = any(last_name(decorator) == _TRUE_OF_NOTHING for decorator in function.decorator_list)
    for decorator in function.decorator_list:
        if not isinstance(decorator, ast.Call) or (name := last_name(decorator.func)) not in _DECORATORS:
            continue
        try:
            parser = _parser(decorator, parsers)
        except (ValueError, TypeError, LookupError, AttributeError) as error:
            yield Problem(path, decorator.lineno, f"the sentence of {function.name} cannot be read: {error}")
            continue
        yield Definition(_DECORATORS[name], parser, arguments, function.name, Spot(path, function.lineno), nothing)
        if not ast.get_docstring(function):
            yield Problem(
                path, function.lineno, f"step {function.name} has no docstring. Say in it what the step means"
            )


def _parser(decorator: ast.Call, parsers: ModuleType) -> Any:
    """pytest-bdd's parser for the decorator's sentence. Raises `ValueError` and what a bad pattern makes it raise."""
    given = decorator.args[0] if decorator.args else None
    if isinstance(given, ast.Constant) and isinstance(given.value, str):
        return parsers.string(given.value)
    if not isinstance(given, ast.Call) or not given.args:
        raise ValueError("write it as a literal string")
    pattern, kind = given.args[0], last_name(given.func)
    if kind not in ("parse", "cfparse", "re", "string"):
        raise ValueError(f"pytest-bdd has no parser {kind!r}")
    if not (isinstance(pattern, ast.Constant) and isinstance(pattern.value, str)):
        raise ValueError("write it as a literal string")
    types = _extra_types(given)
    try:
        return getattr(parsers, kind)(pattern.value, **({"extra_types": types} if types else {}))
    except Exception as error:  # whatever re, parse and parse_type make of a pattern that is none
        raise ValueError(str(error)) from error


def _extra_types(call: ast.Call) -> dict[str, Any]:
    """The author's own types of arguments: which text they take is known only by running them, so they take any."""
    for keyword in call.keywords:
        if keyword.arg == "extra_types" and isinstance(keyword.value, ast.Dict):
            keys = [key.value for key in keyword.value.keys if isinstance(key, ast.Constant)]
            return {str(key): str for key in keys}
    return {}


def _parsers() -> ModuleType:
    """`pytest_bdd.parsers` alone: importing its package imports pytest, for half of the second that lint has."""
    package = importlib.util.find_spec("pytest_bdd")
    if package is None or not package.submodule_search_locations:
        raise ModuleNotFoundError("pytest_bdd")
    file = Path(package.submodule_search_locations[0]) / "parsers.py"
    spec = importlib.util.spec_from_file_location("_eks_labs_step_parsers", file)
    if spec is None or spec.loader is None:
        raise ModuleNotFoundError("pytest_bdd.parsers")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
