"""Loops around reconcilers: woken by changes, patient with failures, ended when asked."""

import threading
import time

from eks_local.changes import Changes, Loop
from eks_local.waiting import wait_for


class Counting:
    name = "counting"

    def __init__(self, failures: int = 0) -> None:
        self.rounds = 0
        self.failures = failures

    def reconcile(self) -> None:
        self.rounds += 1
        if self.rounds <= self.failures:
            raise RuntimeError(f"round {self.rounds}")


def test_a_change_wakes_the_loop_long_before_its_resync():
    changes, reconciler = Changes(), Counting()
    loop = Loop(reconciler, changes, resync=60)
    loop.start()
    wait_for(lambda: reconciler.rounds == 1, what="the first round", seconds=5)
    changes.notify()
    wait_for(lambda: reconciler.rounds == 2, what="the round after a change", seconds=5)
    loop.stop()
    changes.notify()
    assert reconciler.rounds == 2


def test_without_changes_it_looks_again_at_the_resync():
    reconciler = Counting()
    loop = Loop(reconciler, Changes(), resync=0.05)
    loop.start()
    wait_for(lambda: reconciler.rounds >= 3, what="three rounds", seconds=5)
    loop.stop()


def test_a_failure_is_kept_for_the_status_and_tried_again_until_it_passes():
    reconciler = Counting(failures=2)
    loop = Loop(reconciler, Changes(), resync=60)
    loop.start()
    wait_for(lambda: loop.last_error, what="the error", seconds=5)
    assert str(loop.last_error).startswith("RuntimeError: round")
    wait_for(lambda: reconciler.rounds == 3 and loop.last_error is None, what="success", seconds=5)
    loop.stop()


def test_a_wait_ends_with_a_change_or_its_time():
    changes = Changes()
    started = time.monotonic()
    assert changes.wait(0, 0.05) == 0
    assert time.monotonic() - started >= 0.05
    threading.Timer(0.05, changes.notify).start()
    assert changes.wait(0, 10) == 1
