"""Waiting on a condition: what counts as "not yet", and what ends the wait at once."""

import pytest

from eks_local.waiting import WaitTimeout, wait_for


def test_an_exception_is_not_yet_unless_it_is_final() -> None:
    tries = iter([OSError("early"), ValueError("wrong"), KeyError("never asked")])

    def condition() -> bool:
        raise next(tries)

    with pytest.raises(ValueError, match="wrong"):
        wait_for(condition, what="it", seconds=5, poll=0.001, final=(ValueError,))
    assert isinstance(next(tries), KeyError)


def test_the_limit_tells_what_was_awaited_and_last_seen() -> None:
    def condition() -> bool:
        raise OSError("still nothing")

    with pytest.raises(WaitTimeout, match="waited 0 s for it; last seen: still nothing") as late:
        wait_for(condition, what="it", seconds=0)
    assert isinstance(late.value.last_seen, OSError)
