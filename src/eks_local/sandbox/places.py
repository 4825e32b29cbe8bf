"""Places to run commands at: mount namespaces with some files of their own.

A namespace lives as long as something is in it; here that is a sleeping thread. (Binding a mount namespace to a file
fails at times: newer kernels number namespaces out of order, and take a younger one for an ancestor.)
"""

import os
import threading
from collections.abc import Mapping
from pathlib import Path

from eks_local.sandbox import kernel

_FOLDER = Path("/run/places")


class Place:
    """The box's file system, but with files of its own over some of the ones there."""

    def __init__(self, name: str, files: Mapping[Path, str]) -> None:
        """`files`: path → text. One that the host does not have is left out. Raises OSError."""
        self._mounts = _prepare(_FOLDER / name, files)
        self._made, self._left = threading.Event(), threading.Event()
        self._failure: OSError | None = None
        self._thread = threading.Thread(target=self._hold, name=f"place-{name}", daemon=True)
        self._thread.start()
        self._made.wait()
        if self._failure is not None:
            raise self._failure

    def enter(self, netns: Path) -> list[str]:
        """The start of a command that runs at this place, in the network namespace `netns`."""
        namespace = f"/proc/{os.getpid()}/task/{self._thread.native_id}/ns/mnt"
        return ["nsenter", f"--mount={namespace}", f"--net={netns}", "--"]

    def close(self) -> None:
        """Let go; the namespace ends with its last command."""
        self._left.set()
        self._thread.join()

    def _hold(self) -> None:
        try:
            kernel.unshare(kernel.CLONE_NEWNS)
            for source, target in self._mounts:
                kernel.bind(source, target)
        except OSError as error:
            self._failure = error
        self._made.set()
        if self._failure is None:
            self._left.wait()


def _prepare(own: Path, files: Mapping[Path, str]) -> list[tuple[Path, Path]]:
    """Write the files; (file, where it is to be mounted) of each."""
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
    return mounts
