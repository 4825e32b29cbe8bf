"""Whether a step can fail at all: is there a way from its function to something that fails?

Read from the syntax tree. What fails is `raise`, `assert`, a wait (`lab.eventually`), a command that must succeed
(`lab.run`), `pytest.fail` and `pytest.raises`, and every function of `checks/` that is called and fails itself. Whether
it fails when it should is not read off the code, but tried: see `eks_labs.rehearsal`.
"""

import ast
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from eks_labs.lint.problem import Broken, Problem
from eks_labs.lint.reading import text_of

Function = ast.FunctionDef | ast.AsyncFunctionDef

_PACKAGE = "checks"
"""The course's own code. Calls into other packages are not followed."""

_PYTEST = ("fail", "raises")

_IMPORTS = 9
"""Modules that one may have a function from by way of the others: two may have it from each other."""


@dataclass(frozen=True)
class _Names:
    """What a module calls things."""

    functions: Mapping[str, Function]
    """Its functions, and the methods of its classes."""
    imported: Mapping[str, tuple[str, str]]
    """Name → (module of `checks`, name there, or nothing when the module itself is meant)."""


class StepCode:
    """Python files of a course, each read once. `root` is the folder that has `checks/`."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._trees: dict[Path, ast.Module] = {}
        self._names: dict[Path, _Names] = {}

    def tree(self, path: Path) -> ast.Module:
        """The syntax tree of a file. Raises `Broken`."""
        if path not in self._trees:
            self._trees[path] = _parsed(path)
        return self._trees[path]

    def can_fail(self, path: Path, function: Function) -> bool:
        """Whether a function of the file `path` may come to something that fails."""
        seen: set[Function] = set()
        waiting = [(path, function)]
        while waiting:
            place, current = waiting.pop()
            if current in seen:
                continue
            seen.add(current)
            body = list(_inside(current))
            if any(map(_fails_itself, body)):
                return True
            waiting += filter(None, (self._called(place, node) for node in body))
            # A function inside of this one need not be called here: it may be given to somebody who calls it.
            named = {node.id for node in body if isinstance(node, ast.Name)}
            waiting += [(place, node) for node in body if isinstance(node, Function) and node.name in named]
        return False

    def _called(self, path: Path, node: ast.AST) -> tuple[Path, Function] | None:
        """The course's function that a call is of."""
        if not isinstance(node, ast.Call):
            return None
        names, called = self._names_in(path), node.func
        if isinstance(called, ast.Name):
            if called.id in names.functions:
                return path, names.functions[called.id]
            return self._imported(*names.imported.get(called.id, ("", "")))
        if not isinstance(called, ast.Attribute):
            return None
        module = names.imported.get(_dotted(called.value), ("", ""))
        if module[0]:
            return self._imported(".".join(filter(None, module)), called.attr)
        # A method: of whatever object, so the one of that name in this file is taken.
        return (path, names.functions[called.attr]) if called.attr in names.functions else None

    def _imported(self, module: str, name: str) -> tuple[Path, Function] | None:
        """A function that a module of `checks` has, or has from another one."""
        for _ in range(_IMPORTS):
            place = self._root.joinpath(*module.split("."))
            path = next((file for file in (place.with_suffix(".py"), place / "__init__.py") if file.is_file()), None)
            if path is None or not name:
                return None
            found = self._names_in(path)
            if name in found.functions:
                return path, found.functions[name]
            module, name = found.imported.get(name, ("", ""))
        return None

    def _names_in(self, path: Path) -> _Names:
        if path not in self._names:
            try:
                tree = self.tree(path)
            except Broken:  # told of where it is a file of steps; an import of it fails at the first run
                tree = ast.Module([], [])
            self._names[path] = _Names(dict(_functions(tree)), dict(_imports(tree)))
        return self._names[path]


def last_name(node: ast.expr) -> str:
    """`c` of `a.b.c`, and of `c`; nothing for what is no name."""
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _parsed(path: Path) -> ast.Module:
    text = text_of(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except SyntaxError as error:
        raise Broken(Problem(path, max(error.lineno or 1, 1), f"is not Python: {error.msg}")) from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise Broken(Problem(path, 1, f"is not Python: {error}")) from error


def _inside(function: Function) -> Iterator[ast.AST]:
    """What is in a function's body. Of functions in it, they themselves, and not what is in them."""
    waiting: list[ast.AST] = [*reversed(function.body)]
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, Function | ast.ClassDef):
            waiting += reversed(list(ast.iter_child_nodes(node)))


def _fails_itself(node: ast.AST) -> bool:
    if isinstance(node, ast.Raise | ast.Assert):
        return True
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    owner, name = _dotted(node.func.value), node.func.attr
    if owner == "lab" and name == "run":
        return not any(keyword.arg == "allow_failure" for keyword in node.keywords)
    return (owner == "pytest" and name in _PYTEST) or name == "eventually"


def _functions(tree: ast.Module) -> Iterator[tuple[str, Function]]:
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            yield from ((method.name, method) for method in node.body if isinstance(method, Function))
    yield from ((node.name, node) for node in tree.body if isinstance(node, Function))


def _imports(tree: ast.Module) -> Iterator[tuple[str, tuple[str, str]]]:
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and _is_ours(node.module or ""):
            yield from ((alias.asname or alias.name, (node.module or "", alias.name)) for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from ((alias.asname or alias.name, (alias.name, "")) for alias in node.names if _is_ours(alias.name))


def _is_ours(module: str) -> bool:
    return module == _PACKAGE or module.startswith(f"{_PACKAGE}.")


def _dotted(node: ast.expr) -> str:
    """`a.b` of the expression `a.b`; nothing for other expressions."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    return ".".join(reversed([*names, node.id])) if isinstance(node, ast.Name) else ""
