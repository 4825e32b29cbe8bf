"""Feature files under lint: all that keeps one from being read is a problem at its line."""

from collections.abc import Mapping
from pathlib import Path

from eks_labs.course.scenario import Feature, Malformed, parse
from eks_labs.lint.problem import Broken, Problem
from eks_labs.lint.reading import text_of


def read(path: Path, values: Mapping[str, str] | None = None) -> Feature:
    """Read a feature file, with a lab's `values` in place of their placeholders. Raises `Broken`."""
    try:
        return parse(path, text_of(path), values)
    except Malformed as error:
        raise Broken(*(Problem(path, line, message) for line, message in error.problems)) from error
