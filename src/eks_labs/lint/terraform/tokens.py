"""HCL as tokens, each with its line.

`eks_labs.docs.hcl` quotes blocks of files that `terraform fmt` has formatted. Lint reads what learners hand in: any
layout, text in the middle of being written, and it must tell the line. So it has a reader of its own, which knows
HCL's lexical rules and no more of its grammar than blocks and attributes need.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

DEEPEST_STRINGS = 30
"""Strings within `${…}` within strings …: far beyond what is written, far below where Python's own stack ends."""

DEEPEST_BRACKETS = 60
"""Brackets within each other, for the same reason."""

_TOKEN = re.compile(
    r"""
    (?P<space>[^\S\n]+)
    | (?P<newline>\n)
    | (?P<comment>(?:\#|//)[^\n]* | /\*.*?(?:\*/|\Z))
    | (?P<name>[^\W\d][\w-]*)
    | (?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)
    | (?P<heredoc><<-?(?P<end>[^\W\d][\w-]*)[^\S\n]*\n)
    | (?P<quote>")
    | (?P<punctuation>=>|==|!=|<=|>=|&&|\|\||\.\.\.|::|[-+*/%!<>=?:.,(){}\[\]~])
    """,
    re.DOTALL | re.VERBOSE,
)
_QUOTED = re.compile(r'(?:[^"\\\n$%]|\\.|\$\$\{|%%\{|[$%](?!\{))+')
_UNQUOTED = re.compile(r"(?:[^$%]|\$\$\{|%%\{|[$%](?!\{))+")


_OPENING = {"{": "}", "(": ")", "[": "]"}


class HclError(Exception):
    """What is no HCL, and where."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line
        self.message = message


@dataclass(frozen=True, slots=True)
class Token:
    """`kind` is error, newline, name, number, string or punctuation. A string's `text` is without its quotes."""

    kind: str
    text: str
    line: int
    inner: tuple["Token", ...] = ()
    """What stands in a string's `${…}` and `%{…}`."""
    start: int = field(default=0, compare=False)
    end: int = field(default=0, compare=False)
    """Its place in the text, in characters, quotes included."""

    @property
    def literal(self) -> bool:
        """Whether it is a string that is just that."""
        return self.kind == "string" and not self.inner

    @property
    def nesting(self) -> int:
        """1 for a bracket that opens, -1 for one that closes, 0 for everything else."""
        if self.kind != "punctuation":
            return 0
        return (self.text in _OPENING) - (self.text in _OPENING.values())


def tokens_of(text: str) -> tuple[Token, ...]:
    """The tokens of a file. What cannot be read is a last token of the kind error, with what is wrong as its text.

    So whoever reads the tokens finds mistakes in the order in which they were made: a block without its opening brace
    before the closing brace that then closes nothing.
    """
    found: list[Token] = []
    try:
        for token in _Scanner(text.removeprefix("\ufeff")).tokens(nested=False):
            found.append(token)
    except HclError as error:
        found.append(Token("error", error.message, error.line))
    return tuple(found)


class _Scanner:
    """A place in a text, and what is read from there on."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._line = 1
        self._depth = 0
        self._open: list[Token] = []

    def tokens(self, *, nested: bool) -> Iterator[Token]:
        """Tokens to the end, or, `nested`, to the brace that closes a `${`."""
        begun, opened = self._line, len(self._open)
        while self._at < len(self._text):
            token = self._next()
            if token is None:
                continue
            if nested and len(self._open) == opened and token.kind == "punctuation" and token.text == "}":
                return
            self._balance(token, opened)
            yield token
        if nested:
            raise HclError(begun, "a ${ or %{ is not closed")
        if self._open:
            raise HclError(self._open[-1].line, f"{self._open[-1].text} is not closed")

    def _balance(self, token: Token, opened: int) -> None:
        """Keep count of brackets, of which `opened` are not this expression's to close."""
        if token.nesting > 0:
            self._open.append(token)
            if len(self._open) > DEEPEST_BRACKETS:
                raise HclError(token.line, f"more than {DEEPEST_BRACKETS} brackets within each other")
        elif token.nesting < 0:
            if len(self._open) == opened:
                raise HclError(token.line, f"{token.text} closes nothing")
            last = self._open.pop()
            if _OPENING[last.text] != token.text:
                raise HclError(token.line, f"{token.text} does not close the {last.text} of line {last.line}")

    def _next(self) -> Token | None:
        """The token here, None for space and comments."""
        match = _TOKEN.match(self._text, self._at)
        if match is None:
            raise HclError(self._line, f"unexpected character {self._text[self._at]!r}")
        line, start = self._line, self._at
        kind = str(match.lastgroup if match.lastgroup != "end" else "heredoc")
        self._advance(match.end())
        if kind == "quote":
            return self._string(line, start)
        if kind == "heredoc":
            return self._heredoc(line, start, match["end"])
        if kind == "comment" and match[0].startswith("/*") and (len(match[0]) < 4 or not match[0].endswith("*/")):
            raise HclError(line, "a comment /* is not closed")
        return None if kind in ("space", "comment") else Token(kind, match[0], line, (), start, self._at)

    def _string(self, line: int, opened: int) -> Token:
        start = self._at
        inner = self._template(_QUOTED, len(self._text))
        if not self._text.startswith('"', self._at):
            raise HclError(line, "a string is not closed on its line")
        self._advance(self._at + 1)
        return Token("string", self._text[start : self._at - 1], line, inner, opened, self._at)

    def _heredoc(self, line: int, opened: int, end: str) -> Token:
        start = self._at
        close = re.compile(rf"^[^\S\n]*{re.escape(end)}[^\S\n]*$", re.MULTILINE).search(self._text, start)
        if close is None:
            raise HclError(line, f"a text that begins with <<{end} has no line {end} at its end")
        inner = self._template(_UNQUOTED, close.start())
        # An interpolation that runs past the end of the text is an error of its own, told by whoever reads on.
        self._advance(max(self._at, close.end()))
        return Token("string", self._text[start : close.start()], line, inner, opened, self._at)

    def _template(self, plain: re.Pattern[str], limit: int) -> tuple[Token, ...]:
        """What stands in the `${…}` and `%{…}` of the text up to `limit`, or to what `plain` does not take."""
        self._depth += 1
        if self._depth > DEEPEST_STRINGS:
            raise HclError(self._line, f"more than {DEEPEST_STRINGS} strings within each other")
        found: list[Token] = []
        while self._at < limit:
            match = plain.match(self._text, self._at, limit)
            if match is not None:
                self._advance(match.end())
            elif self._text.startswith(("${", "%{"), self._at):
                self._advance(self._at + 2)
                found += self.tokens(nested=True)
                found.append(Token("newline", "", self._line))
            else:
                break
        self._depth -= 1
        return tuple(found)

    def _advance(self, to: int) -> None:
        self._line += self._text.count("\n", self._at, to)
        self._at = to
