"""Temporary folders: of whom they are, and who removes them."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from eks_labs import scratch


@pytest.fixture(autouse=True)
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_a_folder_goes_with_its_block(places: Path) -> None:
    with scratch.folder("grade") as folder:
        (folder / "file").write_text("x")
        assert folder.parent == places
        assert folder.name.startswith(f"eks-labs-grade-{os.getpid()}-")
    assert list(places.iterdir()) == []


def test_what_a_killed_process_left_is_removed_and_what_lives_stays(places: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    left = places / f"eks-labs-grade-{ended.pid}-abc"
    (left / "work").mkdir(parents=True)
    others = [
        places / f"eks-labs-grade-{os.getpid()}-abc",
        places / "eks-labs-grade-abc",
        places / "eks-labs-mutate-1-a",
    ]
    for other in others:
        other.mkdir()
    assert scratch.sweep("grade") == [left]
    assert sorted(places.iterdir()) == sorted(others)


def test_sigterm_ends_a_process_with_its_folder(places: Path) -> None:
    program = (
        "import os, signal, tempfile; from eks_labs import scratch; scratch.end_in_order_on_sigterm()\n"
        f"tempfile.tempdir = {str(places)!r}\n"
        "with scratch.folder('grade'): os.kill(os.getpid(), signal.SIGTERM)"
    )
    assert subprocess.run([sys.executable, "-c", program]).returncode == 143
    assert list(places.iterdir()) == []
