"""Terraform files as nodes: blocks and attributes, and within values what brackets hold."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from eks_labs.lint.terraform.syntax import Attribute, Block, Body, parse
from eks_labs.lint.terraform.tokens import Token
from eks_labs.mutation.tree import Kind, Node, cuts

_CLOSING = {"[": "]", "{": "}", "(": ")"}


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
    first, line, start, end = tokens[0], tokens[0].line, tokens[0].start, tokens[-1].end
    if len(tokens) == 1 and (first.kind == "number" or first.literal or first.text in ("true", "false")):
        return Node(key, "scalar", line, start, end, first.text, first.kind == "string", first.kind)
    whole = _is_open(first) and _closing(tokens, 0) == len(tokens) - 1
    if whole and first.text in "[{" and _text(tokens[1:2]) != "for":
        return replace(_collection(key, tokens, text), start=start, end=end)
    children: list[Node] = []
    at = 0
    while at < len(tokens):
        if not _is_open(tokens[at]):
            at += 1
            continue
        close = _closing(tokens, at)
        inner = tokens[at : close + 1]
        if len(inner) > 2 and not (whole and at == 0 and first.text in "[{"):
            children.append(_collection(str(len(children)), inner, text))
            at = close + 1
        else:
            at += 1
    return Node(key, "expression", line, start, end, _text(tokens), children=tuple(children))


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
        if token.kind == "punctuation":
            depth += (token.text in _CLOSING) - (token.text in _CLOSING.values())
        if depth == 0 and (token.kind == "newline" or (token.kind == "punctuation" and token.text == ",")):
            parts.append([])
        else:
            parts[-1].append(token)
    return [part for part in parts if part]


def _closing(tokens: Sequence[Token], at: int) -> int:
    depth = 0
    for number in range(at, len(tokens)):
        if tokens[number].kind == "punctuation":
            depth += (tokens[number].text in _CLOSING) - (tokens[number].text in _CLOSING.values())
        if depth == 0:
            return number
    raise AssertionError("brackets match: the parser has seen to it")


def _is_open(token: Token) -> bool:
    return token.kind == "punctuation" and token.text in _CLOSING


def _trimmed(tokens: Sequence[Token]) -> Sequence[Token]:
    found = [number for number, token in enumerate(tokens) if token.kind != "newline"]
    return tokens[found[0] : found[-1] + 1]


def _text(tokens: Sequence[Token]) -> str:
    return " ".join(f'"{token.text}"' if token.kind == "string" else token.text for token in tokens).strip()
