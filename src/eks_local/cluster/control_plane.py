"""The four programs of one cluster's control plane, kept running.

A program that dies comes back, at once the first time and later each time it dies again soon, as EKS replaces what
fails in a control plane.
"""

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from eks_local.cluster import arguments
from eks_local.cluster.arguments import Files, Settings
from eks_local.network.model import control_plane_netns
from eks_local.processes import Process
from eks_local.sandbox import netns

Launch = Callable[[str, Sequence[str], Path], Process]
"""Starts a program in the control plane's network namespace: name, arguments, log file."""

#: A program that ran this long (seconds) had started well: its next death counts as the first.
_STEADY = 60.0
_LONGEST_PAUSE = 15.0
#: How seldom the API server collects its garbage. By default it does so a dozen times while it starts, for a fifth of
#: the time that this takes; a lab's cluster keeps it well below the limit, near which it collects more often.
_COLLECTION = {"GOGC": "400", "GOMEMLIMIT": "256MiB"}


@dataclass
class _Component:
    """One program: what runs, and when it may be started again."""

    name: str
    argv: list[str]
    process: Process | None = None
    started: float = 0.0
    deaths: int = 0

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.running

    def pause(self) -> float:
        """Seconds to leave between a start and the next after a death: 0, 1, 2, 4 … 15."""
        return min(_LONGEST_PAUSE, 2.0 ** (self.deaths - 2)) if self.deaths > 1 else 0.0


@dataclass
class ControlPlane:
    """Starts, restarts and ends the programs. Used by one thread at a time."""

    files: Files
    launch: Launch
    settings: Settings | None = None
    generation: int = 0  # counts starts of the API server: whoever saw it ready sees a new one here
    _components: dict[str, _Component] = field(default_factory=dict)

    def run(self, settings: Settings) -> None:
        """Have etcd and the API server running with `settings`; a change of settings restarts all but etcd."""
        if self.settings is not None and settings != self.settings:
            self._end("kube-scheduler", "kube-controller-manager", "kube-apiserver")
        self.settings = settings
        self._keep("etcd", arguments.etcd(self.files))
        self._keep("kube-apiserver", arguments.apiserver(settings, self.files))

    def run_controllers(self) -> None:
        """Have the controller manager and the scheduler running. Once the API server answers: they exit without it."""
        if self.settings is None:
            raise RuntimeError("the control plane has no settings yet")
        self._keep("kube-controller-manager", arguments.controller_manager(self.settings, self.files))
        self._keep("kube-scheduler", arguments.scheduler(self.settings, self.files))

    def trouble(self) -> str:
        """What is wrong, for whoever waits: programs that do not run, with the end of their logs."""
        down = [
            f"{component.name}: {component.process.log_tail() if component.process else 'not started'}"
            for component in self._components.values()
            if not component.running
        ]
        return "; ".join(down) or "all programs run, the API server is not ready"

    def pids(self) -> list[int]:
        """Process ids of the running programs."""
        return [component.process.pid for component in list(self._components.values()) if component.process]

    @contextmanager
    def suspended(self) -> Iterator[None]:
        """etcd writes nothing within; the other programs run on, and wait for it."""
        etcd = self._components.get("etcd")
        if etcd is None or etcd.process is None or not etcd.process.running:
            yield
            return
        with etcd.process.suspended():
            yield

    def stop(self, grace: float = 3.0) -> None:
        """End all programs, etcd last. Those that take more than `grace` seconds are killed: etcd bears it."""
        self._end("kube-scheduler", "kube-controller-manager", "kube-apiserver", grace=grace)
        self._end("etcd", grace=grace)

    def _keep(self, name: str, argv: list[str]) -> None:
        component = self._components.setdefault(name, _Component(name, argv))
        if component.running:
            return
        now = time.monotonic()
        if component.process is not None:
            component.deaths = 1 if now - component.started > _STEADY else component.deaths + 1
            component.process = None
        if now - component.started < component.pause():
            return
        component.argv, component.started = argv, now
        self.generation += name == "kube-apiserver"
        component.process = self.launch(name, argv, self.files.logs / f"{name}.log")

    def _end(self, *names: str, grace: float = 3.0) -> None:
        """End the named programs, all at once."""
        found = [self._components.pop(name) for name in names if name in self._components]
        processes = [component.process for component in found if component.process]
        threads = [threading.Thread(target=process.end, args=(grace,), name="end-program") for process in processes]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


def of_cluster(cluster: str, files: Files, binaries: Path) -> ControlPlane:
    """The cluster's control plane in its network namespace, nothing of it started."""
    place = netns.prefix(control_plane_netns(cluster))

    def launch(name: str, argv: Sequence[str], log: Path) -> Process:
        collection = _COLLECTION if name == "kube-apiserver" else {}
        command = [*place, str(binaries / "eks-node"), *argv]
        return Process(f"{name} of {cluster}", command, log=log, env={**os.environ, **collection})

    return ControlPlane(files, launch)
