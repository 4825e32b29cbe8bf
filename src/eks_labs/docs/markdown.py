"""Templates of pages, and the Markdown that they are careful with."""

import difflib
import html
import re
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

_CONTROL = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|[\x00-\x08\x0b-\x1f\x7f]")
"""Terminal sequences, and control characters but tab and line feed."""


def templates(folder: Path) -> Environment:
    """The Jinja environment of `site/templates`, with this module's filters. Unknown names in templates are errors."""
    environment = Environment(
        loader=FileSystemLoader(folder),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - the templates make Markdown from this repository's own files
    )
    environment.filters.update(
        fence=fence, literal=literal, place=place, seconds=seconds, slug=slug, sentence=sentence, wide=wide
    )
    return environment


def fence(text: str, language: str, *classes: str, title: str = "") -> str:
    """A code block that ends where `text` ends, whatever is in it.

    What a terminal would act on instead of showing it, such as colours, is left out: two such characters are also
    Markdown's own marks.
    """
    text = _CONTROL.sub("", text.replace("\r\n", "\n"))
    title = title.replace('"', "'")
    ticks = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
    attributes = " ".join(["." + language, *("." + name for name in classes), *([f'title="{title}"'] if title else [])])
    return f"{ticks} {{ {attributes} }}\n{text.rstrip()}\n{ticks}"


def literal(text: str) -> str:
    """Text that stands on the page as it is, although a paragraph of Markdown."""
    return re.sub(r"([\\`*_{}\[\]#+!|])", r"\\\1", html.escape(text, quote=False))


def place(step: str) -> str:
    """Where a step is typed: `I run from the laptop` is `On the laptop`, `I run on a node` is `On a node`."""
    return re.sub(r"^I run (?:from|on) ", "On ", step)


def seconds(value: float) -> str:
    """A duration for people: `0.4 s`, `12 s`, `2 min 05 s`."""
    if value < 10:
        return f"{value:.1f} s"
    whole = round(value)
    return f"{whole} s" if whole < 60 else f"{whole // 60} min {whole % 60:02d} s"


def slug(text: str) -> str:
    """An anchor for a heading, as the site's table of contents makes it."""
    return re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", text.lower()).strip())


def sentence(pattern: str) -> str:
    """A step's pattern for people, as HTML: `{count:d}` becomes an emphasised *count*."""
    return re.sub(r"\{(\w+)(?::\w+)?\}", r"<var>\1</var>", pattern)


def wide(text: str, columns: int) -> bool:
    """Whether a line of the text is longer than `columns`: too long for a part of a page."""
    return any(len(line) > columns for line in text.splitlines())


def difference(before: str, after: str, name: str) -> str:
    """What to change in a file, as a unified diff."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), name, name, lineterm="", n=2)
    return "\n".join(lines)
