"""Places to run commands at: mount namespaces kept by a name, with some files of their own."""

import os
import shlex
import subprocess
from collections.abc import Mapping
from pathlib import Path

FOLDER = Path("/run/places")


def create(name: str, files: Mapping[Path, str]) -> None:
    """Make the place `name`: the box's file system, but with `files` (path → text) over the ones there.

    A file that the host does not have is left out: nothing can be mounted over it. Raises OSError, CalledProcessError.
    """
    own = FOLDER / name
    own.mkdir(parents=True)
    mounts = []
    for number, (path, text) in enumerate(files.items()):
        real = Path(os.path.realpath(path))
        if real.is_relative_to("/run"):
            # Links into /run lead nowhere in a box, whose /run is new.
            real.parent.mkdir(parents=True, exist_ok=True)
            real.touch()
        if not real.exists():
            continue
        source = own / str(number)
        source.write_text(text)
        mounts.append(shlex.join(["mount", "--bind", str(source), str(real)]))
    kept = _namespace(name)
    kept.touch()
    command = " && ".join(mounts) or "true"
    subprocess.run(["unshare", f"--mount={kept}", "sh", "-c", command], check=True, timeout=20)


def enter(name: str, netns: Path) -> list[str]:
    """The start of a command that runs at the place `name`, in the network namespace `netns`."""
    return ["nsenter", f"--mount={_namespace(name)}", f"--net={netns}", "--"]


def _namespace(name: str) -> Path:
    return FOLDER / f"{name}.mnt"
