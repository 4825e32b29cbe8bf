"""Guides: prose with places for what is made from other sources.

A line of its own `{{ name }}` or `{{ name: argument }}` is such a place. Names in a lab's guide: `scenario: NAME`,
`diagram`, `terraform: FILE` or `terraform: FILE#BLOCK` (a block's first line, as `module "cluster"`), `manifest: FILE`.
"""

import re
from collections.abc import Callable, Mapping

from eks_labs.docs.errors import DocsError

_PLACE = re.compile(r"^\{\{ (?P<name>[a-z_]+)(?:: (?P<argument>.+))? \}\}$", re.MULTILINE)

Filler = Callable[[str], str]
"""Argument, empty when none is given → Markdown."""


def fill(text: str, fillers: Mapping[str, Filler], source: str) -> str:
    """Put into each place of `text` what its filler makes of the argument. Raises `DocsError` naming `source`."""

    def replace(place: re.Match[str]) -> str:
        name = place["name"]
        if name not in fillers:
            raise DocsError(f"{source}: nothing is called {{{{ {name} }}}}", f"There is {', '.join(sorted(fillers))}.")
        try:
            return fillers[name](place["argument"] or "")
        except KeyError as error:
            raise DocsError(f"{source}: {place[0]}: there is no {error.args[0]!r}", "Correct the name.") from error

    return _PLACE.sub(replace, text)


def arguments(text: str, name: str) -> list[str]:
    """The arguments of all places called `name`, in order."""
    return [place["argument"] or "" for place in _PLACE.finditer(text) if place["name"] == name]
