"""What a submission says of itself decides what is asked of it; damaged, it makes a row with a reason."""

import json
import shutil
import zipfile
from pathlib import Path

import pytest

from eks_labs.course import find_course
from eks_labs.grading import batch, evidence, submissions
from eks_labs.grading.archives import Unusable
from eks_labs.grading.evidence import Evidence
from eks_labs.grading.rows import Row, Status
from eks_labs.learn.desk import NOTE
from eks_labs.learn.submitting import EVIDENCE
from tests.runs import GRADE, Cli
from tests.world.grades import rows

COURSE = find_course()
LAB = "chapter07"


def submission(folder: Path, lab: str = LAB, **files: object) -> Path:
    """The lab as it is, and files beside: bytes, or what is written as JSON."""
    shutil.copytree(COURSE.root / "manifests" / lab, folder / "manifests" / lab)
    for name, content in files.items():
        (folder / name).write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return folder


def prepared(folder: Path) -> batch.Task | Row:
    (only,) = batch.prepare(submissions.find([folder]), COURSE, None)
    return only


HOSTILE = {
    "empty": (b"", "no JSON"),
    "no-json": (b"{", "no JSON"),
    "binary": (bytes(range(256)), "no JSON"),
    "deep": (b"[" * 100_000, "no JSON"),
    "deep-objects": (b'{"a":' * 100_000, "no JSON"),
    "long-number": (b'{"seed": ' + b"9" * 10_000 + b"}", "no JSON"),
    "huge": (b'{"seed": "' + b"x" * 2_000_000 + b'"}', "larger than 1 MB"),
    "list": (b"[]", "no JSON object"),
    "number": (b'{"seed": 4711}', "a seed is text, and this is of type int"),
    "nan": (b'{"seed": NaN}', "of type float"),
    "true": (b'{"seed": true}', "of type bool"),
    "object": (b'{"seed": {"a": 1}}', "of type dict"),
    "blank": (b'{"seed": " "}', "1 to 64 characters"),
    "long": (b'{"seed": "' + b"x" * 65 + b'"}', "1 to 64 characters"),
    "escape": (b'{"seed": "\\u001b[31m"}', "printable"),
    "lines": (b'{"seed": "a\\nb"}', "printable"),
    "surrogate": (b'{"seed": "\\ud800"}', "printable"),
    "overridden": (b'{"seed": "\\u202e"}', "printable"),
}


@pytest.mark.parametrize("file", [NOTE, EVIDENCE])
@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_damaged_is_a_rejected_row_with_a_reason(tmp_path: Path, name: str, file: str) -> None:
    content, reason = HOSTILE[name]
    row = prepared(submission(tmp_path / "ann", **{file: content}))
    assert isinstance(row, Row)
    assert (row.status, row.score, row.seed) == (Status.REJECTED, 0, "")
    assert row.reason.startswith(file)
    assert reason in row.reason
    assert row.reason.isprintable()


def test_a_folder_in_its_place_is_told(tmp_path: Path) -> None:
    (tmp_path / EVIDENCE).mkdir()
    with pytest.raises(Unusable, match=r"submission\.json cannot be read"):
        evidence.read(tmp_path)


def test_none_is_evidence_of_nothing(tmp_path: Path) -> None:
    assert evidence.read(tmp_path) == Evidence()
    (tmp_path / NOTE).write_text('{"lab": "chapter07", "open": [7], "solved": "yes"}')
    assert evidence.read(tmp_path) == Evidence()


def test_what_was_packed_comes_before_a_note(tmp_path: Path) -> None:
    (tmp_path / NOTE).write_text('{"seed": "note", "solved": true}')
    assert evidence.read(tmp_path) == Evidence(True, "note")
    (tmp_path / EVIDENCE).write_text('{"seed": "packed"}')
    assert evidence.read(tmp_path) == Evidence(False, "packed")


@pytest.mark.parametrize("file", [NOTE, EVIDENCE])
def test_each_is_asked_for_what_its_seed_draws(tmp_path: Path, file: str) -> None:
    drawn = {}
    for seed in ("0", "1", "7"):
        task = prepared(submission(tmp_path / seed, **{file: {"lab": LAB, "seed": seed}}))
        assert isinstance(task, batch.Task)
        assert (task.seed, task.remark) == (seed, "")
        assert task.values == COURSE.lab(LAB, seed).values
        drawn[task.digest] = task.values["replicas"]
    assert len(drawn) == 3, "another seed is graded anew"
    assert len(set(drawn.values())) == 3


def test_without_a_seed_it_is_the_first_row_and_an_instructor_is_told(tmp_path: Path) -> None:
    task = prepared(submission(tmp_path / "ann"))
    assert isinstance(task, batch.Task)
    assert (task.seed, task.values) == (None, {"replicas": "10"})
    assert task.remark == "it names no seed, so it was graded with the values of the first rows"
    old = prepared(submission(tmp_path / "bob", **{EVIDENCE: {"solved": True}}))
    assert isinstance(old, batch.Task)
    assert old.remark.startswith("its author has seen the reference solution; it names no seed")


def test_a_lab_without_parameters_needs_no_seed(tmp_path: Path) -> None:
    task = prepared(submission(tmp_path / "ann", "chapter07-prefix"))
    assert isinstance(task, batch.Task)
    assert (task.remark, task.values) == ("", {})


def test_a_hostile_batch_of_them_has_a_row_each(tmp_path: Path) -> None:
    (tmp_path / "sent").mkdir()
    for name, (content, _) in HOSTILE.items():
        with zipfile.ZipFile(tmp_path / "sent" / f"{name}.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(f"manifests/{LAB}/web.yaml", "")
            archive.writestr(EVIDENCE, content)
    ran = Cli(tmp_path / "state")(*GRADE, str(tmp_path / "sent"), "--out", str(tmp_path / "out"))
    assert ran.code == 0, str(ran)
    found = rows(tmp_path / "out")
    assert {name: (row["status"], row["score"]) for name, row in found.items()} == dict.fromkeys(
        HOSTILE, ("rejected", "0")
    )
    assert all(HOSTILE[name][1] in row["reason"] for name, row in found.items())
