"""A learner's values wherever a lab is read: scenarios, hints, tasks, solutions, a workspace and its note."""

import json
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest

from eks_labs.course import Course, Lab, find_course
from eks_labs.errors import Exit, LabsError
from eks_labs.events import Bus
from eks_labs.learn import desk, solving, starting, tasks
from eks_labs.learn.starting import Started
from eks_labs.run import workspace
from tests.runs import Cli

TABLES = '[[parameter]]\nnames = ["count", "word"]\nrows = [[2, "two"], [3, "three"], [5, "five"]]\n'
FILES = {
    "labs/one/lab.toml": 'title = "One"\nsummary = "S."\nminutes = 1\n' + TABLES + '[[exercise]]\nname = "All run"\n'
    'points = 100\nhint = ["<word> is <count>.", "<pod>"]\n',
    "labs/one/exercise.md": "Ask for <count>.\n\n## All run\n\nMake <word> of <kind> run.\n",
    "labs/one/solution/manifests/one/web.yaml": "replicas: <count>\n",
    "labs/one/solution/terraform/one/main.tf": '# "<word>" <pod>\r\n',
    "labs/one/alternatives/other/manifests/one/web.yaml": "replicas: <count> # other\n",
    "terraform/one/main.tf": "# <count>\n",
    "manifests/one/web.yaml": "replicas: 1 # <count>\n",
    "checks/one.feature": 'Feature: One\n\n  @exact\n  Scenario: A walk\n    When I run from the laptop\n      """\n'
    '      kubectl get <pod>\n      """\n\n  @exercise @exact\n  Scenario: All run\n    Because of <word>.\n'
    '    Then the Deployment "web" has <count> replicas, all available\n    When I run from the laptop\n      """\n'
    '      echo <word> <pod>\n      """\n',
}  # fmt: skip


@pytest.fixture
def course(tmp_path: Path) -> Course:
    root = tmp_path / "course"
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, newline="")
    (root / "labs/one/solution/manifests/one/logo.bin").write_bytes(b"\xff\xfe<count>")
    return Course(root)


def seed_of(course: Course, lab: str, name: str, value: str) -> str:
    """A seed that draws the value."""
    return next(str(n) for n in range(1000) if course.lab(lab, str(n)).values[name] == value)


class TestLab:
    def test_it_has_the_first_rows_or_what_its_seed_draws(self, course: Course) -> None:
        lab = course.lab("one")
        assert (dict(lab.values), lab.seed) == ({"count": "2", "word": "two"}, None)
        assert lab.drawn == "count = 2, word = two (no seed)"
        mine = course.lab("one", seed_of(course, "one", "count", "5"))
        assert mine.values["word"] == "five"
        assert mine.drawn == f"count = 5, word = five (seed {mine.seed})"

    def test_its_scenarios_and_hints_are_filled(self, course: Course) -> None:
        walk, graded = course.lab("one", seed_of(course, "one", "count", "3")).scenarios()
        assert walk.steps[0].docstring == "kubectl get <pod>"
        assert graded.description == "Because of three."
        assert graded.steps[0].text == 'the Deployment "web" has 3 replicas, all available'
        assert graded.steps[1].docstring == "echo three <pod>"
        assert course.lab("one").exercises[0].hints == ("two is 2.", "<pod>")

    def test_a_lab_without_parameters_has_no_values(self) -> None:
        lab = find_course().lab("chapter02", "4711")
        assert (lab.values, lab.drawn, lab.seed) == ({}, "", "4711")

    @pytest.mark.parametrize(
        ("old", "new", "said"),
        [
            ('[5, "five"]', "[5]", "rows: row 3 has 1 values, where there are 2 names"),
            ('[5, "five"]', '[2, "two"]', "rows: row 3 is row 1 again"),
            ('[5, "five"]', '[5, " "]', "rows: row 3 has a value that is empty"),
            ('[5, "five"]', '[5, "a\\nb"]', "not on one line"),
            ('[5, "five"]', "5", "rows number 3 must be of type array"),
            ('[5, "five"]', "[5, true]", "rows number 3 number 2 must be of type string or integer"),
            (', [3, "three"], [5, "five"]', "", "rows must have at least 2 items"),
            ('"count", "word"', '"count", "count"', "count is there twice"),
            ('"count", "word"', '"count", "Word"', "must match"),
            ('["count", "word"]', "[]", "names must have at least 1 item"),
            ("names =", "nammes =", "nammes is not a key. Did you mean names?"),
        ],
    )
    def test_tables_that_are_none_are_told_with_their_place(
        self, course: Course, old: str, new: str, said: str
    ) -> None:
        file = course.root / "labs/one/lab.toml"
        file.write_text(file.read_text().replace(old, new, 1))
        with pytest.raises(LabsError) as refused:
            course.lab("one")
        assert "parameter number 1: " in refused.value.what
        assert said in refused.value.what

    def test_a_name_of_another_table_is_taken(self, course: Course) -> None:
        file = course.root / "labs/one/lab.toml"
        file.write_text(file.read_text() + '[[parameter]]\nnames = ["word"]\nrows = [["a"], ["b"]]\n')
        with pytest.raises(LabsError, match="parameter number 2: names: word is there twice"):
            course.lab("one")


class TestWorkspace:
    @pytest.mark.parametrize(("overlay", "end"), [("solution", "\n"), ("alternatives/other", " # other\n")])
    def test_the_labs_own_answers_get_its_values(self, course: Course, tmp_path: Path, overlay: str, end: str) -> None:
        lab = course.lab("one", seed_of(course, "one", "count", "5"))
        made = workspace.prepare(lab, tmp_path / "run", lab.folder / overlay)
        assert (made.manifests / "web.yaml").read_text() == f"replicas: 5{end}"

    def test_other_bytes_of_them_stay_as_they_are(self, course: Course, tmp_path: Path) -> None:
        lab = course.lab("one")
        made = workspace.prepare(lab, tmp_path / "run", lab.solution)
        assert (made.terraform / "main.tf").read_bytes() == b'# "two" <pod>\r\n'
        assert (made.manifests / "logo.bin").read_bytes() == b"\xff\xfe<count>"

    def test_the_labs_files_and_the_learners_are_not_touched(self, course: Course, tmp_path: Path) -> None:
        lab = course.lab("one")
        made = workspace.prepare(lab, tmp_path / "run")
        assert (made.terraform / "main.tf").read_text() == "# <count>\n"
        assert (made.manifests / "web.yaml").read_text() == "replicas: 1 # <count>\n"
        mine = tmp_path / "mine" / "manifests" / "one"
        mine.mkdir(parents=True)
        (mine / "web.yaml").write_text("replicas: <count>\n")
        made = workspace.prepare(lab, tmp_path / "run", tmp_path / "mine")
        assert (made.manifests / "web.yaml").read_text() == "replicas: <count>\n", "who guesses gets nothing"


class TestLearner:
    @pytest.fixture
    def made(self, course: Course, tmp_path: Path) -> desk.Desk:
        (tmp_path / "work").mkdir()
        return desk.furnish(course.lab("one", seed_of(course, "one", "count", "3")), tmp_path / "work")

    def test_the_workspace_keeps_the_seed_and_has_the_tasks(self, course: Course, made: desk.Desk) -> None:
        assert (made.folder / desk.TASKS).read_text() == "Ask for 3.\n\n## All run\n\nMake three of <kind> run.\n"
        assert json.loads((made.folder / desk.NOTE).read_text())["seed"] == made.lab.seed
        found = desk.find(course, str(made.folder))
        assert found == made
        assert found.noted(hints={"All run": 1}).note.seed == made.lab.seed
        assert tasks.text(found.lab, "All run") == "Make three of <kind> run."

    def test_its_solution_has_their_values(self, made: desk.Desk) -> None:
        (made.lab.solution / "manifests/one/logo.bin").unlink()
        after = {change.place: change.after for change in solving.changes(made)}
        assert after == {"terraform/one/main.tf": '# "three" <pod>\n', "manifests/one/web.yaml": "replicas: 3\n"}

    def test_begun_again_it_has_the_same_and_edited_tasks_are_put_aside(self, course: Course, made: desk.Desk) -> None:
        (made.folder / desk.TASKS).write_text("my notes\n")
        aside = desk.clear(made)
        assert (aside / desk.TASKS).read_text() == "my notes\n"
        again = desk.furnish(desk.find(course, str(made.folder)).lab, made.folder)
        assert again.lab.values == made.lab.values
        assert "Ask for 3." in (made.folder / desk.TASKS).read_text()

    def test_a_note_without_a_seed_means_the_first_rows(self, course: Course, made: desk.Desk) -> None:
        (made.folder / desk.NOTE).write_text('{"lab": "one"}')
        assert desk.find(course, str(made.folder)).lab.values["count"] == "2"

    @pytest.mark.parametrize("seed", [7, "", ["a"], "x" * 65])
    def test_a_note_with_a_seed_that_is_none_is_damaged(self, course: Course, made: desk.Desk, seed: object) -> None:
        (made.folder / desk.NOTE).write_text(json.dumps({"lab": "one", "seed": seed}))
        with pytest.raises(LabsError, match=r"damaged \(a seed"):
            desk.find(course, str(made.folder))

    def test_hints_and_what_is_handed_in_have_their_values(
        self, course: Course, made: desk.Desk, tmp_path: Path
    ) -> None:
        cli = Cli(tmp_path / "state")
        assert "three is 3." in cli("--course", str(course.root), "hint", "-w", str(made.folder)).out


def test_a_start_draws_a_seed_of_its_own_or_takes_the_one_it_is_given(
    course: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))

    def begin(_: Course, lab: Lab, furnish: Callable[[], desk.Desk], *__: object) -> Started:
        return Started(Exit.PASSED, furnish(), True, 0.0)

    monkeypatch.setattr(starting, "begin", begin)

    def seed(name: str, given: str | None = None) -> str | None:
        folder = tmp_path / uuid4().hex
        folder.mkdir()
        made = starting.start(course, name, folder, Bus(), lambda _: None, given).desk
        assert made is not None
        assert made.lab.values == course.lab(name, made.note.seed).values
        return made.note.seed

    random = {seed("one") for _ in range(5)}
    assert len(random) == 5
    assert None not in random
    assert seed("one", "4711") == "4711"
    file = course.root / "labs/one/lab.toml"
    file.write_text(file.read_text().replace(TABLES, ""))
    assert seed("one") is None
    assert seed("one", "4711") == "4711"


def test_the_command_line_takes_a_seed_that_can_be_printed(tmp_path: Path) -> None:
    cli = Cli(tmp_path / "state")
    for command in (("start", "chapter07"), ("score", "chapter07", "--untouched")):
        ran = cli(*command, "--seed", "a\nb")
        assert ran.code == 2, str(ran)
        assert "printable" in ran.err


def test_a_workspace_is_scored_with_its_own_seed_which_must_be_readable(tmp_path: Path) -> None:
    (tmp_path / "work" / "terraform").mkdir(parents=True)
    (tmp_path / "work" / desk.NOTE).write_text('{"lab": "chapter07", "seed": 7}')
    ran = Cli(tmp_path / "state")("score", "chapter07", "--workspace", str(tmp_path / "work"))
    assert ran.code == 2, str(ran)
    assert f"{desk.NOTE}: a seed is text" in ran.err
