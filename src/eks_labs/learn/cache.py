"""Snapshots of labs' starting points, kept between runs: `$XDG_CACHE_HOME/eks-labs/snapshots/LAB-KEY`.

Those that submissions begin at are called LAB-without-…-KEY.

    world/        the world (eks_local.World.save)
    terraform/    what Terraform left in the lab's root: its state, its lock file, links to its providers

Nothing in it cannot be made again. What was not used for a month goes, and when all together is more than `LARGEST`,
what was used longest ago. There are keys in it: it is readable for its owner alone.
"""

import os
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

LARGEST = 2 * 2**30
"""Bytes on disk of all snapshots together. One is 5 to 20 MB."""

LONGEST = 30 * 24 * 3600.0
"""Seconds that a snapshot stays without being used."""

_DRAFT = ".draft-"
_DRAFT_AGE = 3600.0
"""Seconds after which a draft is one that nobody writes any more."""


@dataclass(frozen=True)
class StartingPoint:
    """One snapshot of the cache."""

    folder: Path

    @property
    def world(self) -> Path:
        """The world's part."""
        return self.folder / "world"

    @property
    def terraform(self) -> Path:
        """Terraform's part."""
        return self.folder / "terraform"


@dataclass(frozen=True)
class Cache:
    """The snapshots below a folder."""

    root: Path
    largest: int = LARGEST
    longest: float = LONGEST

    def find(self, lab: str, key: str) -> StartingPoint | None:
        """The snapshot of that key, which counts as used now; None when there is none."""
        folder = self._folder(lab, key)
        try:
            os.utime(folder)
        except FileNotFoundError:
            return None
        return StartingPoint(folder)

    def store(self, lab: str, key: str, write: Callable[[StartingPoint], None]) -> StartingPoint:
        """Have a snapshot written, whole or not at all, and make room for it. Raises what `write` raises, OSError."""
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=_DRAFT, dir=self.root))
        try:
            write(StartingPoint(draft))
            folder = self._folder(lab, key)
            shutil.rmtree(folder, ignore_errors=True)
            draft.rename(folder)
            os.utime(folder)
        except BaseException:
            shutil.rmtree(draft, ignore_errors=True)
            raise
        self.evict(keep=folder)
        return StartingPoint(folder)

    def drop(self, point: StartingPoint) -> None:
        """Remove a snapshot that is of no use."""
        shutil.rmtree(point.folder, ignore_errors=True)

    def evict(self, keep: Path | None = None, now: float | None = None) -> list[Path]:
        """Remove what is too old, then what is too much, `keep` not; what was removed."""
        now = time.time() if now is None else now
        removed: list[Path] = []
        left = 0
        for folder, used in sorted(self._all(), key=lambda each: -each[1]):
            size = _size(folder)
            age = now - used
            stale = age > (_DRAFT_AGE if folder.name.startswith(_DRAFT) else self.longest)
            if folder != keep and (stale or left + size > self.largest):
                shutil.rmtree(folder, ignore_errors=True)
                removed.append(folder)
            else:
                left += size
        return removed

    def _all(self) -> list[tuple[Path, float]]:
        return [(path, path.stat().st_mtime) for path in self.root.iterdir() if path.is_dir()]

    def _folder(self, lab: str, key: str) -> Path:
        return self.root / f"{lab}-{key}"


def default() -> Cache:
    """The person's own."""
    from eks_setup.places import cache

    return Cache(cache() / "snapshots")


def _size(folder: Path) -> int:
    """Bytes on disk: etcd's log is mostly a hole."""
    return sum(path.lstat().st_blocks * 512 for path in folder.rglob("*"))
