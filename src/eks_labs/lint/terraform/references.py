"""Names that expressions use: `var.x`, `local.x`, `module.x.y`, `aws_vpc.this`, `data.aws_ami.x`, found in tokens."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from eks_labs.lint.terraform.syntax import Block, Body
from eks_labs.lint.terraform.tokens import Token

_LENGTH = {"var": 2, "local": 2, "module": 3, "data": 3}
"""Names in a reference, by its first. A resource's is its type, and it has two."""


@dataclass(frozen=True)
class Reference:
    """A reference, as far as it says what is meant: `module.nodes.name`."""

    parts: tuple[str, ...]
    line: int
    indexed: bool
    """Whether something in brackets came between the parts: `module.nodes["blue"].name`."""

    @property
    def text(self) -> str:
        """As it is written, without brackets."""
        return ".".join(self.parts)


def references(body: Body, providers: Collection[str], bound: frozenset[str] = frozenset()) -> Iterator[Reference]:
    """All references in a block and the blocks in it. Names in `bound` stand for something else there."""
    for attribute in body.attributes:
        yield from _in_tokens(attribute.value, providers, bound)
    for block in body.blocks:
        yield from references(block.body, providers, bound | _iterator(block))


def _iterator(block: Block) -> frozenset[str]:
    """The name that a `dynamic` block gives to its current element."""
    if block.kind != "dynamic":
        return frozenset()
    given = block.body.attribute("iterator")
    return frozenset([given.value[0].text] if given else block.labels)


def _in_tokens(tokens: Sequence[Token], providers: Collection[str], bound: frozenset[str]) -> Iterator[Reference]:
    # `for` gives names of its own. They are taken to hide the module's in all of the expression: no false alarms then.
    bound |= _bound(tokens)
    for position, token in enumerate(tokens):
        if token.inner:
            yield from _in_tokens(token.inner, providers, bound)
        if token.kind != "name" or token.text in bound or (position and tokens[position - 1].text == "."):
            continue
        length = _LENGTH.get(token.text) or (2 if _is_resource_type(token.text, providers) else 0)
        found = _read(tokens, position, length)
        if found is not None:
            yield found


def _bound(tokens: Sequence[Token]) -> frozenset[str]:
    found = set()
    for position, token in enumerate(tokens):
        if token.kind == "name" and token.text == "for":
            for following in tokens[position + 1 : position + 4]:
                if following.text == "in":
                    break
                found.add(following.text)
    return frozenset(found - {","})


def _is_resource_type(name: str, providers: Collection[str]) -> bool:
    prefix, separator, _ = name.partition("_")
    return bool(separator) and prefix in providers


def _read(tokens: Sequence[Token], position: int, length: int) -> Reference | None:
    """The reference that begins at `position`, with at most `length` names; None when it is but a word."""
    parts = [tokens[position].text]
    end = position + 1
    indexed = False
    while len(parts) < length:
        after = _past_brackets(tokens, end)
        if len(parts) == 1 and after != end:
            break
        if not (_text(tokens, after) == "." and _kind(tokens, after + 1) == "name"):
            break
        indexed = indexed or after != end
        parts.append(tokens[after + 1].text)
        end = after + 2
    needed = 2 if length == 2 or parts[0] == "module" else 3
    return Reference(tuple(parts), tokens[position].line, indexed) if length and len(parts) >= needed else None


def _past_brackets(tokens: Sequence[Token], position: int) -> int:
    while _text(tokens, position) == "[":
        depth = 0
        while position < len(tokens):
            depth += tokens[position].nesting
            position += 1
            if depth == 0:
                break
    return position


def _text(tokens: Sequence[Token], position: int) -> str:
    return tokens[position].text if position < len(tokens) and tokens[position].kind != "string" else ""


def _kind(tokens: Sequence[Token], position: int) -> str:
    return tokens[position].kind if position < len(tokens) else ""
