"""Workers by fork: each has its job and its log, and none outlives the template, nor the template its owner."""

import errno
import io
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from eks_labs.grading import template
from eks_labs.grading.rows import Row, Status
from eks_labs.grading.template import Template
from eks_labs.grading.worker import ROW, Job
from tests.labs.jobs import endless

WITHIN = 30.0
"""Seconds."""


@pytest.fixture(scope="module")
def forks() -> Iterator[Template]:
    made = Template()
    yield made
    made.close()


def job(folder: Path, lab: str = "chapter07") -> Path:
    """The file of a job whose submission has bad YAML, so that no world is needed to reject it."""
    manifests = folder / "submission" / "manifests" / lab
    manifests.mkdir(parents=True)
    (manifests / "web.yaml").write_text("spec: [\n")
    work = folder / "work"
    work.mkdir()
    file = work / "job.json"
    Job("ada", lab, str(Path(__file__).parents[3]), str(folder / "submission"), str(work)).save(file)
    return file


def test_each_job_has_a_worker_that_writes_its_row(forks: Template, tmp_path: Path) -> None:
    files = [job(tmp_path / name) for name in ("first", "second")]
    workers = [forks.worker(file) for file in files]
    assert all(worker.ended(within=WITHIN) for worker in workers)
    assert [Row.from_json((file.parent / ROW).read_text()).status for file in files] == [Status.REJECTED] * 2
    assert len({worker.pid for worker in workers}) == 2
    for worker in workers:
        worker.close()


def test_what_a_worker_says_is_in_its_log(forks: Template, tmp_path: Path) -> None:
    file = job(tmp_path, "chapter99")
    worker = forks.worker(file)
    assert worker.ended(within=WITHIN)
    worker.close()
    assert "chapter99" in (file.parent / template.LOG).read_text()


def test_workers_end_with_the_template(tmp_path: Path) -> None:
    forks = Template()
    worker = forks.worker(endless(tmp_path))
    assert not worker.ended(within=0.5)
    forks.close()
    assert worker.ended(within=WITHIN)
    assert forks.ended
    worker.close()
    with pytest.raises(OSError, match="was ended"):
        forks.worker(tmp_path)


def test_a_job_that_can_have_no_worker_is_told_why(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def no_more(*_: object) -> None:
        raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))

    monkeypatch.setattr(template, "Forked", no_more)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"/first\n/second\n")))
    assert template.main() == 0
    assert capsys.readouterr().out == "Resource temporarily unavailable\n" * 2


def test_whoever_asked_for_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "python"
    program.write_text('#!/bin/sh\nwhile read -r line; do echo "Resource temporarily unavailable"; done\n')
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))
    forks = Template()
    for _ in range(2):
        with pytest.raises(OSError, match="temporarily unavailable"):
            forks.worker(tmp_path / "job.json")
    forks.close()


def test_the_template_ends_with_its_owner(tmp_path: Path) -> None:
    script = f"""
import sys
from pathlib import Path
from eks_labs.grading.template import Template
forks = Template()
print(forks.worker(Path({str(endless(tmp_path))!r})).pid, flush=True)
sys.stdin.read()
"""
    with subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as owner:
        assert owner.stdout is not None
        worker = psutil.Process(int(owner.stdout.readline()))
        of_owner = psutil.Process(owner.pid).children(recursive=True)
        assert worker in of_owner
        owner.send_signal(signal.SIGKILL)
    assert psutil.wait_procs(of_owner, WITHIN)[1] == []
