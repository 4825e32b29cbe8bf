"""`labs lint --checks` holds hidden checks to the rules of the course's own, as far as those are theirs."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from eks_labs.course import Course
from tests.labs.linted import (
    LAB,
    PRIVATE,
    PRIVATE_FEATURE,
    PRIVATE_TOML,
    TOML,
    WEB,
    Broken,
    add_hidden_checks,
    change,
    copy_course,
    lint,
    lint_private,
)
from tests.runs import Cli


@pytest.fixture
def course(tmp_path: Path) -> Course:
    course = copy_course(tmp_path)
    add_hidden_checks(course)
    return course


def test_they_are_well_and_no_part_of_the_course(course: Course) -> None:
    assert lint_private(course) == []
    assert lint(course) == []


SECRET = "Scenario: The secret"
NODES = "    Then the number of Ready nodes is 2\n"
DEPLOYMENT = '    And the Deployment "web" has <replicas> replicas, all available\n'
ADDON = '    And the add-on "vpc-cni" is active\n'
TABLE = (
    # LAB.toml
    Broken(PRIVATE_TOML, "points = 7", "points = = 7", "is not TOML", "points = = 7"),
    Broken(PRIVATE_TOML, "points = 7", "", "exercise number 2: points is missing", '[[exercise]]\nname = "Nothing'),
    Broken(PRIVATE_TOML, "points = 7", 'points = "7"', "points must be of type integer", 'points = "7"'),
    Broken(PRIVATE_TOML, "points = 7", "points = 7\npoint = 7", "point is not a key. Did you mean points", "point = 7"),
    Broken(PRIVATE_TOML, '[[exercise]]\nname = "The', 'title = "x"\n[[exercise]]\nname = "The', "title is not a key"),
    Broken(PRIVATE_TOML, '"psst", ', '"", ', "exercise number 1 has no hint", "hint = ["),
    Broken(PRIVATE_TOML, "points = 7", 'points = 7\nhint = " "', "exercise number 2 has no hint", 'hint = " "'),
    Broken(
        PRIVATE_TOML,
        '"Nothing is in the way"',
        '"The secret count of nodes"',
        "is there twice",
        'name = "The secret count of nodes"\npoints = 7',
    ),
    Broken(
        PRIVATE_TOML,
        '"Nothing is',
        '"Noting is',
        f"no @exercise scenario in {LAB}.feature. Did you mean Nothing",
        'name = "Noting',
    ),
    Broken(
        PRIVATE_TOML,
        '"Nothing is',
        '"Noting is',
        f"has no [[exercise]] in {LAB}.toml. Did you mean Noting",
        "Scenario: Nothing",
        PRIVATE_FEATURE,
    ),
    Broken(
        PRIVATE_TOML,
        '"Nothing is in the way"',
        '"All replicas run"',
        "the lab itself has an exercise 'All replicas run'",
        'name = "All',
    ),
    Broken(PRIVATE_TOML, '"Nothing', '"<replicas>', "all learners have the same", 'name = "<replicas>'),
    Broken(PRIVATE_TOML, "<replicas> replicas need", "<replica> replicas need", "Did you mean replicas?", "hint = ["),
    # LAB.feature
    Broken(PRIVATE_FEATURE, "    And the add", "    Adn the add", "does not parse: unexpected 'Adn", "Adn"),
    Broken(
        PRIVATE_FEATURE,
        "Ready nodes is 2",
        "Ready nodes is two",
        "The nearest is: the number of Ready nodes is",
        "is two",
    ),
    Broken(
        PRIVATE_FEATURE,
        "<replicas>",
        "<replca>",
        "<replca> is no parameter of the lab. Did you mean replicas",
        "And the Dep",
    ),
    Broken(
        PRIVATE_FEATURE,
        "  @exercise @exact",
        "  Background:\n    Given <zones> zones\n  @exercise",
        "<zones> is no parameter",
        "Given <",
    ),
    Broken(PRIVATE_FEATURE, NODES + DEPLOYMENT, "", "'The secret count of nodes' has no steps", SECRET),
    Broken(
        PRIVATE_FEATURE,
        NODES + DEPLOYMENT,
        NODES.replace("Then", "Given"),
        "has no Then: it would give its points for nothing",
        SECRET,
    ),
    Broken(
        PRIVATE_FEATURE, ADDON, "", "an empty cluster passes the exercise 'Nothing is in the way'", "Scenario: Nothing"
    ),
    Broken(PRIVATE_FEATURE, "@exact", "@skipped", "nobody would get its points", SECRET),
    Broken(
        PRIVATE_FEATURE,
        "Scenario: Nothing is in the way",
        f"{SECRET} count of nodes",
        "is also in line 3",
        f"{SECRET} count of nodes\n    Then no",
    ),
    Broken(
        PRIVATE_FEATURE,
        DEPLOYMENT,
        f"{DEPLOYMENT}    Examples:\n      | replicas |\n      | 3 |\n",
        "column replicas is called as a parameter is",
        SECRET,
    ),
    # lab.toml, which has the parameters
    Broken(TOML, "minutes = 20", "minutes = = 20", "is not TOML", "minutes"),
    Broken(
        TOML,
        '["10"]',
        '["ten"]',
        'no step is defined for: Then the Deployment "web" has ten',
        "And the Dep",
        PRIVATE_FEATURE,
    ),
)


@pytest.mark.parametrize("broken", TABLE, ids=lambda broken: f"{Path(broken.file).name}: {broken.says[:40]}")
def test_what_is_broken_is_found(course: Course, broken: Broken) -> None:
    broken.is_found_in(course, lint_private)


def _without_hints(course: Course) -> None:
    change(course, PRIVATE_TOML, 'hint = ["psst", "How many nodes do <replicas> replicas need?"]\n', "")


def _without_tags_of_fidelity(course: Course) -> None:
    change(course, PRIVATE_FEATURE, "@exercise @exact", "@exercise")


def _beside_other_files(course: Course) -> None:
    folder = course.root / PRIVATE
    for name in ("README.md", ".chapter99.toml", "chapter99.yaml"):
        (folder / name).write_text("")
    (folder / "old").mkdir()
    (folder / "old" / "chapter99.feature").write_text("")


@pytest.mark.parametrize("done", [_without_hints, _without_tags_of_fidelity, _beside_other_files])
def test_what_is_left_alone(course: Course, done: Callable[[Course], None]) -> None:
    done(course)
    assert lint_private(course) == []


@pytest.mark.parametrize("gone", [PRIVATE_FEATURE, PRIVATE_TOML])
def test_one_file_without_the_other(course: Course, gone: str) -> None:
    (course.root / gone).unlink()
    assert lint_private(course) == [f"{gone}:1: is missing"]


def test_a_lab_that_does_not_exist(course: Course) -> None:
    for end in ("feature", "toml"):
        (course.root / PRIVATE / f"chapter7.{end}").write_text("")
    assert lint_private(course) == [
        f"{PRIVATE}/chapter7.{end}:1: is for no lab: there is none called chapter7. Did you mean {LAB}?"
        for end in ("feature", "toml")
    ]


def test_a_link_which_does_not_travel(course: Course) -> None:
    file = course.root / PRIVATE_TOML
    file.rename(course.root / "elsewhere.toml")
    file.symlink_to(course.root / "elsewhere.toml")
    assert lint_private(course) == [f"{PRIVATE_TOML}:1: is a symbolic link: put the file itself here"]


def test_a_folder_of_something_else(course: Course) -> None:
    for file in (PRIVATE_FEATURE, PRIVATE_TOML):
        (course.root / file).unlink()
    assert lint_private(course) == [f"{PRIVATE}:1: has no hidden checks: they are LAB.feature and LAB.toml"]
    (course.root / PRIVATE).rmdir()
    assert lint_private(course) == [f"{PRIVATE}:1: cannot be listed as a folder: No such file or directory"]


@pytest.mark.parametrize("file", [PRIVATE_FEATURE, PRIVATE_TOML])
@pytest.mark.parametrize("content", [b"", bytes(range(256)), b"\n\0\n", b"x = " + b"[" * 100_000])
def test_whatever_the_files_hold_the_answer_is_problems(course: Course, file: str, content: bytes) -> None:
    (course.root / file).write_bytes(content)
    assert lint_private(course)


# The command


def test_the_command_prints_them_alone_or_beside_what_is_named(course: Course, tmp_path: Path) -> None:
    labs, chosen = Cli(tmp_path / "home"), ("--course", str(course.root), "lint")
    private = str(course.root / PRIVATE)
    well = labs(*chosen, "--checks", private)
    assert (well.code, well.out) == (0, f"{private}: no problems\n")
    change(course, PRIVATE_FEATURE, "Ready nodes is 2", "Ready nodes is two")
    (course.root / WEB).write_text("")
    alone = labs(*chosen, "--checks", private)
    assert alone.code == 2
    assert alone.out.splitlines()[0].startswith(f"{private}/{LAB}.feature:4: no step is defined for: Then the number")
    assert alone.out.splitlines()[1:] == [f"{private}: 1 problem"]
    both = labs(*chosen, LAB, "--checks", private, "--json")
    found = json.loads(both.out)
    assert (both.code, found["checked"]) == (2, [LAB, private])
    assert [Path(problem["path"]).name for problem in found["problems"]] == ["web.yaml", f"{LAB}.feature"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--checks", "/nowhere"], "/nowhere: no such folder"),
        (["--checks", ".", "--steps"], "--steps is about all labs"),
    ],
)
def test_a_mistake_is_2(tmp_path: Path, arguments: list[str], says: str) -> None:
    ran = Cli(tmp_path)("lint", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert says in ran.err
