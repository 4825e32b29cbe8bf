"""The learner's side without a world: cache, fingerprint, workspace, tasks, solution, hints, patience."""

import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from eks_labs.checks import CheckFailed
from eks_labs.checks.context import CheckContext, pause_after
from eks_labs.checks.handover import Handover
from eks_labs.course import Course, Lab, find_course
from eks_labs.errors import Exit, LabsError
from eks_labs.events import Bus
from eks_labs.learn import cache, desk, fingerprint, solving, starting, tasks
from eks_labs.learn.cache import Cache, StartingPoint
from eks_labs.learn.desk import Desk
from tests.runs import Cli

MB = 2**20


def _filled(size: int) -> Callable[[StartingPoint], None]:
    def write(point: StartingPoint) -> None:
        point.world.mkdir()
        (point.world / "data").write_bytes(os.urandom(size))

    return write


class TestCache:
    def test_what_was_stored_is_found_by_its_key_alone(self, tmp_path: Path) -> None:
        kept = Cache(tmp_path / "cache")
        assert kept.find("lab", "one") is None
        kept.store("lab", "one", _filled(10))
        found = kept.find("lab", "one")
        assert found is not None
        assert (found.world / "data").stat().st_size == 10
        assert kept.find("lab", "two") is None
        assert kept.find("other", "one") is None
        assert (tmp_path / "cache").stat().st_mode & 0o077 == 0

    def test_a_write_that_fails_leaves_nothing(self, tmp_path: Path) -> None:
        kept = Cache(tmp_path)

        def fail(point: StartingPoint) -> None:
            point.world.mkdir()
            raise OSError("the disk is full")

        with pytest.raises(OSError, match="full"):
            kept.store("lab", "one", fail)
        assert list(tmp_path.iterdir()) == []

    def test_the_longest_unused_goes_when_there_is_too_much(self, tmp_path: Path) -> None:
        kept = Cache(tmp_path, largest=5 * MB)
        for age, name in ((300, "a"), (200, "b")):
            folder = kept.store("lab", name, _filled(2 * MB)).folder
            os.utime(folder, (time.time() - age,) * 2)
        assert kept.find("lab", "a"), "used now"
        kept.store("lab", "c", _filled(2 * MB))
        assert sorted(path.name for path in tmp_path.iterdir()) == ["lab-a", "lab-c"]

    def test_the_one_just_made_stays_however_large(self, tmp_path: Path) -> None:
        kept = Cache(tmp_path, largest=MB)
        kept.store("lab", "one", _filled(2 * MB))
        assert kept.find("lab", "one")

    def test_what_was_not_used_for_a_month_goes(self, tmp_path: Path) -> None:
        kept = Cache(tmp_path)
        folder = kept.store("lab", "one", _filled(10)).folder
        assert kept.evict(now=time.time() + 29 * 86400) == []
        assert kept.evict(now=time.time() + 31 * 86400) == [folder]

    def test_a_draft_that_nobody_writes_any_more_goes(self, tmp_path: Path) -> None:
        (tmp_path / ".draft-killed").mkdir()
        kept = Cache(tmp_path)
        assert kept.evict() == []
        assert [path.name for path in kept.evict(now=time.time() + 7200)] == [".draft-killed"]


@pytest.fixture
def course(tmp_path: Path) -> Course:
    root = tmp_path / "course"
    files = {
        "labs/one/lab.toml": 'title = "One"\nsummary = "S."\nminutes = 1\n[[exercise]]\nname = "All run"\n'
        'points = 100\nhint = ["Look.", "Count."]\n',
        "labs/one/exercise.md": "Before.\n\n## All run\n\nMake them run.\n\n- All of them.\n\n---\n\nAfter.\n",
        "labs/one/solution/manifests/one/web.yaml": "replicas: 2\n",
        "labs/one/solution/terraform/one/main.tf": "# two\n",
        "terraform/one/main.tf": "# one\n",
        "terraform/modules/m/main.tf": "# m\n",
        "manifests/one/web.yaml": "replicas: 1\n",
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return Course(root)


@pytest.fixture
def made(course: Course, tmp_path: Path) -> Desk:
    return desk.furnish(course.lab("one"), tmp_path / "work")


class TestFingerprint:
    @pytest.mark.parametrize("file", ["terraform/one/main.tf", "terraform/modules/m/main.tf", "manifests/one/web.yaml"])
    def test_a_change_of_what_is_deployed_changes_it(self, course: Course, tmp_path: Path, file: str) -> None:
        before = fingerprint.of(course.lab("one"), tmp_path)
        (course.root / file).write_text("# changed\n")
        assert fingerprint.of(course.lab("one"), tmp_path) != before

    def test_texts_and_what_terraform_leaves_do_not(self, course: Course, tmp_path: Path) -> None:
        before = fingerprint.of(course.lab("one"), tmp_path / "binaries")
        (course.root / "labs/one/exercise.md").write_text("Other words.\n")
        (course.root / "terraform/one/terraform.tfstate").write_text("{}")
        (course.root / "terraform/one/.terraform").mkdir()
        (course.root / "terraform/one/.terraform/modules.json").write_text("{}")
        assert fingerprint.of(course.lab("one"), tmp_path / "binaries") == before

    def test_other_binaries_change_it(self, course: Course, tmp_path: Path) -> None:
        (tmp_path / "binaries").mkdir()
        (tmp_path / "binaries" / "eks-node").write_text("one")
        before = fingerprint.of(course.lab("one"), tmp_path / "binaries")
        (tmp_path / "binaries" / "eks-node").write_text("other")
        assert fingerprint.of(course.lab("one"), tmp_path / "binaries") != before


class TestDesk:
    def test_it_has_the_labs_files(self, made: Desk) -> None:
        assert (made.folder / "terraform/one/main.tf").read_text() == "# one\n"
        assert sorted(path.name for path in made.folder.iterdir()) == [
            desk.NOTE,
            "exercise.md",
            "manifests",
            "terraform",
        ]

    def test_it_is_found_by_its_folder_and_from_within(
        self, made: Desk, course: Course, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
        assert desk.find(course, str(made.folder)) == made
        monkeypatch.chdir(made.folder / "terraform" / "one")
        assert desk.find(course, None) == made
        monkeypatch.chdir(tmp_path)
        with pytest.raises(LabsError, match="this is no workspace") as error:
            desk.find(course, None)
        assert "labs start LAB" in error.value.remedy
        with pytest.raises(LabsError, match="one has no workspace") as error:
            desk.find(course, "one")
        assert "labs start one" in error.value.remedy

    def test_a_damaged_note_says_how_to_mend_it(self, made: Desk, course: Course) -> None:
        (made.folder / desk.NOTE).write_text("[")
        with pytest.raises(LabsError, match="damaged"):
            desk.find(course, str(made.folder))

    def test_a_folder_with_something_in_it_is_not_touched(self, made: Desk, tmp_path: Path) -> None:
        desk.require_free(tmp_path / "new")
        with pytest.raises(LabsError, match="workspace of one already"):
            desk.require_free(made.folder)
        with pytest.raises(LabsError, match="something else is there"):
            desk.require_free(tmp_path)

    def test_files_are_put_aside_without_terraforms_state(self, made: Desk) -> None:
        (made.files.terraform / "terraform.tfstate").write_text("{}")
        (made.files.terraform / "main.tf").write_text("# mine\n")
        aside = desk.clear(made)
        assert (aside / "terraform/one/main.tf").read_text() == "# mine\n"
        assert not list(aside.rglob("terraform.tfstate"))
        assert not (made.folder / "terraform").exists()


def test_a_damaged_snapshot_is_dropped_and_the_lab_deployed(
    course: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, folder in (("XDG_STATE_HOME", "state"), ("XDG_CACHE_HOME", "cache"), ("EKS_LABS_NODE_BIN", "binaries")):
        (tmp_path / folder).mkdir()
        monkeypatch.setenv(name, str(tmp_path / folder))
    key = fingerprint.of(course.lab("one"), tmp_path / "binaries")
    point = cache.default().store("one", key, lambda draft: draft.world.mkdir())
    asked: list[str] = []

    def deploy(_: Course, lab: Lab, *__: object) -> Exit:
        asked.append(lab.name)
        return Exit.TARGET_FAILED

    monkeypatch.setattr(starting, "_deploy", deploy)
    told: list[str] = []
    started = starting.start(course, "one", tmp_path / "work", Bus(), told.append)
    assert (asked, started.exit, started.desk) == (["one"], Exit.TARGET_FAILED, None)
    assert any("no snapshot of a world" in text for text in told), told
    assert not point.folder.exists()
    assert not (tmp_path / "work").exists()


def test_a_task_is_the_text_under_its_heading(course: Course) -> None:
    assert tasks.text(course.lab("one"), "All run") == "Make them run.\n\n- All of them."
    assert tasks.text(course.lab("one"), "Another") == ""


def test_every_exercise_of_the_course_has_a_task_and_hints() -> None:
    for lab in find_course().labs():
        for exercise in lab.exercises:
            assert tasks.text(lab, exercise.name), exercise
            assert exercise.hints, exercise


def test_the_solution_is_shown_as_changes_terraform_first(made: Desk) -> None:
    found = solving.changes(made)
    assert [change.place for change in found] == ["terraform/one/main.tf", "manifests/one/web.yaml"]
    assert "-# one\n+# two\n" in found[0].diff()
    (made.folder / "terraform/one/main.tf").write_text("# two\n")
    assert [change.place for change in solving.changes(made)] == ["manifests/one/web.yaml"]


def test_hints_come_one_by_one(made: Desk, course: Course, tmp_path: Path) -> None:
    cli = Cli(tmp_path / "state")
    said = [cli("--course", str(course.root), "hint", "-w", str(made.folder)).out for _ in range(3)]
    assert ["Count." in text for text in said] == [False, True, True]
    assert ["There are no more" in text for text in said] == [False, False, True]
    assert json.loads((made.folder / desk.NOTE).read_text())["hints"] == {"All run": 2}


class TestPatience:
    def _context(self, tmp_path: Path, patience: float | None) -> CheckContext:
        handover = Handover("one", "local", "us-east-1", str(tmp_path), str(tmp_path), {}, {}, (), "laptop", patience)
        return CheckContext(handover, None)  # type: ignore[arg-type] - nothing is reached

    def test_a_step_has_its_own_time_when_nobody_waits(self, tmp_path: Path) -> None:
        assert self._context(tmp_path, None).patience(90) == 90

    def test_a_check_has_less_and_says_not_yet(self, tmp_path: Path) -> None:
        context = self._context(tmp_path, 0.1)
        assert context.patience(90) == 0.1
        assert context.patience(90, share=0.5) == 0.05
        assert context.patience(0.01) == 0.01
        began = time.monotonic()
        with pytest.raises(CheckFailed) as failed:
            context.eventually(lambda: 1, lambda number: number == 2, expected="two", seconds=90)
        assert time.monotonic() - began < 5
        assert failed.value.seen == "1 (not yet, after 0.1 s)"

    def test_what_time_does_not_mend_is_said_at_once(self, tmp_path: Path) -> None:
        context = self._context(tmp_path, None)
        began = time.monotonic()
        with pytest.raises(CheckFailed) as failed:
            context.eventually(lambda: context.cluster_name, bool, expected="a cluster", seconds=90)
        assert time.monotonic() - began < 5
        assert failed.value.expected == "a Terraform output called cluster_name"


@pytest.mark.parametrize(("waited", "pause"), [(0, 1), (10, 1), (20, 2), (30, 3), (600, 3)])
def test_who_has_waited_long_looks_less_often(waited: float, pause: float) -> None:
    assert pause_after(waited) == pause
