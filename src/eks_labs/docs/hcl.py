"""Just enough HCL: the top-level blocks of a file, as text, and the attributes of a block that are plain literals.

Terraform itself judges a lab's Terraform; pages only quote it and draw what it says literally.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

Literal = str | int | bool

_BLOCK = re.compile(r'^(?P<kind>[a-z_]+)(?P<labels>(?:\s+"[^"]*")*)\s*\{', re.MULTILINE)
_TOKEN = re.compile(
    r'"(?:\\.|[^"\\])*"|#[^\n]*|//[^\n]*|<<-?(?P<end>\w+)\n.*?^\s*(?P=end)$|[{}]', re.DOTALL | re.MULTILINE
)
_ATTRIBUTE = re.compile(r"^  (?P<name>\w+)\s*=\s*(?P<value>.+?)\s*(?:#.*)?$", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """One top-level block, with the comment lines right above it."""

    kind: str
    labels: tuple[str, ...]
    text: str

    @property
    def header(self) -> str:
        """The block's first line without the brace: `module "cluster"`."""
        return " ".join([self.kind, *(f'"{label}"' for label in self.labels)])


def blocks(text: str) -> tuple[Block, ...]:
    """The top-level blocks of a formatted HCL file."""
    return tuple(
        Block(
            match["kind"],
            tuple(re.findall(r'"([^"]*)"', match["labels"])),
            text[_start(text, match.start()) : _end(text, match.end())],
        )
        for match in _BLOCK.finditer(text)
    )


def literals(block: Block, variables: Mapping[str, Literal]) -> dict[str, Literal]:
    """The block's own attributes that are strings, numbers or booleans, or variables whose default is one."""
    found = {}
    for match in _ATTRIBUTE.finditer(block.text):
        value = _literal(match["value"], variables)
        if value is not None:
            found[match["name"]] = value
    return found


def defaults(files: Mapping[str, str]) -> dict[str, Literal]:
    """The literal defaults of all variables that the files declare."""
    found = {}
    for text in files.values():
        for block in blocks(text):
            if block.kind == "variable" and (default := literals(block, {}).get("default")) is not None:
                found[block.labels[0]] = default
    return found


def _literal(value: str, variables: Mapping[str, Literal]) -> Literal | None:
    if re.fullmatch(r'"[^"$]*"', value):
        return value[1:-1]
    if re.fullmatch(r"\d+", value):
        return int(value)
    if value in ("true", "false"):
        return value == "true"
    return variables.get(value.removeprefix("var.")) if value.startswith("var.") else None


def _start(text: str, position: int) -> int:
    """Where the comment lines begin that stand right above `position`."""
    lines = text[:position].splitlines(keepends=True)
    while lines and lines[-1].startswith("#"):
        position -= len(lines.pop())
    return position


def _end(text: str, position: int) -> int:
    """The position after the brace that closes the block whose opening brace ends at `position`."""
    depth = 1
    for token in _TOKEN.finditer(text, position):
        depth += {"{": 1, "}": -1}.get(token[0], 0)
        if depth == 0:
            return token.end()
    return len(text)
