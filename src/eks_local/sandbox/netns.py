"""Named network namespaces inside the box, and what is done in them.

Sockets keep the namespace they were made in, so one process serves in many of them.
"""

import contextlib
import socket
import subprocess
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from eks_local.sandbox import kernel

T = TypeVar("T")

FOLDER = Path("/run/netns")
"""Where `ip netns` looks."""


class CommandFailed(RuntimeError):
    """`ip`, `nft` or the like refused; says what was asked and what it answered."""


def path(name: str) -> Path:
    """The file that stands for the namespace `name`."""
    return FOLDER / name


def prefix(name: str) -> list[str]:
    """The start of a command that runs in the namespace `name`."""
    return ["nsenter", f"--net={path(name)}", "--"]


def exists(name: str) -> bool:
    """Whether there is a namespace of that name."""
    return path(name).exists()


def names() -> set[str]:
    """All named namespaces of the box."""
    return {entry.name for entry in FOLDER.iterdir()}


def create(name: str, sysctls: Sequence[tuple[str, str]] = ()) -> None:
    """Make the namespace `name` and set `sysctls`: (path below /proc/sys/net, value). Raises OSError."""
    file = path(name)
    file.touch(exist_ok=False)

    def make() -> None:
        kernel.unshare(kernel.CLONE_NEWNET)
        kernel.bind(Path("/proc/thread-self/ns/net"), file)
        set_sysctls(sysctls)

    try:
        _in_thread(make)
    except BaseException:
        delete(name)
        raise


def set_sysctls(sysctls: Sequence[tuple[str, str]]) -> None:
    """Set (path below /proc/sys/net, value) in the caller's own namespace. Raises OSError."""
    for key, value in sysctls:
        Path("/proc/sys/net", key).write_text(value)


def delete(name: str) -> None:
    """Remove the name. The namespace ends with its last process and socket."""
    with contextlib.suppress(OSError):
        kernel.unmount(path(name))
    path(name).unlink(missing_ok=True)


def run_in(name: str, function: Callable[[], T]) -> T:
    """The result of `function`, called in a thread inside the namespace `name`."""

    def enter() -> T:
        kernel.setns(path(name), kernel.CLONE_NEWNET)
        return function()

    return _in_thread(enter)


def listen(name: str, address: str, port: int, backlog: int = 128) -> socket.socket:
    """A TCP socket listening on `address` and `port` of the namespace `name`."""
    return run_in(name, lambda: socket.create_server((address, port), backlog=backlog))


def datagrams(name: str, address: str, port: int) -> socket.socket:
    """A UDP socket bound to `address` and `port` of the namespace `name`."""

    def bind() -> socket.socket:
        made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            made.bind((address, port))
        except BaseException:
            made.close()
            raise
        return made

    return run_in(name, bind)


def ip(lines: Sequence[str], name: str | None = None) -> None:
    """Run lines of `ip` in one process, in the namespace `name` or the box's own. Raises `CommandFailed`."""
    if lines:
        _feed(["ip", *(["-n", name] if name else []), "-batch", "-"], "\n".join(lines) + "\n")


def nft(name: str, ruleset: str) -> None:
    """Apply `ruleset` in the namespace `name` as one transaction. Raises `CommandFailed`."""
    _feed([*prefix(name), "nft", "-f", "-"], ruleset)


def _feed(argv: list[str], text: str) -> None:
    done = subprocess.run(argv, input=text, capture_output=True, text=True, timeout=60)
    if done.returncode != 0:
        raise CommandFailed(f"{' '.join(argv)}: {done.stderr.strip()[:2000]}\n{text[:2000]}")


def _in_thread(function: Callable[[], T]) -> T:
    # A namespace belongs to a thread: a thread of its own is the way not to leave the caller somewhere else.
    result: list[T] = []
    failure: list[BaseException] = []

    def run() -> None:
        try:
            result.append(function())
        except BaseException as error:
            failure.append(error)

    thread = threading.Thread(target=run, name="netns")
    thread.start()
    thread.join()
    if failure:
        raise failure[0]
    return result[0]
