"""`labs lint` and parameters: tables, placeholders, and texts that are looked at with the values of the first rows."""

from pathlib import Path

import pytest

from eks_labs.course import Course
from tests.labs.linted import FEATURE, LAB, ROOT, SOLUTION, TASKS, TOML, WEB, Broken, change, copy_course, lint

ROWS = 'rows = [["10"], ["8"], ["9"], ["11"]]'
NAMES = 'names = ["replicas"]'
PARAMETERS = f"[[parameter]]\n{NAMES}\n{ROWS}\n"
STEP = 'the Deployment "web" has <replicas> replicas'
OWN_WEB = f"{SOLUTION}/{WEB}"
OWN_ROOT = f"{SOLUTION}/{ROOT}"


@pytest.fixture
def course(tmp_path: Path) -> Course:
    return copy_course(tmp_path)


NINE = 'When I run from the laptop\n      """\n      kubectl scale deployment web --replicas=<replicas>'
TABLE = (
    Broken(TOML, NAMES, 'names = ["Replicas"]', "parameter number 1: names number 1 must match", "names ="),
    Broken(TOML, NAMES, 'names = ["replicas", "replicas"]', "replicas is there twice", "names ="),
    Broken(TOML, NAMES, 'names = ["replicas", "more"]', "row 1 has 1 values, where there are 2 names", "rows ="),
    Broken(TOML, '["11"]', '["11", "12"]', "row 4 has 2 values, where there are 1 names", "rows ="),
    Broken(TOML, '["11"]', '["10"]', "row 4 is row 1 again", "rows ="),
    Broken(TOML, '["11"]', '[""]', "row 4 has a value that is empty or not on one line", "rows ="),
    Broken(TOML, ROWS, 'rows = [["10"]]', "parameter number 1: rows must have at least 2 items", "rows ="),
    Broken(TOML, ROWS, "rows = 7", "parameter number 1: rows must be of type array", "rows ="),
    Broken(TOML, ROWS, "", "parameter number 1: rows is missing", "[[parameter]]"),
    Broken(TOML, ROWS, f"{ROWS}\ncolour = 1", "colour is not a key", "colour"),
    Broken(TOML, PARAMETERS, "parameter = 7\n", "parameter must be of type array", "parameter ="),
    Broken(TOML, PARAMETERS, "", "<replicas> is no parameter of the lab. There are none.", f"Then {STEP}", FEATURE),
    Broken(TOML, NAMES, 'names = ["spare"]', "the parameter spare is used nowhere. Refer to it as <spare>", "names ="),
    Broken(
        TOML,
        NAMES,
        'names = ["spare"]',
        "<replicas> is no parameter of the lab. There are: spare.",
        f"Then {STEP}",
        FEATURE,
    ),
    Broken(
        TOML,
        NAMES,
        'names = ["spare"]',
        "<replicas> is no parameter of the lab. There are: spare.",
        "replicas: <",
        OWN_WEB,
    ),
    Broken(FEATURE, STEP, STEP.replace("<replicas>", "<replica>"), "Did you mean replicas?", "Then " + STEP[:22]),
    Broken(FEATURE, STEP, STEP.replace("<replicas>", "<zones>"), "<zones> is no parameter", "Then " + STEP[:22]),
    Broken(FEATURE, "--replicas=9", "--replicas=<replicas>", "and only exercises have them", NINE),
    Broken(TASKS, "<replicas> replicas that", "<replica> replicas that", "Did you mean replicas?", "The owner"),
    Broken(TOML, "<replicas> replicas and", "<replca> replicas and", "<replca> is no parameter", "hint = ["),
    Broken(TOML, '"All rep', '"All <replicas> rep', "all learners have the same", 'name = "All <replicas>'),
    Broken(OWN_WEB, "replicas: <replicas>", "replicas: <replicaz>", "Did you mean replicas?", "replicas: <"),
    Broken(OWN_WEB, "replicas: <replicas>", "replicas: <zones>", "<zones> is no parameter", "replicas: <"),
    Broken(OWN_ROOT, "size               = 2", "size = <size>", "<size> is no parameter", "size = <size>"),
)


@pytest.mark.parametrize("broken", TABLE, ids=lambda broken: f"{broken.says[:50]} {broken.path}")
def test_it_finds(course: Course, broken: Broken) -> None:
    broken.is_found_in(course)


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        (TASKS, "- CoreDNS", "- Ask `kubectl get pod <pod>`: <none>\n- CoreDNS"),
        (TOML, "less two for", "<kbd>less</kbd> two <each> for"),
        (FEATURE, "kubectl scale deployment web --replicas=9", "kubectl scale deployment <name> --replicas=9"),
        (OWN_WEB, "# As many", "# <p>As</p> many"),
        (OWN_ROOT, "  size               = 2", "  # <Size> < size> <<size\n  size = 2"),
        (TOML, ROWS, "rows = [[10], [9], [11]]"),
    ],
)
def test_it_leaves_alone(course: Course, file: str, old: str, new: str) -> None:
    change(course, file, old, new)
    assert lint(course) == []


def test_a_column_of_an_outlines_examples_is_no_parameter(course: Course) -> None:
    change(
        course,
        FEATURE,
        '    And each node is a "t3.small"\n    And 2 Pods',
        '    And each node is a "<type>"\n    And 2 Pods',
    )
    change(
        course,
        FEATURE,
        "\n\n  @exercise @exact\n  Scenario: No node holds",
        "\n\n    Examples:\n      | type |\n      | t3.small |\n\n  @exercise @exact\n  Scenario: No node holds",
    )
    assert lint(course) == []


def test_a_column_with_a_parameters_name_is_a_problem(course: Course) -> None:
    change(
        course,
        FEATURE,
        "\n\n  @exercise @exact\n  Scenario: No node holds",
        "\n\n    Examples:\n      | replicas |\n      | 3 |\n\n  @exercise @exact\n  Scenario: No node holds",
    )
    assert any("column replicas is called as a parameter is" in told for told in lint(course))


def test_sentences_are_looked_at_with_the_first_values(course: Course) -> None:
    change(course, TOML, '["10"]', '["ten"]')
    (told,) = lint(course)
    assert "no step is defined for: Then the Deployment" in told
    assert "has ten replicas" in told


def test_the_solution_is_looked_at_with_the_first_values(course: Course) -> None:
    change(course, TOML, '["10"]', '["10 }"]')
    change(course, OWN_ROOT, "size               = 2", "size = { a = <replicas> }.a")
    assert any(OWN_ROOT in told and "is not Terraform's syntax" in told for told in lint(course))


def test_another_solution_may_refer_to_parameters_too(course: Course) -> None:
    other = course.root / "labs" / LAB / "alternatives" / "other" / WEB
    other.parent.mkdir(parents=True)
    other.write_text("replicas: <replicas> # <replicaz>\n")
    (told,) = [line for line in lint(course) if "is no parameter" in line]
    assert "alternatives/other" in told
    assert "<replicaz> is no parameter of the lab. Did you mean replicas?" in told


def test_a_lab_toml_that_cannot_be_read_hides_nothing_else(course: Course) -> None:
    change(course, TOML, "minutes = 20", "minutes = = 20")
    change(course, FEATURE, "has 3 network", "has got 3 network")
    said = lint(course)
    assert any("is not TOML" in line for line in said)
    assert any("has got 3" in line for line in said)
