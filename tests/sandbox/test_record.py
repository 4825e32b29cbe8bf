"""The record of a running world survives a round through its file, and only whole."""

import pytest

from eks_local.sandbox import lock, record
from eks_local.sandbox.identity import Box, ProcessId

RECORD = record.Record(Box(ProcessId(1, 2, "b"), ProcessId(3, 4, "b")), "us-east-1", 1000, 1001, 1.5)


@pytest.mark.parametrize("one", [RECORD, RECORD.with_credentials("key", "secret")])
def test_what_was_saved_is_loaded(tmp_path, one):
    one.save(tmp_path / "world.json")
    assert record.load(tmp_path / "world.json") == one
    assert (tmp_path / "world.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"format": 0}', '{"format": 1}', '{"format": 1, "box": 3}', "\x00"])
def test_what_is_no_record_is_none(tmp_path, text):
    (tmp_path / "world.json").write_text(text)
    assert record.load(tmp_path / "world.json") is None


def test_there_may_be_no_record(tmp_path):
    assert record.load(tmp_path / "world.json") is None


def test_the_lock_is_one_holders_until_all_copies_are_closed(tmp_path):
    import os

    held = lock.acquire(tmp_path / "lock")
    assert held is not None
    copy = os.dup(held)
    os.close(held)
    assert lock.acquire(tmp_path / "lock") is None
    os.close(copy)
    again = lock.acquire(tmp_path / "lock")
    assert again is not None
    os.close(again)
