"""Turns at deploying."""

import os
import threading
from contextlib import ExitStack
from queue import Queue

import pytest

from eks_labs.grading import turns

AT_ONCE = 2 * (os.cpu_count() or 1)


def never() -> bool:
    return False


def test_there_are_two_a_core_and_who_passes_on_lets_the_next_in() -> None:
    went: Queue[str] = Queue()
    all_turns = turns.Turns()

    def late() -> None:
        with all_turns.turn(never):
            went.put("in")

    with ExitStack() as stack:
        first, *_ = [stack.enter_context(all_turns.turn(never)) for _ in range(AT_ONCE)]
        assert first is not None
        waiting = threading.Thread(target=late)
        waiting.start()
        assert went.empty()
        first.pass_on()
        first.pass_on()  # once is enough, and twice is not two
        assert went.get(timeout=30) == "in"
        waiting.join()
        with all_turns.turn(lambda: True) as free:
            assert free is not None
            with all_turns.turn(lambda: True) as none:
                assert none is None


@pytest.mark.parametrize("busy", [False, True])
def test_a_turn_ends_by_itself_after_a_time_unless_the_machine_is_busy(
    monkeypatch: pytest.MonkeyPatch, busy: bool
) -> None:
    monkeypatch.setattr(turns, "_USUAL", 0.0)
    all_turns = turns.Turns()
    monkeypatch.setattr(os, "getloadavg", lambda: (1000.0 if busy else 0.0, 0.0, 0.0))
    with ExitStack() as stack:
        taken = [stack.enter_context(all_turns.turn(never)) for _ in range(AT_ONCE)]
        for each in taken:
            assert each is not None
            each.look()
        with all_turns.turn(lambda: True) as free:
            assert (free is None) == busy
