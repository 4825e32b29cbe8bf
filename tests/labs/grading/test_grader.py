"""What submissions share: one process that forks their workers, as long as grading goes on."""

from contextlib import closing
from pathlib import Path

import psutil
import pytest

from eks_labs.grading.grader import Grader
from tests.labs.jobs import endless

WITHIN = 30.0
"""Seconds."""


def templates() -> list[psutil.Process]:
    """Processes of this one that fork workers."""
    return [
        each
        for each in psutil.Process().children()
        # What another test left is a zombie, and has no command line.
        if "eks_labs.grading.template" in (each.as_dict(["cmdline"])["cmdline"] or ())
    ]


def test_all_workers_are_forks_of_one_process_and_end_with_the_grader(tmp_path: Path) -> None:
    with closing(Grader()) as grader:
        assert templates() == []
        workers = [grader.worker(endless(tmp_path)) for _ in range(2)]
        (only,) = templates()
        assert {psutil.Process(worker.pid).ppid() for worker in workers} == {only.pid}
    assert templates() == []
    for worker in workers:
        assert worker.ended(within=WITHIN)
        worker.close()
    with pytest.raises(OSError, match="grading has ended"):
        grader.worker(tmp_path)
    assert templates() == []


def test_a_process_that_somebody_has_ended_is_replaced(tmp_path: Path) -> None:
    with closing(Grader()) as grader:
        grader.worker(endless(tmp_path)).close()
        (first,) = templates()
        first.kill()
        first.wait(WITHIN)
        grader.worker(endless(tmp_path)).close()
        assert [each.pid for each in templates()] != [first.pid]
