"""Templates of pages, and the Markdown that they are careful with."""

import difflib
import re
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined


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
    environment.filters.update(fence=fence, seconds=seconds, slug=slug, sentence=sentence, wide=wide)
    return environment


def fence(text: str, language: str, *classes: str, title: str = "") -> str:
    """A code block that ends where `text` ends, whatever is in it."""
    ticks = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
    attributes = " ".join(["." + language, *("." + name for name in classes), *([f'title="{title}"'] if title else [])])
    return f"{ticks} {{ {attributes} }}\n{text.rstrip()}\n{ticks}"


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


def wide(text: str) -> bool:
    """Whether a command has lines too long for half of a page."""
    return max(len(line) for line in text.splitlines()) > 64


def difference(before: str, after: str, name: str) -> str:
    """What to change in a file, as a unified diff."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), name, name, lineterm="", n=2)
    return "\n".join(lines)
