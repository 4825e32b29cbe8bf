"""A function in a fork: how it ends is told, and it ends with whoever forked it."""

import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from eks_labs.run.forked import Forked

WITHIN = 20.0
"""Seconds."""


def _open_files() -> set[str]:
    return {file.name for file in Path("/proc/self/fd").iterdir()}


def forever() -> int:
    while True:
        time.sleep(1000)


def failing() -> int:
    raise ValueError("on purpose")


@pytest.mark.parametrize(("function", "code"), [(lambda: 0, 0), (lambda: 3, 3), (failing, 70)])
def test_its_exit_code(function: Callable[[], int], code: int) -> None:
    forked = Forked(function)
    assert forked.wait(WITHIN) == code
    assert (forked.poll(), forked.returncode) == (code, code)


def test_whoever_waits_too_long_is_told(request: pytest.FixtureRequest) -> None:
    forked = Forked(forever)
    request.addfinalizer(lambda: forked.send_signal(signal.SIGKILL))
    with pytest.raises(subprocess.TimeoutExpired):
        forked.wait(0.1)
    assert forked.poll() is None


def test_a_signal_that_ended_it_is_told() -> None:
    forked = Forked(forever)
    forked.send_signal(signal.SIGKILL)
    assert forked.wait(WITHIN) == -signal.SIGKILL
    forked.send_signal(signal.SIGKILL)  # nobody's process by now


def test_it_has_its_session_at_once() -> None:
    for _ in range(50):
        forked = Forked(forever)
        os.killpg(forked.pid, signal.SIGKILL)
        assert forked.wait(WITHIN) == -signal.SIGKILL


def test_too_many_processes_leave_no_file_open(monkeypatch: pytest.MonkeyPatch) -> None:
    def fork() -> int:
        raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))

    monkeypatch.setattr(os, "fork", fork)
    before = _open_files()
    with pytest.raises(BlockingIOError):
        Forked(forever)
    assert _open_files() == before


def test_it_has_a_session_of_its_own(tmp_path: Path) -> None:
    def tell() -> int:
        (tmp_path / "session").write_text(str(os.getsid(0)))
        return 0

    forked = Forked(tell)
    forked.wait(WITHIN)
    assert (tmp_path / "session").read_text() == str(forked.pid)


def test_it_ends_with_whoever_forked_it() -> None:
    script = """
import time
from eks_labs.run.forked import Forked
print(Forked(lambda: time.sleep(1000)).pid, flush=True)
time.sleep(1000)
"""
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
    child.wait(WITHIN)
