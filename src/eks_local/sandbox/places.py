"""Places to run commands at: mount namespaces kept by a name, with some files of their own."""

import os
import threading
from collections.abc import Mapping
from pathlib import Path

from eks_local.sandbox import kernel

FOLDER = Path("/run/places")


def create(name: str, files: Mapping[Path, str]) -> None:
    """Make the place `name`: the box's file system, but with `files` (path → text) over the ones there.

    A file that the host does not have is left out: nothing can be mounted over it. Raises OSError.
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
        if real.exists():
            source = own / str(number)
            source.write_text(text)
            mounts.append((source, real))
    kept = _namespace(name)
    kept.touch()
    _keep(kept, mounts)


def enter(name: str, netns: Path) -> list[str]:
    """The start of a command that runs at the place `name`, in the network namespace `netns`."""
    return ["nsenter", f"--mount={_namespace(name)}", f"--net={netns}", "--"]


def _keep(kept: Path, mounts: list[tuple[Path, Path]]) -> None:
    """Make a mount namespace with `mounts` in a thread, and bind it on `kept` from outside: it cannot hold itself."""
    made, bound = threading.Event(), threading.Event()
    failures: list[OSError] = []
    thread_ids: list[int] = []

    def make() -> None:
        try:
            kernel.unshare(kernel.CLONE_NEWNS)
            for source, target in mounts:
                kernel.bind(source, target)
            thread_ids.append(threading.get_native_id())
        except OSError as error:
            failures.append(error)
        made.set()
        bound.wait()

    thread = threading.Thread(target=make, name="place")
    thread.start()
    made.wait()
    try:
        if failures:
            raise failures[0]
        kernel.bind(Path(f"/proc/self/task/{thread_ids[0]}/ns/mnt"), kept)
    finally:
        bound.set()
        thread.join()


def _namespace(name: str) -> Path:
    return FOLDER / f"{name}.mnt"
