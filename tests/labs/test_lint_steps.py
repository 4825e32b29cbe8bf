"""`labs lint` finds checks that would give points for nothing."""

import shutil
from pathlib import Path

import pytest

from eks_labs.course import Course, find_course
from eks_labs.lint.course import check_course
from eks_labs.lint.vocabulary import read
from tests.labs.linted import FEATURE, PODS, copy_course, lint

HEAD = '''"""Things."""

import pytest
from kubernetes import client
from pytest_bdd import parsers, then

from checks import more
from checks.more import must, passed_on
from eks_labs.checks import CheckFailed, true_of_nothing


'''

MORE = '''"""What steps share."""

from checks.most import must as passed_on


def must(found):
    if not found:
        raise ValueError("nothing")


def tell(found):
    return str(found)
'''

MOST = '''"""What that shares."""

from checks.more import nowhere


def must(found):
    assert found
'''


def written(root: Path, step: str) -> Path:
    steps = root / "checks" / "steps"
    steps.mkdir(parents=True)
    (root / "checks" / "more.py").write_text(MORE)
    (root / "checks" / "most.py").write_text(MOST)
    (steps / "things.py").write_text(HEAD + step)
    return steps


def told(root: Path, body: str) -> list[str]:
    """What is said of a step with this body, and of one function beside it."""
    step = '@then("all is well")\ndef well(lab):\n    """All is well."""\n' + "".join(
        f"    {line}\n" for line in body.splitlines()
    )
    beside = "\n\ndef _look(lab):\n    return lab.outputs\n\n\ndef _fail(lab):\n    _fail(lab)\n    must(lab)\n"
    return [problem.message for problem in read(written(root, step + beside)).problems]


@pytest.mark.parametrize(
    "body",
    [
        "pass",
        "lab.outputs",
        "return bool(_look(lab))",
        "if not _look(lab):\n    print('CheckFailed')",
        "more.tell(lab)",
        "lab.run('laptop', 'true', allow_failure=True)",
        "def look():\n    raise CheckFailed('a', 'b')",
        "client.CoreV1Api(lab.kubernetes()).list_node()",
        "passed = more.must",
        "more.nowhere(lab)",
        "passed_on.must(lab)",
    ],
)
def test_a_step_that_cannot_fail_is_found(tmp_path: Path, body: str) -> None:
    (message,) = told(tmp_path, body)
    assert message == (
        "step well asserts nothing. It would pass whatever there is: raise CheckFailed, or wait with lab.eventually"
    )


@pytest.mark.parametrize(
    "body",
    [
        "assert lab.outputs",
        "if not lab.outputs:\n    raise CheckFailed('a', 'b')",
        "lab.eventually(lambda: 1, bool, expected='one')",
        "lab.run('laptop', 'true')",
        "pytest.fail('no')",
        "with pytest.raises(ValueError):\n    _look(lab)",
        "_fail(lab)",
        "must(lab)",
        "more.must(lab)",
        "passed_on(lab)",
        "def look():\n    raise CheckFailed('a', 'b')\nlab.probe(look)",
        "for each in lab.outputs:\n    with open(each) as file:\n        assert file",
    ],
)
def test_a_step_that_can_fail_is_left_alone(tmp_path: Path, body: str) -> None:
    assert told(tmp_path, body) == []


def test_the_place_is_the_functions(tmp_path: Path) -> None:
    steps = written(tmp_path, '@then("a")\n@then("b")\ndef well(lab):\n    """All is well."""\n')
    (problem, *more) = dict.fromkeys(read(steps).problems)
    assert (problem.path, problem.line, more) == (steps / "things.py", HEAD.count("\n") + 3, [])


# Exercises


@pytest.fixture
def course(tmp_path: Path) -> Course:
    return copy_course(tmp_path)


NEGATIVE = '    Then no Pods with label "app=web" are left\n'


def _exercise(course: Course, steps: str) -> None:
    """The last exercise of the lab, with these steps alone."""
    feature = course.root / FEATURE
    before, name, _ = feature.read_text().partition("  Scenario: No node holds addresses it does not need\n")
    assert name
    feature.write_text(before + name + steps)


def test_an_exercise_that_an_empty_cluster_passes_is_found(course: Course) -> None:
    _exercise(course, NEGATIVE + '    And no Pod has a container "etcd"\n')
    (problem,) = lint(course)
    line = (course.root / FEATURE).read_text().partition("Scenario: No node")[0].count("\n") + 1
    assert problem == (
        f"{FEATURE}:{line}: an empty cluster passes the exercise 'No node holds addresses it does not need': each Then "
        "is true where nothing is. Add one that says what must be there"
    )


def test_one_step_that_says_what_is_there_is_enough(course: Course) -> None:
    _exercise(course, NEGATIVE + '    And the add-on "vpc-cni" is active\n')
    assert lint(course) == []


def test_the_walkthrough_may_end_with_nothing(course: Course) -> None:
    feature = course.root / FEATURE
    text = feature.read_text()
    assert NEGATIVE.strip() in text.partition("@exercise")[0]
    assert lint(course) == []


# Steps tried where nothing is

TRIED = (
    '''@then(parsers.parse('each Pod with label "{label}" is well'))
def pods_are_well(lab, label):
    """All of them."""
    lab.eventually(
        lambda: client.CoreV1Api(lab.kubernetes()).list_pod_for_all_namespaces(label_selector=label).items,
        lambda pods: all(pod.status.phase == "Running" for pod in pods),
        expected="Pods that are well",
    )


@then("each node is well")
def nodes_are_well(lab):
    """All of them, and there are some."""
    nodes = client.CoreV1Api(lab.kubernetes()).list_node().items
    if not nodes or any(node.status.phase == "Broken" for node in nodes):
        raise CheckFailed("well", "not well")


@then("each Pod runs on a good node")
def pods_run_on_good_nodes(lab):
    """Nodes are looked for, and Pods are not."""
    api = client.CoreV1Api(lab.kubernetes())
    bad = [pod for pod in api.list_pod_for_all_namespaces().items if not pod.spec.node_name]
    if bad or not api.list_node().items:
        raise CheckFailed("nodes", "none")


@then("nothing happens for an hour")
def nothing_happens(lab):
    """Waits, by itself."""
    import time

    until = time.monotonic() + 3600
    while time.monotonic() < until:
        time.sleep(1)
    if client.CoreV1Api(lab.kubernetes()).list_event_for_all_namespaces().items:
        raise CheckFailed("silence", "events")


@then("there are no buckets")
@true_of_nothing
def no_buckets(lab):
    """None."""
    assert not lab.aws("s3").list_buckets()["Buckets"]


@then(parsers.parse("there are {count:d} groups"))
def groups(lab, count):
    """So many."""
    assert len(lab.aws("eks").list_nodegroups(clusterName=lab.cluster_name)["nodegroups"]) == count
''',
    """Feature: Nothing
  @exact
  Scenario: Nothing
    Then each Pod with label "app=web" is well
    And each node is well
    And there are 3 groups

  @exact
  Scenario Outline: Less
    Then there are <count> groups
    Examples:
      | count |
      | 1     |
      | 0     |
""",
)


def _whole(course: Course) -> None:
    """What steps import of the course."""
    for file in (find_course().root / "checks").glob("*.py"):
        shutil.copy(file, course.root / "checks")


def test_steps_that_pass_on_nothing_are_found_by_trying_them(course: Course) -> None:
    steps, feature = TRIED
    (course.root / PODS).parent.joinpath("things.py").write_text(
        HEAD.replace("from checks import more\n", "").replace("from checks.more import must, passed_on\n", "") + steps
    )
    _whole(course)
    (course.root / "checks" / "none.feature").write_text(feature)
    found = [p.message for p in check_course(course, try_steps=True).problems if p.path.name == "things.py"]
    passes = [message.partition(". Make it fail there")[0] for message in found]
    assert passes == [
        'step pods_are_well passes in an empty cluster: Then each Pod with label "app=web" is well',
        "step pods_run_on_good_nodes passes in a cluster with nodes and no Pods: Then each Pod runs on a good node",
        "step nothing_happens passes in an empty cluster: Then nothing happens for an hour",
        "step groups passes in an account without a cluster: Then there are 0 groups",
    ]


def test_steps_that_cannot_be_imported_are_told_of(course: Course) -> None:
    _whole(course)
    (course.root / PODS).write_text("import nothing_of_this_name\n" + (course.root / PODS).read_text())
    found = [p.message for p in check_course(course, try_steps=True).problems]
    assert found == ["cannot be tried: ModuleNotFoundError: No module named 'nothing_of_this_name'"]
