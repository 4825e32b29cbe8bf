"""Children of the world: their logs, their ends."""

import sys

import pytest

from eks_local.processes import Process, ProcessFailed
from eks_local.waiting import wait_for


def test_a_child_writes_its_log_and_is_ended_with_its_group(tmp_path):
    process = Process("child", ["sh", "-c", "echo hello; sleep 60 & wait"], log=tmp_path / "logs" / "child.log")
    wait_for(process.log_tail, what="the log", seconds=10)
    assert process.log_tail() == "hello |"
    assert process.running
    process.require_running()
    process.end(grace=2)
    assert not process.running
    process.end()


def test_one_that_ended_by_itself_is_reported_with_its_last_words(tmp_path):
    process = Process("child", ["sh", "-c", "echo broken >&2; exit 3"], log=tmp_path / "child.log")
    wait_for(lambda: not process.running, what="the end", seconds=10)
    with pytest.raises(ProcessFailed, match="child ended with status 3: broken"):
        process.require_running()


def test_one_that_ignores_sigterm_is_killed(tmp_path):
    program = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
    )
    process = Process("child", [sys.executable, "-c", program], log=tmp_path / "child.log")
    wait_for(lambda: "up" in process.log_tail(), what="the child", seconds=10)
    process.end(grace=0.2)
    assert not process.running


def test_the_environment_is_the_one_given(tmp_path):
    process = Process("child", ["/bin/sh", "-c", "env"], log=tmp_path / "child.log", env={"ONLY": "this"})
    wait_for(lambda: not process.running, what="the end", seconds=10)
    assert "ONLY=this" in process.log_tail()
    assert "HOME=" not in process.log_tail()
