"""Values of a lab that differ from learner to learner: drawn from a seed, and filled in wherever a lab is read."""

import hashlib
import json
import subprocess
import sys
from collections.abc import Callable
from ipaddress import ip_address, ip_network
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eks_labs.course import Course, Lab, find_course, parameters
from eks_labs.course.parameters import Table
from eks_labs.docs.labs import read_materials
from eks_labs.errors import Exit, LabsError
from eks_labs.events import Bus
from eks_labs.learn import desk, solving, starting, tasks
from eks_labs.learn.starting import Started
from eks_labs.run import workspace
from tests.runs import Cli

OFFICE = Table(
    ("office", "outside"), (("10.0.0.0/8", "11.0.0.1"), ("10.1.0.0/16", "10.2.0.1"), ("10.1.1.0/24", "10.0.0.1"))
)
COUNT = Table(("count",), (("2",), ("3",), ("5",)))

names = st.builds(str.__add__, st.sampled_from("abz"), st.text("ab_1", max_size=4))
words = st.text(st.characters(exclude_characters="<>"), min_size=1)
seeds = st.text(st.characters(categories=("L", "N", "P")), min_size=1, max_size=parameters.LONGEST_SEED)


@st.composite
def tables(draw: st.DrawFn) -> tuple[Table, ...]:
    """One table or more, whose names are unique and whose rows differ."""
    taken = draw(st.lists(names, min_size=1, max_size=6, unique=True))
    cut = draw(st.integers(0, len(taken) - 1))
    parts = [tuple(part) for part in (taken[:cut], taken[cut:]) if part]
    return tuple(
        Table(part, tuple(draw(st.lists(st.tuples(*[words] * len(part)), min_size=2, max_size=8, unique=True))))
        for part in parts
    )


class TestDraw:
    @given(tables(), seeds, names)
    def test_a_seed_draws_a_row_of_each_table_and_always_the_same(
        self, among: tuple[Table, ...], seed: str, lab: str
    ) -> None:
        values = parameters.draw(among, seed, lab)
        assert values == parameters.draw(among, seed, lab)
        assert list(values) == [name for table in among for name in table.names]
        for table in among:
            assert tuple(values[name] for name in table.names) in table.rows

    @given(tables(), names)
    def test_without_a_seed_it_is_the_first_row(self, among: tuple[Table, ...], lab: str) -> None:
        values = parameters.draw(among, None, lab)
        assert all(tuple(values[name] for name in table.names) == table.rows[0] for table in among)

    @given(tables())
    def test_every_row_is_reached(self, among: tuple[Table, ...]) -> None:
        drawn = [parameters.draw(among, str(number), "lab") for number in range(400)]
        for table in among:
            assert {tuple(values[name] for name in table.names) for values in drawn} == set(table.rows)

    def test_tables_are_drawn_apart_and_labs_too(self) -> None:
        drawn = {tuple(parameters.draw((OFFICE, COUNT), str(seed), "one").values()) for seed in range(200)}
        assert len(drawn) == 9
        one = [parameters.draw((COUNT,), str(seed), "one") for seed in range(50)]
        assert one != [parameters.draw((COUNT,), str(seed), "two") for seed in range(50)]

    def test_the_draw_is_this_one_on_every_machine(self) -> None:
        digest = hashlib.sha256(b'["4711", "one", "count"]').hexdigest()
        assert parameters.draw((COUNT,), "4711", "one") == {"count": COUNT.rows[int(digest, 16) % 3][0]}
        # Another draw would change what learners have been asked.
        drawn = [parameters.draw((COUNT,), seed, "one")["count"] for seed in ("1", "2", "4711", "ä")]
        assert drawn == ["2", "3", "3", "5"]

    def test_another_process_draws_the_same(self) -> None:
        code = (
            "from eks_labs.course import find_course; print(find_course().lab('chapter07', 'ann').values['replicas'])"
        )
        said = {
            subprocess.run(
                [sys.executable, "-c", code], env={"PYTHONHASHSEED": hashing, "PYTHONPATH": str(SRC)}, text=True,
                stdout=subprocess.PIPE,
            ).stdout.strip()
            for hashing in ("0", "1")
        }  # fmt: skip
        assert said == {find_course().lab("chapter07", "ann").values["replicas"]}


SRC = Path(__file__).parents[2] / "src"


class TestFill:
    @pytest.mark.parametrize(
        ("text", "filled"),
        [
            ("<office>", "10.0.0.0/8"),
            ('cidr = "<office>" # not <outside>', 'cidr = "10.0.0.0/8" # not 11.0.0.1'),
            ("<<office>>", "<10.0.0.0/8>"),
            ("<offices> <Office> < office> <office", "<offices> <Office> < office> <office"),
            ("cat <<END > file", "cat <<END > file"),
            ("<none> </office>", "<none> </office>"),
            ("no placeholder", "no placeholder"),
            ("", ""),
        ],
    )
    def test_only_what_is_declared_is_replaced(self, text: str, filled: str) -> None:
        assert parameters.fill(text, parameters.draw((OFFICE,), None, "lab")) == filled

    @given(st.text(), st.dictionaries(names, st.text()))
    def test_a_text_that_names_no_parameter_stays_as_it_is(self, text: str, values: dict[str, str]) -> None:
        apart = {name: value for name, value in values.items() if f"<{name}>" not in text}
        assert parameters.fill(text, apart) == text

    @given(st.lists(st.tuples(words, names)), st.dictionaries(names, st.text()))
    def test_values_are_put_in_once_and_in_their_place(
        self, parts: list[tuple[str, str]], values: dict[str, str]
    ) -> None:
        text = "".join(f"{before}<{name}>" for before, name in parts)
        expected = "".join(before + values.get(name, f"<{name}>") for before, name in parts)
        assert parameters.fill(text, values) == expected

    def test_a_value_that_looks_like_a_placeholder_is_none(self) -> None:
        assert parameters.fill("<a> <b>", {"a": "<b>", "b": "<a>"}) == "<b> <a>"


@pytest.mark.parametrize("seed", ["4711", "a", "0x1f ü", "x" * 64, "-", "=1+1"])
def test_a_seed_is_what_can_be_printed(seed: str) -> None:
    assert parameters.checked_seed(seed) == seed


@pytest.mark.parametrize(
    "seed", ["", " ", "x" * 65, "a\nb", "\x1b[31m", "\ud800", "\u202e", None, 7, 1.5, True, ["a"], {"a": 1}]
)
def test_and_nothing_else(seed: object) -> None:
    with pytest.raises(ValueError, match="a seed"):
        parameters.checked_seed(seed)


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


@pytest.mark.parametrize("name", ["chapter03", "chapter05"])
def test_no_offices_addresses_are_the_answer_for_another(name: str) -> None:
    (table,) = find_course().lab(name).parameters
    for row in table.rows:
        asked = dict(zip(table.names, row, strict=True))
        office = ip_network(asked["office"])
        assert (str(office[0]), str(office[-1])) == (asked["begin"], asked["end"])
        solved_by = [
            other[0]
            for other in table.rows
            if ip_address(asked["first"]) in ip_network(other[0])
            and ip_address(asked["last"]) in ip_network(other[0])
            and ip_address(asked["outside"]) not in ip_network(other[0])
        ]
        assert solved_by == [asked["office"]]
        if name == "chapter03":
            assert ip_address("203.0.113.10") in office, "the laptop is in the office"


def test_replicas_need_two_small_nodes_and_leave_addresses_to_spare() -> None:
    wanted = [int(row[0]) for row in find_course().lab("chapter07").parameters[0].rows]
    # A node has nine addresses for Pods, and CoreDNS takes two of all. Where seven are used no more than two are spare.
    assert all(count > 9 - 2 and count + 2 < 2 * 7 for count in wanted)


def test_pages_have_the_first_rows_and_no_placeholders() -> None:
    for material in read_materials(find_course().root):
        texts = [material.intro, material.outro, *material.solution.values()]
        texts += [part for task in material.tasks for part in (task.text, *task.exercise.hints)]
        texts += [step.text for task in material.tasks for step in task.scenario.steps]
        found = {name for text in texts for _, name in parameters.placeholders(text)}
        assert not found.intersection(material.lab.values), material.lab.name
