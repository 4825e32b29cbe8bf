"""A run as JSON, one event a line."""

from typing import IO

from eks_labs.display.output import Output
from eks_labs.events import Event, to_json


class JsonLines:
    """Writes every event as it comes."""

    def __init__(self, out: IO[str]) -> None:
        self._out = Output(out)

    def __call__(self, event: Event) -> None:
        """Write one line."""
        self._out.write(to_json(event) + "\n")
