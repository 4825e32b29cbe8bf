"""Processes that cannot be confused with later ones of the same pid."""

import os
import signal
import subprocess
import sys
import time

import pytest

from eks_local.sandbox.identity import ProcessId


@pytest.fixture
def sleeper():
    with subprocess.Popen(["sleep", "60"]) as process:
        yield process
        process.kill()


def test_a_process_is_alive_until_it_has_ended(sleeper):
    identity = ProcessId.of(sleeper.pid)
    assert identity.alive
    assert not identity.wait(0.01)
    assert identity.end(grace=5)
    assert not identity.alive
    assert identity.wait(0)
    assert not identity.end(grace=5)


def test_a_process_of_another_start_or_boot_is_not_it(sleeper):
    identity = ProcessId.of(sleeper.pid)
    for other in (
        ProcessId(identity.pid, identity.start + 1, identity.boot),
        ProcessId(identity.pid, identity.start, "another boot"),
    ):
        assert not other.alive
        assert not other.end(grace=0)
    assert sleeper.poll() is None


def test_there_is_no_identity_of_nobody():
    with subprocess.Popen(["true"]) as process:
        process.wait()
    with pytest.raises(ProcessLookupError):
        ProcessId.of(process.pid)


def test_one_that_ignores_sigterm_is_killed_after_the_grace():
    program = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        started = time.monotonic()
        assert ProcessId.of(process.pid).end(grace=0.2)
        assert 0.2 <= time.monotonic() - started < 5
        assert process.wait() == -signal.SIGKILL


def test_the_own_process_has_a_start_time_that_stays():
    assert ProcessId.of(os.getpid()) == ProcessId.of(os.getpid())
