"""A snapshot: what a world needs to begin again where it was, as a folder.

    snapshot.json           the format, and the region
    aws.pickle              the AWS API's state
    laptop                  the laptop's public address, when it had moved
    clusters/NAME/          etcd's data and the certificates

That is the state folder of a world that was stopped, without logs and without the instances' files: an instance of a
restored world boots, as one whose power was cut, with an empty disk. Its kubelet registers the Node that is there,
and makes the Pods that are bound to it anew.
"""

import json
import os
import shutil
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from eks_local.paths import WorldPaths
from eks_local.sandbox.errors import WorldError

FORMAT = 1
_LABEL = "snapshot.json"
#: Of a cluster's folder. etcd's *.tmp are files that it made in advance, 64 MB each, and makes again.
_LEFT_OUT = shutil.ignore_patterns("logs", "*.tmp")


@dataclass(frozen=True)
class Label:
    """What a snapshot says of itself."""

    region: str
    format: int = FORMAT

    def write(self, folder: Path) -> None:
        """Put it into the snapshot `folder`: the last thing that a save does."""
        (folder / _LABEL).write_text(json.dumps(asdict(self)))


def read(folder: Path) -> Label:
    """The label of the snapshot in `folder`. Raises `WorldError` when there is none, or none of this format."""
    try:
        label = Label(**json.loads((folder / _LABEL).read_text()))
    except (OSError, ValueError, TypeError) as error:
        raise WorldError(f"{folder}: no snapshot of a world ({error})", "Make one with: eks-local save") from error
    if label.format != FORMAT:
        raise WorldError(
            f"{folder}: a snapshot of format {label.format}, this program reads {FORMAT}",
            "Make it again with this program.",
        )
    return label


def copy_clusters(source: WorldPaths, target: WorldPaths) -> None:
    """Copy what clusters must keep: certificates, etcd's data, notes. Nothing may write to it meanwhile."""
    if source.clusters.is_dir():
        shutil.copytree(source.clusters, target.clusters, ignore=_LEFT_OUT, copy_function=_copy_sparsely)


def lay(snapshot: Path, paths: WorldPaths) -> None:
    """Make the state folder `paths` that of a stopped world at the snapshot; what was in it is gone, but for its logs.

    Raises `WorldError`, OSError.
    """
    read(snapshot)
    for folder in (paths.clusters, paths.instances, paths.saving):
        shutil.rmtree(folder, ignore_errors=True)
    saved = WorldPaths(snapshot)
    copy_clusters(saved, paths)
    for source, target in ((saved.laptop, paths.laptop), (saved.aws_state, paths.aws_state)):
        target.unlink(missing_ok=True)
        if source.exists():
            shutil.copy2(source, target)


def _copy_sparsely(source: str, target: str) -> str:
    """A copy without the holes: etcd's log is 64 MB of which some hundred kB are written."""
    with open(source, "rb") as reading, open(target, "wb") as writing:  # noqa: PTH123 - copytree's strings
        size = os.fstat(reading.fileno()).st_size
        for start, end in _written(reading.fileno(), size):
            left, at = end - start, start
            while left > 0:
                writing.seek(at)
                part = os.pread(reading.fileno(), min(left, 1 << 20), at)
                if not part:
                    break
                writing.write(part)
                at, left = at + len(part), left - len(part)
        writing.truncate(size)
    shutil.copystat(source, target)
    return target


def _written(fd: int, size: int) -> Iterable[tuple[int, int]]:
    """(start, end) of the parts that hold data. A file system that knows no holes says: all of it."""
    at = 0
    while at < size:
        try:
            start = os.lseek(fd, at, os.SEEK_DATA)
        except OSError:
            # ENXIO: nothing but a hole up to the end.
            return
        at = os.lseek(fd, start, os.SEEK_HOLE)
        yield start, at
