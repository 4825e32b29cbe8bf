"""Terraform files as nodes: blocks and attributes, and within values what brackets hold."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from eks_labs.lint.terraform.syntax import Attribute, Block, Body, parse
from eks_labs.lint.terraform.tokens import Token
from eks_labs.mutation.tree import Kind, Node, cuts


def read(text: str) -> Node:
    """A file. Raises `HclError`."""
    return Node("", "mapping", 1, 0, len(text), children=_body(parse(text), text))


def _body(body: Body, text: str) -> tuple[Node, ...]:
    taken: Counter[str] = Counter()
    blocks = []
    for block in body.blocks:
        node = _block(block, text)
        # A block may stand several times, as `ingress` or a provider with an alias.
        blocks.append(replace(node, key=f"{node.key}#{taken[node.key]}") if taken[node.key] else node)
        taken[node.key] += 1
    return (*(_attribute(each, text) for each in body.attributes), *blocks)


def _block(block: Block, text: str) -> Node:
    key = ".".join((block.kind, *block.labels)).removeprefix("resource.")
    span = (block.start, block.end)
    return Node(key, "mapping", block.line, *span, children=_body(block.body, text), begin=block.start, cut=span)


def _attribute(attribute: Attribute, text: str) -> Node:
    node = _value(attribute.name, attribute.value, text)
    return replace(node, line=attribute.line, begin=attribute.start, cut=(attribute.start, node.end))


def _value(key: str, tokens: Sequence[Token], text: str) -> Node:
    """The node of an expression. What brackets hold within one that is more than brackets are its children."""
    tokens = _trimmed(tokens)
    first, span = tokens[0], (tokens[0].start, tokens[-1].end)
    if len(tokens) == 1 and (first.kind == "number" or first.literal or first.text in ("true", "false")):
        return Node(key, "scalar", first.line, *span, first.text, first.kind == "string", first.kind)
    inside = tokens
    if first.nesting > 0 and first.text in "[{" and _closing(tokens, 0) == len(tokens) - 1:
        if _text(tokens[1:2]) != "for":
            return _collection(key, tokens, text)
        inside = tokens[1:-1]
    children = [_collection(str(number), group, text) for number, group in enumerate(_groups(inside))]
    return Node(key, "expression", first.line, *span, _text(tokens), children=tuple(children))


def _groups(tokens: Sequence[Token]) -> Iterator[Sequence[Token]]:
    """The outermost brackets that have something in them, with it."""
    at = 0
    while at < len(tokens):
        end = _closing(tokens, at) + 1 if tokens[at].nesting > 0 else at + 1
        if end - at > 2:
            yield tokens[at:end]
        at = end


def _collection(key: str, tokens: Sequence[Token], text: str) -> Node:
    """What stands between a bracket and its counterpart."""
    parts = _parts(tokens[1:-1])
    spans = [(part[0].start, part[-1].end) for part in parts]
    children: list[Node] = []
    for number, (part, cut) in enumerate(zip(parts, cuts(text, spans, lines=False), strict=True)):
        named = tokens[0].text == "{" and len(part) > 2 and part[1].text in ("=", ":")
        node = _value(part[0].text, part[2:], text) if named else _value(str(number), part, text)
        children.append(
            replace(node, line=part[0].line, begin=part[0].start, cut=spans[number] if cut is None else cut)
        )
    kind: Kind = "mapping" if tokens[0].text == "{" else "sequence"
    return Node(key, kind, tokens[0].line, tokens[0].start, tokens[-1].end, children=tuple(children))


def _parts(tokens: Sequence[Token]) -> list[list[Token]]:
    """What commas and line ends separate, outside of inner brackets."""
    parts: list[list[Token]] = [[]]
    depth = 0
    for token in tokens:
        depth += token.nesting
        if depth == 0 and (token.kind == "newline" or (token.kind == "punctuation" and token.text == ",")):
            parts.append([])
        else:
            parts[-1].append(token)
    return [part for part in parts if part]


def _closing(tokens: Sequence[Token], at: int) -> int:
    depth = 0
    for number in range(at, len(tokens)):
        depth += tokens[number].nesting
        if depth == 0:
            return number
    raise AssertionError("brackets match: the parser has seen to it")


def _trimmed(tokens: Sequence[Token]) -> Sequence[Token]:
    found = [number for number, token in enumerate(tokens) if token.kind != "newline"]
    return tokens[found[0] : found[-1] + 1]


def _text(tokens: Sequence[Token]) -> str:
    return " ".join(f'"{token.text}"' if token.kind == "string" else token.text for token in tokens).strip()
