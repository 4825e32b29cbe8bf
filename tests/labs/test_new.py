"""`labs new`: what it writes holds together at once, and it never writes over anything."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from eks_labs.course import Course
from eks_labs.errors import LabsError
from eks_labs.lint.course import check_labs
from eks_labs.scaffold import create
from tests.runs import ROOT


@pytest.fixture
def course(tmp_path: Path) -> Course:
    for part in ("checks", "terraform/modules"):
        shutil.copytree(ROOT / part, tmp_path / part, ignore=shutil.ignore_patterns("*.feature"))
    (tmp_path / "labs").mkdir()
    return Course(tmp_path)


def labs(course: Course, *arguments: str) -> "subprocess.CompletedProcess[str]":
    line = [sys.executable, "-m", "eks_labs", "--course", str(course.root), *arguments]
    return subprocess.run(line, capture_output=True, text=True)


@pytest.mark.parametrize(
    ("name", "title"), [("chapter99", "Nothing yet"), ("chapter99-more", 'Say "no" \\ & {{ never }} ${x}'), ("x", "")]
)
def test_a_new_lab_passes_lint(course: Course, name: str, title: str) -> None:
    made = labs(course, "new", name, "--title", title)
    assert made.returncode == 0, made.stderr
    linted = labs(course, "lint", name)
    assert linted.returncode == 0, linted.stdout
    assert len(course.lab(name).exercises) == 2
    assert not any("LABNAME" in file.read_text() for file in course.root.rglob("*") if file.suffix in (".tf", ".md"))


def test_nothing_is_written_over(course: Course) -> None:
    create(course, "chapter99", "One")
    before = {file: file.read_text() for file in course.root.rglob("*99*") if file.is_file()}
    again = labs(course, "new", "chapter99")
    assert again.returncode == 2
    assert "exists already" in again.stderr
    assert {file: file.read_text() for file in before} == before
    (course.root / "checks" / "chapter98.feature").write_text("mine")
    with pytest.raises(LabsError, match="exists already"):
        create(course, "chapter98", "Two")
    assert not (course.root / "labs" / "chapter98").exists()


@pytest.mark.parametrize("name", ["", "Chapter8", "chapter 8", "../x", "a--b", "-a", "a" * 31])
def test_a_name_that_nothing_can_be_called_by_is_refused(course: Course, name: str) -> None:
    with pytest.raises(LabsError, match="cannot be a lab's name"):
        create(course, name, "x")
    assert check_labs(course, [], []).problems == ()
