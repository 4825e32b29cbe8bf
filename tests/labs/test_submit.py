"""`labs submit`: one file with the learner's work, which a grader takes."""

import json
import zipfile
from pathlib import Path

import pytest

from eks_labs.course import find_course
from eks_labs.errors import LabsError
from eks_labs.grading import archives, evidence, submissions
from eks_labs.grading.evidence import Evidence
from eks_labs.learn import desk, submitting
from eks_labs.learn.desk import Desk
from tests.runs import Cli


@pytest.fixture
def work(tmp_path: Path) -> Desk:
    folder = tmp_path / "work"
    folder.mkdir()
    found = desk.furnish(find_course().lab("chapter07", "4711"), folder)
    (found.files.terraform / "terraform.tfstate").write_text("secret")
    (found.files.terraform / ".terraform").mkdir()
    (found.files.terraform / ".terraform" / "x").write_text("downloaded")
    web = found.files.manifests / "web.yaml"
    web.write_text(web.read_text() + "# mine\n")
    return found


def test_a_submission_is_what_a_grader_takes(work: Desk, tmp_path: Path) -> None:
    submitting.pack(work.noted(hints={"All replicas run": 2}, solved=True), None, tmp_path / "mine.zip")
    into = tmp_path / "into"
    into.mkdir()
    archives.unpack(tmp_path / "mine.zip", into)
    root = submissions.root_of(into)
    assert submissions.lab_of(root, find_course().names()) == "chapter07"
    assert (root / "manifests/chapter07/web.yaml").read_text().endswith("# mine\n")
    assert evidence.read(root) == Evidence(solved=True, seed="4711")
    told = json.loads((root / submitting.EVIDENCE).read_text())
    assert (told["hints"], told["check"]) == ({"All replicas run": 2}, None)
    assert told["values"] == dict(work.lab.values)
    names = zipfile.ZipFile(tmp_path / "mine.zip").namelist()
    assert not [name for name in names if "tfstate" in name or ".terraform" in name]


def test_it_replaces_an_earlier_one_and_nothing_else(work: Desk, tmp_path: Path) -> None:
    file = tmp_path / "mine.zip"
    submitting.pack(work, None, file)
    submitting.pack(work, None, file)
    file.write_text("a diary")
    with pytest.raises(LabsError, match="something else"):
        submitting.pack(work, None, file)
    assert file.read_text() == "a diary"


def test_without_a_world_it_is_packed_and_says_that_it_was_not_checked(work: Desk, tmp_path: Path) -> None:
    ran = Cli(tmp_path)("submit", str(work.folder), "--out", str(tmp_path / "out.zip"))
    assert ran.code == 0, str(ran)
    assert "not checked" in ran.out
    assert submitting.is_submission(tmp_path / "out.zip")
    assert evidence.read(tmp_path) == Evidence()
