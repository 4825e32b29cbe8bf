"""The reference of `labs run --json`, read from the code that defines the events, without running it."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from eks_labs.docs.errors import DocsError
from eks_labs.events import Event, name_of

_TYPES = {"str": "string", "int": "integer", "float": "number", "bool": "boolean"}
"""Python's name → JSON's."""

EVENTS = {kind.__name__: name_of(kind) for kind in Event.__args__}
"""Classes that are events → their names in JSON; the other classes are parts of them."""


@dataclass(frozen=True)
class Field:
    """One key of an object. `unit` is empty when it has none."""

    name: str
    type: str
    unit: str
    meaning: str


@dataclass(frozen=True)
class Shape:
    """One kind of object: an event, or a part of one. `name` is an event's in JSON, a part's in Python."""

    name: str
    event: bool
    meaning: str
    fields: tuple[Field, ...]


def read_events(path: Path) -> tuple[Shape, ...]:
    """The shapes that the module at `path` defines, in its order. Raises `DocsError` for a field without a meaning."""
    module = ast.parse(path.read_text())
    units = dict(_units(module))
    return tuple(_shape(path, node, units) for node in module.body if isinstance(node, ast.ClassDef))


def _units(module: ast.Module) -> Iterator[tuple[str, tuple[str, str]]]:
    """Names like `Seconds = Annotated[float, "s"]` → (type, unit)."""
    for node in module.body:
        match node:
            case ast.Assign(
                targets=[ast.Name(id=name)],
                value=ast.Subscript(slice=ast.Tuple(elts=[ast.Name(id=kind), ast.Constant(value=str(unit))])),
            ):
                yield name, (_TYPES[kind], unit)


def _shape(path: Path, node: ast.ClassDef, units: dict[str, tuple[str, str]]) -> Shape:
    fields = []
    # A field's meaning is the string that follows it.
    for field, after in zip(node.body, [*node.body[1:], None], strict=True):
        match field, after:
            case (
                ast.AnnAssign(target=ast.Name(id=name), annotation=annotation),
                ast.Expr(value=ast.Constant(value=str(meaning))),
            ):
                type_, unit = _type(ast.unparse(annotation), units)
                fields.append(Field(name, type_, unit, meaning))
            case ast.AnnAssign(target=ast.Name(id=name)), _:
                where = f"{path}:{field.lineno}"
                raise DocsError(f"{where}: {node.name}.{name} has no meaning", "Say it in a string under the field.")
    name = EVENTS.get(node.name, node.name)
    return Shape(name, node.name in EVENTS, ast.get_docstring(node) or "", tuple(fields))


def _type(annotation: str, units: dict[str, tuple[str, str]]) -> tuple[str, str]:
    """(JSON's type, unit) of a Python annotation."""
    if annotation in units:
        return units[annotation]
    inner = annotation.removeprefix("tuple[").removesuffix(", ...]")
    if inner == annotation:
        return _TYPES[annotation], ""
    if inner.startswith("tuple["):
        parts = inner.removeprefix("tuple[").removesuffix("]").split(", ")
        return f"array of arrays ({', '.join(_TYPES[part] for part in parts)})", ""
    return f"array of {inner}", ""
