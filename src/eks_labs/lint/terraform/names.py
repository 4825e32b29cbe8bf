"""Rule: whatever a module's expressions refer to is declared in it, and nothing is declared twice."""

from collections.abc import Iterator

from eks_labs.errors import closest
from eks_labs.lint.problem import Problem, Spot
from eks_labs.lint.terraform.module import Module, Placed
from eks_labs.lint.terraform.references import Reference, references

_OF_THE_PAST = ("moved", "removed", "terraform")
"""Blocks whose names are of things that are no longer there, or of Terraform itself."""

_KINDS = (
    *("terraform", "provider", "variable", "locals", "module", "resource", "data", "output"),
    *("moved", "removed", "import", "check", "ephemeral"),
)

_NAMED = {"variable": 1, "output": 1, "module": 1, "resource": 2, "data": 2}


def undeclared(module: Module) -> Iterator[Problem]:
    """References to names that the module does not declare."""
    if not module.complete:
        return
    declared = {
        "var": set(module.of_kind("variable")),
        "local": module.locals(),
        "module": set(module.of_kind("module")),
        "data": module.typed("data"),
        "": module.typed("resource"),
    }
    providers = module.providers()
    for placed in module.blocks:
        if placed.block.kind in _OF_THE_PAST:
            continue
        for found in references(placed.block.body, providers):
            known = declared[found.parts[0] if found.parts[0] in declared else ""]
            name = _name(found)
            if name not in known:
                message = f"{found.text} is not declared in {module.place}. {closest(name, sorted(known))}"
                yield Spot(placed.path, found.line).problem(message)


def declared_twice(module: Module) -> Iterator[Problem]:
    """Blocks of a name that another block has."""
    first: dict[tuple[str, ...], Placed] = {}
    for placed in module.blocks:
        block = placed.block
        if placed.overrides or len(block.labels) != _NAMED.get(block.kind, 0) or block.kind not in _NAMED:
            continue
        other = first.setdefault((block.kind, *block.labels), placed)
        if other is not placed:
            yield placed.spot.problem(f"{block.header} is also in {other.path.name}, line {other.block.line}")


def kinds(module: Module) -> Iterator[Problem]:
    """Blocks of no kind that Terraform has, or without the names that their kind has."""
    for placed in module.blocks:
        block = placed.block
        if block.kind not in _KINDS:
            yield placed.spot.problem(f"Terraform has no block {block.kind}. {closest(block.kind, list(_KINDS))}")
            continue
        wanted = _NAMED.get(block.kind, len(block.labels))
        if len(block.labels) != wanted:
            names = "one name" if wanted == 1 else "a type and a name"
            yield placed.spot.problem(
                f"a {block.kind} has {names} in quotes, this one has {len(block.labels) or 'none'}"
            )


def _name(found: Reference) -> str:
    if found.parts[0] == "data":
        return ".".join(found.parts[1:])
    return found.parts[1] if found.parts[0] in ("var", "local", "module") else found.text
