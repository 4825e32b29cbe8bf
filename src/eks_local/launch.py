"""Starting a world from the host: the lock, the sockets, the box, and its first word.

Whatever goes wrong on the way, and whoever interrupts it, nothing stays behind but the state folder.
"""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from eks_local import snapshots
from eks_local.paths import WorldPaths
from eks_local.sandbox import box, control, lock, record
from eks_local.sandbox.errors import WorldError
from eks_local.starting import await_ready

START = 60.0
"""Seconds until a start is given up."""


@dataclass(frozen=True)
class Plan:
    """What is to be started. Port 0: a free one."""

    paths: WorldPaths
    region: str
    api_port: int
    proxy_port: int
    environment: Mapping[str, str]
    on_progress: Callable[[str], None]
    snapshot: Path | None = None
    """What to begin with, in the place of what the state folder holds."""


@dataclass(frozen=True)
class Launched:
    """A world that answers, and what its owner holds of it."""

    record: record.Record
    lifeline: box.Lifeline
    launcher: "subprocess.Popen[bytes]"


def launch(plan: Plan) -> Launched:
    """Start the world of `plan`; returns when its AWS API answers. Raises `WorldError`, OSError."""
    held = lock.acquire(plan.paths.lock)
    # A lock goes with its file: the processes tell of a world whose folder was removed under it.
    if held is None or box.leftovers(plan.paths.root):
        if held is not None:
            os.close(held)
        raise WorldError(
            f"{plan.paths.root}: another world runs on this state folder",
            f"End it with: eks-local down --state {plan.paths.root}, or choose another folder with --state.",
        )
    opened: list[socket.socket] = []
    try:
        if plan.snapshot is not None:
            snapshots.lay(plan.snapshot, plan.paths)
        opened.append(_listen(plan.api_port, "AWS API"))
        opened.append(_listen(plan.proxy_port, "proxy"))
        opened.append(control.bind(plan.paths.control_socket))
        return _launch(plan, opened, held)
    finally:
        for listener in opened:
            listener.close()
        os.close(held)


def _launch(plan: Plan, listeners: list[socket.socket], held: int) -> Launched:
    paths = plan.paths
    paths.logs.mkdir(exist_ok=True)
    log = paths.logs / "world.log"
    written = log.stat().st_size if log.exists() else 0
    ready, write = os.pipe()
    fds = [*(listener.fileno() for listener in listeners), write]
    try:
        try:
            program = box.Program(paths.root, _server(plan, fds), plan.environment, fds, held, log)
            running, lifeline, launcher = box.launch(program)
        finally:
            os.close(write)
        api, proxy = (listener.getsockname()[1] for listener in listeners[:2])
        started = record.Record(running, plan.region, api, proxy, time.time())
        try:
            started.save(paths.record)
            key, secret = await_ready(ready, log, written, START, plan.on_progress)
            started = started.with_credentials(key, secret)
            started.save(paths.record)
        except BaseException:
            running.init.end(grace=0)
            launcher.wait()
            lifeline.cut()
            for left in (paths.record, paths.control_socket):
                left.unlink(missing_ok=True)
            raise
    finally:
        os.close(ready)
    return Launched(started, lifeline, launcher)


def _server(plan: Plan, fds: list[int]) -> list[str]:
    api, proxy, answers, ready = (str(fd) for fd in fds)
    return [
        *(sys.executable, "-P", "-m", "eks_local.server"),
        *("--state", str(plan.paths.root), "--region", plan.region),
        *("--api", api, "--proxy", proxy, "--control", answers, "--ready", ready),
    ]


def _listen(port: int, what: str) -> socket.socket:
    try:
        return socket.create_server(("127.0.0.1", port), backlog=256)
    except OSError as error:
        raise WorldError(
            f"port {port} of 127.0.0.1 cannot be had for the {what}: {error.strerror}",
            f"See who has it with: ss -ltnp 'sport = :{port}'. Or choose another port; 0 takes a free one.",
        ) from error
