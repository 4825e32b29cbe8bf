"""`labs lint` on files as they should not be: whatever they are or hold, the answer is problems, never an exception."""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eks_labs.course import Course
from eks_labs.lint.course import check_course, check_labs
from eks_labs.lint.manifests import ALIASES, DEEPEST
from eks_labs.lint.reading import LARGEST
from tests.labs.linted import ALTERNATIVE, FILES, LAB, SOLUTION, WEB, copy_course, lint

pytestmark = pytest.mark.slow


@pytest.fixture
def course(tmp_path: Path) -> Course:
    return copy_course(tmp_path)


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _binary(path: Path) -> None:
    path.write_bytes(bytes(range(256)) * 4)


def _nul(path: Path) -> None:
    path.write_bytes(b"\n\0\n")


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _circle(path: Path) -> None:
    path.unlink()
    path.symlink_to(path)


def _dangling(path: Path) -> None:
    path.unlink()
    path.symlink_to("nowhere")


def _pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _endless(path: Path) -> None:
    path.unlink()
    path.symlink_to("/dev/zero")


def _large(path: Path) -> None:
    with path.open("ab") as file:
        file.truncate(LARGEST + 1)


def _deep(path: Path) -> None:
    path.write_text("x = " + "[" * 100_000)


WHOLE = (_empty, _binary, _nul, _folder, _circle, _dangling, _pipe, _endless, _large, _deep, Path.unlink)


@pytest.mark.parametrize("change", WHOLE, ids=lambda change: change.__name__)
@pytest.mark.parametrize("file", FILES)
def test_a_file_that_is_none_gives_problems(course: Course, file: str, change: Callable[[Path], None]) -> None:
    change(course.root / file)
    found = lint(course)
    # Without a file of an answer's the workspace has the lab's own; without its only manifest a lab has none.
    harmless = change is Path.unlink and (file == WEB or file.startswith((SOLUTION, ALTERNATIVE)))
    assert found or harmless


def test_folders_that_are_none(course: Course) -> None:
    for path in ("terraform", "manifests", SOLUTION, "checks/steps"):
        shutil.rmtree(course.root / path)
        (course.root / path).symlink_to(course.root / path)
    assert len(lint(course)) > 4


def test_links_to_folders_are_not_followed(course: Course) -> None:
    (course.root / "manifests" / LAB / "up").symlink_to("..")
    assert lint(course) == [f"manifests/{LAB}/up:1: is a symbolic link to a folder: put the files themselves here"]


def test_names_that_no_lab_has(course: Course) -> None:
    (course.root / "labs" / "chapter09").mkdir()
    (course.root / "checks" / "chapter09.feature").write_text("Feature: x\n")
    (course.root / "terraform" / "chapter09").mkdir()
    (course.root / "terraform" / "chapter09" / "main.tf").write_text("")
    assert lint(course) == [
        "checks/chapter09.feature:1: belongs to no lab: there is none called chapter09",
        "labs/chapter09:1: has no lab.toml, so it is no lab",
        "terraform/chapter09/main.tf:1: belongs to no lab: there is none called chapter09",
    ]


def test_a_solution_replaces_only_its_labs_files(course: Course) -> None:
    stray = course.root / SOLUTION / "terraform" / "modules" / "network" / "main.tf"
    stray.parent.mkdir(parents=True)
    stray.write_text("")
    (course.root / SOLUTION / "notes.txt").write_text("")
    found = lint(course)
    assert len(found) == 2
    assert all("replaces nothing" in problem for problem in found)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", ":1: holds no object"),
        ("- a\n", ":1: is no object with apiVersion"),
        ("a: \x07\n", ":1: is not YAML: control characters are not allowed"),
        ("---\n---\nb: *c\n", ":3: is not YAML: found undefined alias"),
        ("a: " + "[" * (DEEPEST + 1), f":1: has more than {DEEPEST} levels"),
        ("a: &a {}\nb: [" + "*a ," * (ALIASES + 1) + "]", f":2: has more than {ALIASES} aliases"),
        ("apiVersion: v1\nkind: List\nmetadata: {name: x}\n", ":1: an object has no label app.kubernetes.io/part-of"),
    ],
)
def test_manifests(course: Course, text: str, says: str) -> None:
    (course.root / "manifests" / LAB / "zz.yaml").write_text(text)
    assert [found.partition("zz.yaml")[2][: len(says)] for found in lint(course) if "zz.yaml" in found] == [says]


def test_manifests_that_nobody_applies(course: Course) -> None:
    folder = course.root / "manifests" / LAB
    (folder / "more").mkdir()
    (folder / "more" / "x.yaml").write_text("")
    (folder / "x.json").write_text("{}")
    assert [found.split(":")[0] for found in lint(course)] == [
        f"manifests/{LAB}/{x}" for x in ("more/x.yaml", "x.json")
    ]


# Whatever the files hold

_BITS = (
    "{",
    "}",
    "[",
    "]",
    '"',
    "${",
    "%{",
    "<<EOT\n",
    "\n",
    "\t",
    "#",
    "=",
    ".",
    ":",
    "|",
    "- ",
    "&a ",
    "*a ",
    "<<: ",
)
_WORDS = (
    '"""',
    "Scenario:",
    "Feature:",
    "And x",
    "@exact",
    "{{ ",
    " }}",
    "var.",
    "module.x",
    "---\n",
    "[[",
    "\0",
    "\u2028",
)


@dataclass(frozen=True)
class Mutation:
    file: str
    at: int
    cut: int
    put: bytes


mutations = st.builds(
    Mutation,
    st.sampled_from(FILES),
    st.integers(0, 5000),
    st.integers(0, 200),
    st.one_of(
        st.sampled_from(_BITS + _WORDS).map(str.encode), st.binary(max_size=8), st.text(max_size=8).map(str.encode)
    ),
)


@pytest.fixture(scope="module")
def played_with(tmp_path_factory: pytest.TempPathFactory) -> Course:
    return copy_course(tmp_path_factory.mktemp("mutated"))


@settings(max_examples=80, deadline=None)
@given(changes=st.lists(mutations, min_size=1, max_size=4))
def test_no_mutation_makes_it_raise(played_with: Course, changes: list[Mutation]) -> None:
    sound = {file: (played_with.root / file).read_bytes() for file in {change.file for change in changes}}
    try:
        for change in changes:
            data = (played_with.root / change.file).read_bytes()
            at = change.at % (len(data) + 1)
            (played_with.root / change.file).write_bytes(data[:at] + change.put + data[at + change.cut :])
        for report in (check_course(played_with), check_labs(played_with, [], [played_with.root])):
            assert all(problem.line >= 1 and problem.message for problem in report.problems)
    finally:
        for file, data in sound.items():
            (played_with.root / file).write_bytes(data)
