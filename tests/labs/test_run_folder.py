"""The folder of a run, and who holds it."""

import multiprocessing
import os
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest

from eks_labs.errors import LabsError
from eks_labs.run_folder import RunFolder, state_home


def test_state_home_follows_xdg(tmp_path: Path) -> None:
    assert state_home({"XDG_STATE_HOME": str(tmp_path)}) == tmp_path / "eks-labs"
    assert state_home({"XDG_STATE_HOME": "relative"}) == Path.home() / ".local/state/eks-labs"
    assert state_home({}) == Path.home() / ".local/state/eks-labs"


def test_folders_are_private(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "chapter07")
    folder.create()
    folder.create()
    assert folder.root.stat().st_mode & 0o077 == 0
    assert folder.laptop.is_dir()


def _hold(root: Path, held: Event, release: Event) -> None:
    with RunFolder(root).locked("chapter07"):
        held.set()
        release.wait(30)


def test_a_second_run_names_the_first(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    held, release = context.Event(), context.Event()
    first = context.Process(target=_hold, args=(tmp_path, held, release))
    first.start()
    try:
        assert held.wait(30)
        folder = RunFolder(tmp_path)
        assert folder.holder() == first.pid
        with pytest.raises(LabsError) as refused, folder.locked("chapter07"):
            pass
        assert str(first.pid) in refused.value.what
        assert f"kill -INT {first.pid}" in refused.value.remedy
    finally:
        release.set()
        first.join(30)
    assert folder.holder() is None


def test_a_dead_holder_holds_nothing(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    held, release = context.Event(), context.Event()
    first = context.Process(target=_hold, args=(tmp_path, held, release))
    first.start()
    assert held.wait(30)
    first.kill()
    first.join(30)
    folder = RunFolder(tmp_path)
    assert folder.holder() is None
    with folder.locked("chapter07"):
        assert folder.lock.read_text() == str(os.getpid())
