"""A whole course, copied, for tests that spoil it."""

from pathlib import Path

import pytest

from tests.docs.sample import copy_course


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A copy of the course, without records."""
    return copy_course(tmp_path / "course")
