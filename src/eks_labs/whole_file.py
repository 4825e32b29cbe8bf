"""Files that are written whole or not at all: a reader, or a second try after a crash, never finds half of one."""

from pathlib import Path


def write(file: Path, content: str | bytes) -> None:
    """Put `content` in the place of whatever `file` has. Raises OSError."""
    part = file.with_name(file.name + ".part")
    part.write_bytes(content.encode() if isinstance(content, str) else content)
    part.replace(file)
