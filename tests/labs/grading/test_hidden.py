"""An instructor's own checks: as a lab has its own, and refused before anything is graded when they are not well."""

import shutil
from pathlib import Path

import pytest

from eks_labs.course import Course, Exercise
from eks_labs.errors import LabsError
from eks_labs.grading.hidden import lab_with
from tests.labs.linted import (
    LAB,
    PRIVATE_FEATURE,
    PRIVATE_TOML,
    add_hidden_checks,
    change,
    copy_course,
)
from tests.runs import GRADE, Cli


@pytest.fixture
def course(tmp_path: Path) -> Course:
    return copy_course(tmp_path / "course")


@pytest.fixture
def private(course: Course) -> Path:
    return add_hidden_checks(course)


def test_they_are_a_labs_with_its_values_in_steps_and_in_tiers_of_hints(course: Course, private: Path) -> None:
    lab = course.lab(LAB)
    hidden = lab_with(lab, private)
    assert hidden is not None
    assert hidden.exercises == (
        Exercise("The secret count of nodes", 10, ("psst", "How many nodes do 10 replicas need?")),
        Exercise("Nothing is in the way", 7),
    )
    assert [scenario.name for scenario in hidden.scenarios()] == [exercise.name for exercise in hidden.exercises]
    assert hidden.scenarios()[0].steps[1].text == 'the Deployment "web" has 10 replicas, all available'


def test_a_lab_may_have_none(course: Course, private: Path) -> None:
    lab = course.lab(LAB)
    assert lab_with(lab, None) is None
    for path in private.iterdir():
        path.unlink()
    assert lab_with(lab, private) is None


@pytest.mark.parametrize("file", [PRIVATE_FEATURE, PRIVATE_TOML])
@pytest.mark.parametrize("content", [None, b"\xff", b"Feature = [", b"[[exercise]]"])
def test_files_that_cannot_be_read_are_an_error_for_people(
    course: Course, private: Path, file: str, content: bytes | None
) -> None:
    path = course.root / file
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(LabsError, match=path.name):
        lab_with(course.lab(LAB), private)


@pytest.mark.parametrize("file", [PRIVATE_FEATURE, PRIVATE_TOML])
def test_a_folder_in_a_files_place(course: Course, private: Path, file: str) -> None:
    (course.root / file).unlink()
    (course.root / file).mkdir()
    with pytest.raises(LabsError, match=Path(file).name):
        lab_with(course.lab(LAB), private)


def test_a_batch_with_bad_ones_is_refused_before_a_world_starts(course: Course, private: Path, tmp_path: Path) -> None:
    home, out = tmp_path / "home", tmp_path / "out"
    submission = tmp_path / "sent" / "ann"
    shutil.copytree(course.root / "manifests", submission / "manifests")
    change(course, PRIVATE_FEATURE, "Ready nodes is 2", "Ready nodes is two")
    change(course, PRIVATE_FEATURE, '    And the add-on "vpc-cni" is active\n', "")
    change(course, PRIVATE_TOML, "points = 7", "points = 0")
    change(course, PRIVATE_TOML, '"psst"', '""')
    course_and_out = ("--course", str(course.root), *GRADE, str(submission), "--out", str(out))
    ran = Cli(home)(*course_and_out, "--checks", str(private))
    assert (ran.code, ran.out) == (2, ""), str(ran)
    first, *told, remedy = ran.err.splitlines()
    assert first == "error: nothing is graded: 4 problems in the hidden checks"
    assert [line.partition(": ")[0] for line in told] == [
        f"{private}/{LAB}.feature:4",
        f"{private}/{LAB}.feature:8",
        f"{private}/{LAB}.toml:4",
    ]
    assert "no step is defined for: Then the number of Ready nodes is two" in told[0]
    assert remedy == f"  All of them: labs lint --checks {private}"
    assert not out.exists()
    assert not home.exists()


def test_a_folder_of_checks_that_is_not_there(tmp_path: Path) -> None:
    ran = Cli(tmp_path)(*GRADE, str(tmp_path), "--out", str(tmp_path / "out"), "--checks", "/nowhere")
    assert ran.code == 2
    assert "/nowhere: no such folder" in ran.err
