"""A Terraform module as its files declare it: variables, locals, resources, outputs, and what it calls."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from eks_labs.lint.problem import Broken, Problem, Spot
from eks_labs.lint.reading import text_of
from eks_labs.lint.terraform.syntax import Block, parse
from eks_labs.lint.terraform.tokens import HclError
from eks_labs.lint.tree import Tree, files_in


@dataclass(frozen=True)
class Placed:
    """A block and the file it is in."""

    block: Block
    path: Path
    overrides: bool
    """Terraform merges `override.tf` and `*_override.tf` into the other files, rather than adding them."""

    @property
    def spot(self) -> Spot:
        """Where it begins."""
        return Spot(self.path, self.block.line)


@dataclass(frozen=True)
class Module:
    """All blocks of one folder. `place` is the folder's in the workspace."""

    place: str
    blocks: tuple[Placed, ...]
    problems: tuple[Problem, ...]
    """What keeps files from being parsed."""
    complete: bool
    """Whether everything that it declares is in `blocks`: nobody can be told that a name is undeclared otherwise."""
    lines: int
    """Of all files together."""

    def of_kind(self, kind: str) -> dict[str, Placed]:
        """Name → block of `variable`, `output` or `module` blocks; not what only overrides it."""
        ordered = sorted(self.blocks, key=lambda placed: not placed.overrides)
        return {placed.block.labels[0]: placed for placed in ordered if _is(placed.block, kind, 1)}

    def required(self) -> set[str]:
        """Names of variables without a default."""
        blocks = [placed.block for placed in self.blocks if _is(placed.block, "variable", 1)]
        optional = {block.labels[0] for block in blocks if block.body.attribute("default") is not None}
        return {block.labels[0] for block in blocks} - optional

    def typed(self, kind: str) -> set[str]:
        """`TYPE.NAME` of `resource` or `data` blocks; a `check` may hold data of its own."""
        nested = [block for placed in self.blocks if placed.block.kind == "check" for block in placed.block.body.blocks]
        blocks = [placed.block for placed in self.blocks] + nested
        return {".".join(block.labels) for block in blocks if _is(block, kind, 2)}

    def locals(self) -> set[str]:
        """Names of local values."""
        blocks = [placed.block for placed in self.blocks if placed.block.kind == "locals"]
        return {attribute.name for block in blocks for attribute in block.body.attributes}

    def providers(self) -> set[str]:
        """Names of the providers it requires. AWS's goes without saying."""
        settings = [placed.block for placed in self.blocks if placed.block.kind == "terraform"]
        required = [
            block for setting in settings for block in setting.body.blocks if block.kind == "required_providers"
        ]
        return {"aws", *(attribute.name for block in required for attribute in block.body.attributes)}


@dataclass(frozen=True)
class File:
    """A Terraform file: its blocks, or what keeps it from being parsed."""

    blocks: tuple[Block, ...]
    lines: int
    problems: tuple[Problem, ...] = ()


@dataclass
class Files:
    """Files, each parsed once: labs share modules, and a solution most of its lab's files."""

    text: Callable[[Path], str] = text_of
    """What reads one. Raises `Broken`."""
    _parsed: dict[Path, File] = field(default_factory=dict)

    def file(self, path: Path) -> File:
        """The file at `path`."""
        if path not in self._parsed:
            self._parsed[path] = _parse(path, self.text)
        return self._parsed[path]


@dataclass
class Modules:
    """The modules of a workspace."""

    tree: Tree
    files: Files
    _read: dict[str, Module] = field(default_factory=dict)

    def at(self, place: str) -> Module:
        """The module in a folder; one without blocks when there is none."""
        if place not in self._read:
            self._read[place] = self._module(place)
        return self._read[place]

    def exists(self, place: str) -> bool:
        """Whether a folder has Terraform files."""
        return bool(files_in(self.tree, place, [".tf", ".tf.json"]))

    def shared(self) -> list[str]:
        """Folders of the modules in `terraform/modules`."""
        within = [place.split("/") for place in self.tree if place.startswith("terraform/modules/")]
        return sorted({"/".join(parts[:3]) for parts in within if len(parts) > 3})

    def _module(self, place: str) -> Module:
        paths = files_in(self.tree, place, [".tf"])
        files = {name: self.files.file(path) for name, path in paths.items()}
        problems = tuple(problem for file in files.values() for problem in file.problems)
        return Module(
            place=place,
            blocks=tuple(
                Placed(block, paths[name], _overrides(name)) for name, file in files.items() for block in file.blocks
            ),
            problems=problems,
            complete=not problems and not files_in(self.tree, place, [".tf.json"]),
            lines=sum(file.lines for file in files.values()),
        )


def _parse(path: Path, read: Callable[[Path], str]) -> File:
    try:
        text = read(path)
    except Broken as broken:
        return File((), 0, broken.problems)
    lines = text.count("\n") + bool(text and not text.endswith("\n"))
    try:
        body = parse(text)
    except HclError as error:
        return File((), lines, (Problem(path, error.line, f"is not Terraform's syntax: {error.message}"),))
    return File(
        body.blocks,
        lines,
        tuple(Problem(path, stray.line, f"{stray.name} is outside of any block") for stray in body.attributes),
    )


def _overrides(name: str) -> bool:
    return name == "override.tf" or name.endswith("_override.tf")


def _is(block: Block, kind: str, labels: int) -> bool:
    return block.kind == kind and len(block.labels) == labels
