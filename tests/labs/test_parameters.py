"""Values of a lab that differ from learner to learner: how they are drawn from a seed, and filled into a text."""

import hashlib
import subprocess
import sys
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eks_labs.course import find_course, parameters
from eks_labs.course.parameters import Table
from eks_labs.docs.labs import read_materials

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
        assert ip_address(asked["outside"]) in office.supernet(), "a CIDR of twice the size is found out"
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
