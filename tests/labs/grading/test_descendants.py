"""Descendants of a process."""

import os
import subprocess

from eks_labs.grading import descendants
from eks_local.waiting import wait_for


def test_children_and_theirs_are_found_and_nobody_else() -> None:
    odd = "exec -a 'a ) b (' sleep 1000"
    script = f"bash -c {odd!r} & bash -c 'sleep 1000 & wait' & wait"
    with subprocess.Popen(["bash", "-c", script], start_new_session=True) as shell:
        try:
            # Two sleeps and the shell of one of them: the other's has become it.
            wait_for(lambda: len(descendants.of(shell.pid)) == 3, what="three descendants", seconds=30, poll=0.2)
            assert descendants.of(shell.pid) < descendants.of(os.getpid())
            assert os.getpid() not in descendants.of(os.getpid())
        finally:
            os.killpg(shell.pid, 9)
    wait_for(lambda: not descendants.of(shell.pid), what="none", seconds=30, poll=0.2)
