"""Mutants of a solution: which mistakes are made, where, and that each is one."""

import json
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from eks_labs.course import find_course
from eks_labs.errors import LabsError
from eks_labs.grading.grader import Grader
from eks_labs.grading.rows import Check, Row, Status
from eks_labs.mutation import mutants, relevance, solution, trial, yaml_tree
from tests.runs import Cli

LAB_YAML = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 1
  template:
    spec:
      containers:
        - name: web
          image: public.ecr.aws/nginx/nginx:1.29
"""

LAB_HCL = """\
module "nodes" {
  source = "../modules/node_group"
  size   = 1
}
"""


def names(place: str, solution: str, lab: str) -> list[str]:
    return [mutant.what for mutant in mutants._of_file(place, solution, lab)]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("replicas: 1", "replicas: 3", ["as the lab has it, 1", "3 → 4", "3 → 2"]),
        ("replicas: 1", "replicas:   1  # one", []),
        ("nginx:1.29", "nginx:1.30", ["as the lab has it, public.ecr.aws/nginx/nginx:1.29", "nginx-none:1.30"]),
        (
            "      containers:",
            "      nodeSelector:\n        disk: fast\n      containers:",
            ["left out", "fast → fast-other"],
        ),
        (
            "          image:",
            "          resources: { limits: { memory: 64Mi } }\n          image:",
            ["left out", "64Mi → 128Mi"],
        ),
        ("  name: web\nspec", "  name: web\n  labels:\n    app.kubernetes.io/part-of: x\nspec", []),
        ("  name: web\nspec", "  name: web\n  labels:\n    app: x\nspec", ["left out", "x → x-other"]),
    ],
)
def test_the_mistakes_in_a_manifest(old: str, new: str, expected: list[str]) -> None:
    found = names("manifests/x/x.yaml", LAB_YAML.replace(old, new, 1), LAB_YAML)
    assert len(found) == len(expected), found
    assert all(name.endswith(end) for name, end in zip(found, expected, strict=True)), found


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("size   = 1", "size   = 2", ["as the lab has it, 1", "2 → 3", "2 → 1"]),
        ("size   = 1", "size   = 1 # one", []),
        ("size   = 1", "size   = 1\n  spot   = true", ["left out", "true → false"]),
        (
            "size   = 1",
            'size   = 1\n  from   = ["10.0.0.0/8"]',
            ["left out", "left out", "→ 10.0.0.0/7", "→ 0.0.0.0/0", "→ 10.0.0.0/9"],
        ),
        (
            "size   = 1",
            'size   = 1\n  taints = [{ key = "a", effect = "NO_SCHEDULE" }]',
            ["left out"] * 3 + ["a → a-other", "left out", "NO_SCHEDULE → PREFER_NO_SCHEDULE"],
        ),
        ("size   = 1", 'size   = 1\n  name   = "${var.a}-b"', ["left out"]),
        (
            "}\n",
            '}\n\nresource "aws_eip" "x" {\n  domain = var.x\n}\n',
            ["aws_eip.x: left out", "aws_eip.x domain: left out"],
        ),
    ],
)
def test_the_mistakes_in_terraform(old: str, new: str, expected: list[str]) -> None:
    found = names("terraform/x/main.tf", LAB_HCL.replace(old, new, 1), LAB_HCL)
    assert len(found) == len(expected), found
    assert all(name.endswith(end) for name, end in zip(found, expected, strict=True)), found


def test_what_the_solution_took_out_is_left_in() -> None:
    solution = LAB_YAML.replace("  replicas: 1\n", "")
    (mutant,) = mutants._of_file("manifests/x/x.yaml", solution, LAB_YAML)
    assert mutant.what == "Deployment web spec: replicas left in"
    assert yaml.safe_load(mutant.text) == yaml.safe_load(LAB_YAML)


SCALARS = st.one_of(
    st.integers(0, 99), st.booleans(), st.sampled_from(["a", "10.0.0.0/8", "1Gi", "x y", "- z", "a: b"])
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3),
        st.dictionaries(st.sampled_from("abcdef"), inner, min_size=1, max_size=3),
    ),
    max_leaves=12,
)
OBJECTS = st.dictionaries(st.sampled_from(["spec", "data", "rules"]), VALUES, min_size=1)


@pytest.mark.slow
@settings(deadline=None)
@given(OBJECTS, OBJECTS, st.sampled_from([None, True]))
def test_every_mutant_of_a_manifest_is_another_object_and_a_file(
    lab: object, solution: object, flow: bool | None
) -> None:
    before, after = (yaml.safe_dump(value, default_flow_style=flow) for value in (lab, solution))
    found = list(mutants._of_file("manifests/x/x.yaml", after, before))
    for mutant in found:
        assert as_json(yaml.safe_load(mutant.text)) != as_json(solution), mutant.what
    assert not found or as_json(lab) != as_json(solution)


def as_json(value: object) -> str:
    """To compare by: Python's False is its 0."""
    return json.dumps(value, sort_keys=True)


@settings(deadline=None)
@given(VALUES)
def test_layout_is_no_difference(value: object) -> None:
    flow, block = (yaml.safe_dump({"a": value}, default_flow_style=style) for style in (True, False))
    assert yaml_tree.read(flow).shape == yaml_tree.read(block).shape


def test_each_lab_has_mutants_of_each_exercise_file_and_its_equivalents_are_among_them() -> None:
    for lab in find_course().labs():
        found = mutants.of(lab)
        assert len(found) >= 7, lab.name
        assert len({(mutant.file, mutant.what) for mutant in found}) == len(found), lab.name
        mutants.equivalent(lab, found)


def test_an_equivalent_that_is_no_mutant_is_an_error(tmp_path: Path) -> None:
    lab = find_course().lab("chapter07")
    (tmp_path / "labs" / lab.name).mkdir(parents=True)
    (tmp_path / "labs" / lab.name / "equivalent.toml").write_text(
        '[[mutant]]\nfile = "manifests/x.yaml"\nwhat = "gone"\nreason = "it is"\n'
    )
    from dataclasses import replace

    with pytest.raises(LabsError, match="there is no mutant 'gone'"):
        mutants.equivalent(replace(lab, root=tmp_path), mutants.of(lab))


def test_a_draw_is_the_same_for_a_seed() -> None:
    every = mutants.of(find_course().lab("chapter13"))
    first = mutants.shuffled(every, 7)
    assert first == mutants.shuffled(every, 7)
    assert first not in (every, mutants.shuffled(every, 8))
    assert sorted(first, key=every.index) == every


@pytest.mark.parametrize(
    ("file", "what", "first"),
    [
        ("manifests/chapter13/ledger.yaml", "StatefulSet ledger spec replicas: 2 → 3", "The ledger is evicted last"),
        ("manifests/chapter13/reports.yaml", "Deployment report spec replicas: 3 → 2", "Batch work and its nodes"),
        ("manifests/chapter13/orders.yaml", "Deployment api readinessProbe: left out", "The API gets requests only"),
        ("terraform/chapter13/main.tf", "module.batch taints: left out", "Batch work and its nodes"),
        ("manifests/chapter13/x.yaml", "something else: left out", "Batch work and its nodes"),
    ],
)
def test_the_exercise_that_speaks_of_the_mistake_is_checked_first(file: str, what: str, first: str) -> None:
    lab = find_course().lab("chapter13")
    order = relevance.order(lab, mutants.Mutant(file, 1, what, ""))
    assert order[0].startswith(first)
    assert sorted(order) == sorted(exercise.name for exercise in lab.exercises)
    assert list(order[1:]) == [exercise.name for exercise in lab.exercises if exercise.name != order[0]]


@pytest.mark.parametrize(("within", "tried"), [(None, 9), (29.0, 2), (31.0, 6), (160.0, 9)])
def test_none_begins_that_would_not_end_in_time(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, within: float | None, tried: int
) -> None:
    """Alone, the solution takes 100 s from the start, and 20 s where its Terraform is deployed."""
    right = solution.Solution(tmp_path, tmp_path, seconds=100.0, seconds_deployed=20.0, longest=3.0)
    monkeypatch.setattr(solution, "find", lambda *_: right)
    lab = find_course().lab("chapter13")
    orders: list[tuple[str, ...]] = []

    def graded(*_: object, deployed: bool, order: tuple[str, ...]) -> Row:
        orders.append(order)
        return Row("m", lab.name, Status.GRADED, (BAD,))

    monkeypatch.setattr(trial, "graded", graded)
    chosen = [
        mutants.Mutant(place, 1, f"ledger {number}", "")
        for number, place in enumerate([*["manifests/x.yaml"] * 3, *["terraform/x.tf"] * 3, *["manifests/x.yaml"] * 3])
    ]
    found = list(trial.trial(Grader(), find_course(), lab, chosen, 2, None, within, lambda _: None))
    assert len(found) == len(orders) == tried
    assert {order[0] for order in orders} == {"The ledger is evicted last"}


@pytest.mark.slow
def test_the_list_names_file_line_and_mistake(tmp_path: Path) -> None:
    ran = Cli(tmp_path)("mutate", "chapter07", "--list")
    assert ran.code == 0
    assert "manifests/chapter07/web.yaml:11: Deployment web spec replicas: 10 → 11\n" in ran.out
    only = Cli(tmp_path)("mutate", "chapter07", "--list", "--only", "10 → 11")
    assert only.out == "manifests/chapter07/web.yaml:11: Deployment web spec replicas: 10 → 11\n"
    none = Cli(tmp_path)("mutate", "chapter07", "--only", "10 → 12")
    assert (none.code, none.out) == (2, "")
    assert "no mutant with '10 → 12'" in none.err


def test_blocks_of_one_name_are_told_apart() -> None:
    ports = "".join(f"  ingress {{\n    from_port = {port}\n  }}\n" for port in (80, 443))
    found = names("terraform/x/main.tf", LAB_HCL.replace("}\n", ports + "}\n"), LAB_HCL)
    assert [name for name in found if "from_port" not in name] == [
        "module.nodes ingress: left out",
        "module.nodes ingress#1: left out",
    ]


def test_quotes_are_layout_and_kinds_of_values_are_not() -> None:
    assert names("manifests/x/x.yaml", LAB_YAML.replace("name: web", 'name: "web"'), LAB_YAML) == []
    assert names("manifests/x/x.yaml", LAB_YAML.replace("replicas: 1", 'replicas: "1"'), LAB_YAML) != []


GOOD = Check("one", 60, 60, "passed", longest=2.0)
BAD = Check("two", 0, 40, "failed", seen="nothing", longest=20.0)
UNREACHED = Check("three", 0, 0, "not reached")
MUTANT = mutants.Mutant("manifests/x/x.yaml", 3, "spec replicas: 1 → 2", "")


@pytest.mark.parametrize(
    ("row", "outcome", "why"),
    [
        (Row("m", "x", Status.GRADED, (GOOD,)), trial.Outcome.SURVIVED, ""),
        (Row("m", "x", Status.GRADED, (GOOD, BAD)), trial.Outcome.KILLED, "two: nothing"),
        (Row("m", "x", Status.GRADED, (BAD, UNREACHED)), trial.Outcome.KILLED, "two: nothing"),
        (Row("m", "x", Status.REJECTED, (UNREACHED,), "no Terraform"), trial.Outcome.REFUSED, "no Terraform"),
        (Row("m", "x", Status.ERROR, (), "ours"), trial.Outcome.ERROR, "ours"),
    ],
)
def test_what_a_row_says_of_a_mutant(row: Row, outcome: trial.Outcome, why: str) -> None:
    result = trial._result(MUTANT, row)
    assert (result.outcome, result.why) == (outcome, why)


def test_nothing_is_said_of_mutants_when_the_solution_does_not_pass() -> None:
    lab = find_course().lab("chapter07")
    right = Row("s", lab.name, Status.GRADED, (GOOD,))
    assert solution._require_right(right, lab) is right
    for row in (None, Row("s", lab.name, Status.GRADED, (GOOD, BAD)), Row("s", lab.name, Status.ERROR, (), "disk")):
        with pytest.raises(LabsError, match="the solution of chapter07 itself does not pass"):
            solution._require_right(row, lab)
