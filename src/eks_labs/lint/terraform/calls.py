"""Rule: modules that are called exist, get the arguments they take, and have the outputs that are used."""

import posixpath
from collections.abc import Iterator

from eks_labs.errors import closest
from eks_labs.lint.problem import Problem, Spot
from eks_labs.lint.terraform.module import Module, Modules, Placed
from eks_labs.lint.terraform.references import references
from eks_labs.lint.terraform.syntax import Attribute

_OF_TERRAFORM = {"source", "version", "providers", "count", "for_each", "depends_on"}


def sources(module: Module, modules: Modules) -> Iterator[Problem]:
    """Sources that lead nowhere."""
    for placed in module.blocks:
        if placed.block.kind != "module" or placed.overrides:
            continue
        source = placed.block.body.attribute("source")
        if source is None:
            yield placed.spot.problem(f"{placed.block.header} has no source")
        elif source.literal is None:
            yield Spot(placed.path, source.line).problem(
                "source must be a plain string: Terraform reads it before all else"
            )
        elif not _is_local(source.literal):
            yield from _elsewhere(source.literal, Spot(placed.path, source.line), modules)
        elif not modules.exists(place := _target(module, source.literal)):
            known = [posixpath.relpath(other, module.place) for other in modules.shared()]
            hint = closest(source.literal, known)
            yield Spot(placed.path, source.line).problem(f"there is no module in {place}. {hint}")


def arguments(module: Module, modules: Modules) -> Iterator[Problem]:
    """Arguments that a called module does not take, and required ones that are not given."""
    for name, attributes in _calls(module).items():
        called = _called(module, attributes, modules)
        if called is None or not called.complete or not module.complete:
            continue
        variables = called.of_kind("variable")
        for placed, attribute in attributes:
            if attribute.name not in variables and attribute.name not in _OF_TERRAFORM:
                message = (
                    f"{called.place} takes no argument {attribute.name}. {closest(attribute.name, list(variables))}"
                )
                yield Spot(placed.path, attribute.line).problem(message)
        given = {attribute.name for _, attribute in attributes}
        for missing in sorted(called.required() - given):
            yield module.of_kind("module")[name].spot.problem(
                f'module "{name}" does not give {missing}, which {called.place} requires'
            )


def outputs(module: Module, modules: Modules) -> Iterator[Problem]:
    """References to outputs that the called module does not have."""
    calls = _calls(module)
    providers = module.providers()
    for placed in module.blocks:
        for found in references(placed.block.body, providers):
            if found.parts[0] != "module" or len(found.parts) < 3 or found.parts[1] not in calls:
                continue
            attributes = calls[found.parts[1]]
            repeated = {attribute.name for _, attribute in attributes} & {"count", "for_each"}
            called = _called(module, attributes, modules)
            if called is None or not called.complete or (repeated and not found.indexed):
                continue
            known = called.of_kind("output")
            if found.parts[2] not in known:
                message = f"{called.place} has no output {found.parts[2]}. {closest(found.parts[2], list(known))}"
                yield Spot(placed.path, found.line).problem(message)


def reached(place: str, modules: Modules) -> list[str]:
    """The folder `place` and those of all modules that are called from there."""
    found = [place]
    for current in found:
        module = modules.at(current)
        for attributes in _calls(module).values():
            called = _called(module, attributes, modules)
            if called is not None and called.place not in found:
                found.append(called.place)
    return found


def _calls(module: Module) -> dict[str, list[tuple[Placed, Attribute]]]:
    """Name → attributes of each `module` block, those of override files among them."""
    found: dict[str, list[tuple[Placed, Attribute]]] = {}
    for placed in module.blocks:
        if placed.block.kind == "module" and len(placed.block.labels) == 1:
            attributes = found.setdefault(placed.block.labels[0], [])
            attributes += [(placed, attribute) for attribute in placed.block.body.attributes]
    return found


def _called(module: Module, attributes: list[tuple[Placed, Attribute]], modules: Modules) -> Module | None:
    """The module that is called, None when it is not in the workspace."""
    given = [attribute.literal for _, attribute in attributes if attribute.name == "source"]
    source = given[-1] if given else None
    if source is None or not _is_local(source) or not modules.exists(_target(module, source)):
        return None
    return modules.at(_target(module, source))


def _target(module: Module, source: str) -> str:
    return posixpath.normpath(posixpath.join(module.place, source))


def _is_local(source: str) -> bool:
    return source.startswith(("./", "../"))


def _elsewhere(source: str, spot: Spot, modules: Modules) -> Iterator[Problem]:
    """A module from elsewhere is not lint's to fetch; what is plainly meant as a path is told."""
    parts = [part for part in source.split("//")[0].split("/") if part]
    known = {place.rsplit("/", 1)[1] for place in modules.shared()}
    if source in (".", "..") or (len(parts) < 3 and "." not in "".join(parts[:1]) and ":" not in source):
        hint = f"Write ../modules/{parts[-1]}" if parts and parts[-1] in known else "A path begins with ./ or ../"
        yield spot.problem(f"{source!r} is no module's source. {hint}")
