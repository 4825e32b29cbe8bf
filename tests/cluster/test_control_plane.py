"""Keeping programs running, shown with programs that sleep."""

import os
import signal
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from eks_local.cluster.arguments import Files
from eks_local.cluster.control_plane import ControlPlane
from eks_local.processes import Process
from eks_local.waiting import wait_for
from tests.cluster.test_arguments import settings


class Launcher:
    """Starts sleeping programs in place of the real ones, and remembers what was asked for."""

    def __init__(self, command: Sequence[str] = ("sleep", "1000")) -> None:
        self.started: list[tuple[str, list[str]]] = []
        self.command = list(command)

    def __call__(self, name: str, argv: Sequence[str], log: Path) -> Process:
        self.started.append((name, list(argv)))
        return Process(name, self.command, log=log)

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.started]


@pytest.fixture
def launcher() -> Launcher:
    return Launcher()


@pytest.fixture
def plane(tmp_path: Path, launcher: Launcher) -> Iterator[ControlPlane]:
    made = ControlPlane(Files(tmp_path), launcher)
    yield made
    made.stop()


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def kill(plane: ControlPlane, index: int) -> None:
    component = list(plane._components.values())[index]
    assert component.process is not None
    os.kill(component.process.pid, signal.SIGKILL)
    wait_for(lambda: not component.running, what="the program to end", seconds=5)


def test_etcd_and_api_server_first(plane: ControlPlane, launcher: Launcher) -> None:
    plane.run(settings())
    assert launcher.names == ["etcd", "kube-apiserver"]
    plane.run_controllers()
    assert launcher.names[2:] == ["kube-controller-manager", "kube-scheduler"]


def test_controllers_need_an_api_server(plane: ControlPlane) -> None:
    with pytest.raises(RuntimeError, match="no settings"):
        plane.run_controllers()


def test_running_again_changes_nothing(plane: ControlPlane, launcher: Launcher) -> None:
    for _ in range(3):
        plane.run(settings())
        plane.run_controllers()
    assert len(launcher.started) == 4
    assert plane.generation == 1


def test_new_settings_restart_all_but_etcd(plane: ControlPlane, launcher: Launcher) -> None:
    plane.run(settings(version="1.34"))
    plane.run_controllers()
    plane.run(settings(version="1.35"))
    plane.run_controllers()
    assert launcher.names[4:] == ["kube-apiserver", "kube-controller-manager", "kube-scheduler"]
    assert "--emulated-version=1.34" not in launcher.started[4][1]
    assert plane.generation == 2


def test_a_program_that_dies_comes_back_at_once(plane: ControlPlane, launcher: Launcher) -> None:
    plane.run(settings())
    kill(plane, 1)
    plane.run(settings())
    assert launcher.names == ["etcd", "kube-apiserver", "kube-apiserver"]
    assert plane.generation == 2


def test_one_that_dies_again_and_again_waits_ever_longer(plane: ControlPlane, launcher: Launcher) -> None:
    plane.run(settings())
    for _ in range(2):
        kill(plane, 0)
        plane.run(settings())
    assert launcher.names.count("etcd") == 2
    assert "etcd: not started" in plane.trouble()
    started = time.monotonic()

    def back() -> bool:
        plane.run(settings())
        return launcher.names.count("etcd") == 3

    wait_for(back, what="the restart", seconds=5)
    assert time.monotonic() - started < 2.5


def test_trouble_quotes_the_log(tmp_path: Path) -> None:
    plane = ControlPlane(Files(tmp_path), Launcher(["sh", "-c", "echo no such flag >&2; exit 1"]))
    plane.run(settings())
    wait_for(lambda: "no such flag" in plane.trouble(), what="the log's end", seconds=5, seen=plane.trouble)


def test_stop_ends_everything(plane: ControlPlane) -> None:
    plane.run(settings())
    plane.run_controllers()
    pids = plane.pids()
    assert len(pids) == 4
    plane.stop()
    assert all(map(gone, pids))
    assert plane.pids() == []


def test_one_that_does_not_end_is_killed(tmp_path: Path) -> None:
    plane = ControlPlane(Files(tmp_path), Launcher(["sh", "-c", "trap '' TERM; while :; do sleep 1; done"]))
    plane.run(settings())
    pids = plane.pids()
    plane.stop(grace=0.2)
    assert all(map(gone, pids))
