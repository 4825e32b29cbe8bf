"""Blocks and attributes of a Terraform file, with their lines. Expressions stay tokens."""

from dataclasses import dataclass, field
from functools import lru_cache

from eks_labs.lint.terraform.tokens import HclError, Token, tokens_of


@dataclass(frozen=True)
class Attribute:
    """`name = value`."""

    name: str
    line: int
    value: tuple[Token, ...]
    start: int = field(default=0, compare=False)
    """Its place in the text, in characters."""

    @property
    def literal(self) -> str | None:
        """The value when it is one plain string."""
        return self.value[0].text if len(self.value) == 1 and self.value[0].literal else None


@dataclass(frozen=True)
class Body:
    """What is between a block's braces, or in a file."""

    attributes: tuple[Attribute, ...]
    blocks: tuple["Block", ...]

    def attribute(self, name: str) -> Attribute | None:
        """The attribute of this name."""
        return next((attribute for attribute in self.attributes if attribute.name == name), None)


@dataclass(frozen=True)
class Block:
    """A block, as `module "network" { … }`."""

    kind: str
    labels: tuple[str, ...]
    line: int
    body: Body
    start: int = field(default=0, compare=False)
    end: int = field(default=0, compare=False)
    """Its place in the text, in characters, the closing brace included."""

    @property
    def header(self) -> str:
        """Its first line without the brace, as `terraform fmt` writes it."""
        return " ".join([self.kind, *(f'"{label}"' for label in self.labels)])


@lru_cache(maxsize=256)
def parse(text: str) -> Body:
    """The blocks of a file. Raises `HclError`. Labs, solutions and other answers have many files alike."""
    return _Parser(tokens_of(text)).body(None)


class _Parser:
    """A place among tokens, whose brackets are known to match."""

    def __init__(self, tokens: tuple[Token, ...]) -> None:
        self._tokens = tokens
        self._at = 0

    def body(self, opened: Token | None) -> Body:
        """Attributes and blocks up to the brace that closes what `opened`, or to the end of the file."""
        attributes: list[Attribute] = []
        blocks: list[Block] = []
        while (token := self._take()) is not None:
            if token.kind == "newline":
                continue
            if token.text == "}" and opened is not None:
                return Body(tuple(attributes), tuple(blocks))
            if token.kind != "name":
                raise HclError(token.line, f"{_shown(token)} is where a block or an attribute should begin")
            if self._next_is("="):
                self._at += 1
                if any(other.name == token.text for other in attributes):
                    raise HclError(token.line, f"{token.text} is set twice in one block")
                attributes.append(Attribute(token.text, token.line, self._expression(token), token.start))
            else:
                blocks.append(self._block(token))
        return Body(tuple(attributes), tuple(blocks))

    def _block(self, kind: Token) -> Block:
        labels = []
        while (token := self._take()) is not None and (token.kind == "name" or token.literal):
            labels.append(token.text)
        if token is None or token.text != "{" or token.kind != "punctuation":
            raise HclError(kind.line, f"after {kind.text} there must be = and a value, or a block in braces")
        body = self.body(kind)
        return Block(kind.text, tuple(labels), kind.line, body, kind.start, self._tokens[self._at - 1].end)

    def _expression(self, name: Token) -> tuple[Token, ...]:
        """The tokens to the end of the line, or further while brackets are open."""
        found: list[Token] = []
        depth = 0
        while self._at < len(self._tokens):
            token = _sound(self._tokens[self._at])
            bracket = token.text if token.kind == "punctuation" else ""
            if depth == 0 and (token.kind == "newline" or bracket == "}"):
                break
            self._at += 1
            depth += token.nesting
            found.append(token)
        if not found:
            raise HclError(name.line, f"{name.text} has no value")
        return tuple(found)

    def _take(self) -> Token | None:
        token = _sound(self._tokens[self._at]) if self._at < len(self._tokens) else None
        self._at += 1
        return token

    def _next_is(self, text: str) -> bool:
        return self._at < len(self._tokens) and self._tokens[self._at].text == text


def _sound(token: Token) -> Token:
    if token.kind == "error":
        raise HclError(token.line, token.text)
    return token


def _shown(token: Token) -> str:
    return f'"{token.text[:30]}"' if token.kind == "string" else token.text
