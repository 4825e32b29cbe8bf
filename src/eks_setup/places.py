"""Where set-up finds its sources and keeps what it makes."""

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path


def checkout() -> Path | None:
    """The root of the source checkout this code runs from; None when installed from a wheel."""
    root = Path(__file__).resolve().parents[2]
    return root if (root / "pyproject.toml").is_file() and (root / "requirements").is_dir() else None


def cache() -> Path:
    """Where built binaries are kept between checkouts: `$XDG_CACHE_HOME/eks-labs`, by default under ~/.cache."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "eks-labs"


def digest(paths: Iterable[Path], *extra: str) -> str:
    """A short hash of files' names and contents and of further strings."""
    sha = hashlib.sha256()
    for text in extra:
        sha.update(text.encode() + b"\0")
    for path in sorted(paths):
        sha.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return sha.hexdigest()[:16]
