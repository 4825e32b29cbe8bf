"""Reading a course: what a lab is made of, and what a person is told when it is not well made."""

from pathlib import Path

import pytest

from eks_labs.course import Course, find_course
from eks_labs.errors import LabsError
from eks_labs.run.plan import Options, plan

TOML = """
title = "How many Pods fit"
summary = "Fill a node."
minutes = 20
cost_per_hour = 0.13
needs = ["chapter06"]

[[exercise]]
name = "All run"
points = 60
hint = "Count."

[[exercise]]
name = "None idle"
points = 40

[variants.large]
title = "A larger node"
variables = { size = 2 }
"""

FEATURE = """Feature: Pods
  @exact
  Scenario: A node
    Some words
    about it.
    When I run from the laptop
      \"\"\"
      kubectl get nodes
      \"\"\"
    Then the number of Ready nodes is 1
    And each node is a "t3.small"

  @exercise @modelled
  Scenario: All run
    Then the Deployment "web" has 10 replicas, all available
"""


@pytest.fixture
def course(tmp_path: Path) -> Course:
    for name in ("chapter07", "chapter07-prefix", "chapter08"):
        (tmp_path / "labs" / name).mkdir(parents=True)
        (tmp_path / "labs" / name / "lab.toml").write_text(TOML)
    (tmp_path / "checks").mkdir()
    (tmp_path / "checks" / "chapter07.feature").write_text(FEATURE)
    return Course(tmp_path)


def test_alternatives_are_folders_by_name(course: Course) -> None:
    lab = course.lab("chapter07")
    assert lab.alternatives == {}
    folder = lab.folder / "alternatives"
    for name in ("by-affinity", ".hidden", "as-one-file"):
        (folder / name).mkdir(parents=True)
    (folder / "readme.md").write_text("")
    assert lab.alternatives == {name: folder / name for name in ("as-one-file", "by-affinity")}


def test_each_lab_has_an_alternative_that_says_what_is_different() -> None:
    for lab in find_course().labs():
        assert lab.alternatives, lab.name
        for name, folder in lab.alternatives.items():
            files = {path.relative_to(folder): path.read_text() for path in folder.rglob("*") if path.is_file()}
            changed = [text for place, text in files.items() if text != _text(lab.solution / place)]
            assert any(text.startswith("# ") for text in changed), f"{lab.name}: {name}"


def _text(path: Path) -> str:
    return path.read_text() if path.is_file() else ""


def test_a_lab_follows_from_its_name(course: Course) -> None:
    lab = course.lab("chapter07")
    assert (lab.title, lab.minutes, lab.cost_per_hour, lab.needs) == ("How many Pods fit", 20, 0.13, ("chapter06",))
    assert lab.terraform == course.root / "terraform" / "chapter07"
    assert lab.manifests == course.root / "manifests" / "chapter07"
    assert [(exercise.name, exercise.points) for exercise in lab.exercises] == [("All run", 60), ("None idle", 40)]
    assert lab.variants[0].variables == {"size": 2}
    found = lab.exercise("All run")
    assert found is not None
    assert found.hints == ("Count.",)
    assert lab.exercise("no such") is None


def test_a_lab_is_looked_at_from_the_laptop_or_from_where_it_says(course: Course) -> None:
    assert course.lab("chapter07").observe_from == "laptop"
    for place in ("laptop", "bastion", "instance chapter07-web"):
        (course.root / "labs" / "chapter08" / "lab.toml").write_text(f'observe_from = "{place}"\n{TOML}')
        assert course.lab("chapter08").observe_from == place


def test_a_lab_that_aws_cannot_be_looked_at_from_is_refused_before_anything_is_touched(course: Course) -> None:
    (course.root / "terraform" / "chapter07").mkdir(parents=True)
    (course.root / "labs" / "chapter07" / "lab.toml").write_text(f'observe_from = "bastion"\n{TOML}')
    assert plan(course, Options("chapter07")).lab.observe_from == "bastion"
    with pytest.raises(LabsError) as refused:
        plan(course, Options("chapter07", target="aws"))
    assert "looked at from the bastion" in refused.value.what
    assert "local target" in refused.value.remedy


def test_scenarios(course: Course) -> None:
    node, graded = course.lab("chapter07").scenarios()
    assert (node.name, node.fidelity, node.exercise) == ("A node", "exact", False)
    assert node.description == "Some words about it."
    assert [(step.keyword, step.kind) for step in node.steps] == [("When", "when"), ("Then", "then"), ("And", "then")]
    assert node.steps[0].docstring == "kubectl get nodes"
    assert (graded.fidelity, graded.exercise) == ("modelled", True)


def test_an_unknown_lab_leads_to_the_known_ones(course: Course) -> None:
    with pytest.raises(LabsError) as refused:
        course.lab("chapter7")
    assert "chapter07" in refused.value.remedy


@pytest.mark.parametrize("name", ["..", "../labs/chapter07", "chapter07/", ""])
def test_a_name_is_no_path(course: Course, name: str) -> None:
    with pytest.raises(LabsError):
        course.lab(name)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("title =", "tittle =", "title"),
        ("minutes = 20", 'minutes = "20"', "minutes must be of type integer"),
        ("points = 60", "points = 0", "at least 1"),
        ("points = 60", "points = true", "points must be of type integer"),
        ("minutes = 20", "minutes = ", "line 4"),
        ('needs = ["chapter06"]', "needs = [6]", "needs number 1 must be of type string"),
        ("[variants.large]", "[variants.large]\ncolour = 1", "colour is not a key"),
        ("minutes = 20", 'minutes = 20\nobserve_from = "moon"', "observe_from must match"),
    ],
)
def test_a_bad_lab_toml_names_file_and_place(course: Course, old: str, new: str, said: str) -> None:
    file = course.root / "labs" / "chapter07" / "lab.toml"
    file.write_text(TOML.replace(old, new, 1))
    with pytest.raises(LabsError) as refused:
        course.lab("chapter07")
    assert str(file) in refused.value.what
    assert said in str(refused.value)


def test_a_feature_that_is_missing_or_broken(course: Course) -> None:
    with pytest.raises(LabsError, match=r"chapter08\.feature"):
        course.lab("chapter08").scenarios()
    (course.root / "checks" / "chapter08.feature").write_text(
        "Feature: x\n  Scenario: y\n    When I run\n    Andd I wait\n"
    )
    with pytest.raises(LabsError, match=r"chapter08\.feature"):
        course.lab("chapter08").scenarios()


def test_the_course_of_the_checkout() -> None:
    course = find_course()
    assert "chapter07" in course.names()
    for lab in course.labs():
        assert lab.terraform.is_dir()
        assert lab.scenarios()


def test_no_course(tmp_path: Path) -> None:
    with pytest.raises(LabsError, match="no course here"):
        find_course(tmp_path)
