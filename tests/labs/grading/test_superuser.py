"""The machine's root does not grade, unless he says so: neither here nor as a worker of a cluster."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from eks_labs.course import find_course
from eks_labs.errors import LabsError
from eks_labs.grading import batch, submissions, superuser
from eks_labs.grading.rows import Row, Status
from eks_labs.grading.supervision import Limits
from tests.runs import ROOT, Cli

LAB = "chapter07"
only_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root is refused, and can become somebody else")


@pytest.fixture
def as_the_machines_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(superuser, "is_the_machines", lambda: True)


@pytest.fixture
def sent(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "manifests" / LAB, tmp_path / "sent" / "manifests" / LAB)
    return tmp_path / "sent"


def test_root_is_refused_with_a_reason_and_a_way_out(as_the_machines_root: None) -> None:
    with pytest.raises(LabsError, match="kernel's settings") as refusal:
        superuser.refuse(allowed=False)
    assert "ordinary user" in refusal.value.remedy
    assert "--as-root" in refusal.value.remedy
    superuser.refuse(allowed=True)


def test_another_is_not_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    superuser.refuse(allowed=False)


@only_root
@pytest.mark.parametrize("by_nobody", [False, True])
def test_the_settings_owner_tells_which_root_one_is_in_a_user_namespace(by_nobody: bool) -> None:
    nobody = ("--reuid=65534", "--regid=65534", "--clear-groups") if by_nobody else ()
    owner = 'test "$(id -u)" = 0; stat --format=%u /proc/sys'
    line = ["setpriv", *nobody, "unshare", "--user", "--map-root-user", "sh", "-ec", owner]
    told = subprocess.check_output(line, text=True).strip()
    assert (told == "0") is (superuser.is_the_machines() and not by_nobody)


@only_root
@pytest.mark.skipif(not superuser.is_the_machines(), reason="this root is one of a user namespace")
def test_labs_grade_refuses_root(tmp_path: Path, sent: Path) -> None:
    ran = Cli(tmp_path)("grade", str(sent), "--out", str(tmp_path / "out"))
    assert ran.code == 2, str(ran)
    assert "as this machine's root" in ran.err
    assert "--as-root" in ran.err
    assert not (tmp_path / "out").exists()


def test_a_worker_refuses_root(as_the_machines_root: None, sent: Path) -> None:
    (task,) = batch.prepare(submissions.find([sent]), find_course(), None)
    assert isinstance(task, batch.Task)
    told = batch._task(task, 1, Limits(), "no such event")
    assert told is not None
    row = Row.from_json(told)
    assert (row.name, row.lab, row.status, row.score) == (task.name, LAB, Status.ERROR, None)
    assert "as this machine's root" in row.reason
    assert "start its workers as one" in row.reason
