"""Each lab from the outside: its walkthrough passes, its exercises score what they must, and nothing is left."""

from pathlib import Path

import pytest

from eks_labs.course import Scenario, find_course
from eks_labs.grading.rows import Row
from eks_labs.run import workspace
from eks_local.waiting import WaitTimeout, wait_for
from tests.runs import GRADE, Cli
from tests.world.learner import Learner

LABS = find_course().names()

pytestmark = pytest.mark.world


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    return Cli(tmp_path)


@pytest.mark.parametrize("lab", LABS)
def test_the_walkthrough_passes_and_leaves_nothing(cli: Cli, lab: str) -> None:
    temporary = cli.home / "temporary"
    temporary.mkdir()
    ran = cli("run", lab, "--json", env={"TMPDIR": str(temporary)})
    assert ran.code == 0, str(ran)
    walkthrough = [s.name for s in find_course().lab(lab).scenarios() if not s.exercise]
    assert [event["name"] for event in ran.events("scenario_ended")] == walkthrough
    assert {event["outcome"] for event in ran.events("scenario_ended")} <= {"passed", "skipped"}
    assert ran.events("run_ended")[0]["exit_code"] == 0
    assert {"destroy", "prove", "stop"} <= {event["stage"] for event in ran.events("stage_ended")}
    assert cli.left(lab) == []
    assert list(temporary.iterdir()) == []
    assert cli("destroy", lab).code == 0
    assert not cli.folder(lab).exists()


@pytest.mark.parametrize("lab", LABS)
def test_the_untouched_workspace_gets_nothing_and_the_solution_everything_also_twice(cli: Cli, lab: str) -> None:
    learner, own = Learner(cli, lab, cli.home / "desk"), find_course().lab(lab)
    try:
        started = learner("start", lab, "--into", str(learner.desk), "--seed", "1")
        assert started.code == 0, str(started)
        nothing = learner.checked()
        assert (nothing["points"], nothing["of"]) == (0, 100), nothing
        for exercise, result in zip(own.exercises, nothing["exercises"], strict=True):
            (failed,) = [step for step in result["steps"] if step["outcome"] == "failed"]
            assert all((failed["expected"], failed["seen"], failed["hint"] or exercise.hints)), result
        # What an untouched lab does not show soon after it was deployed, it does not show in 90 seconds either.
        with pytest.raises(WaitTimeout):
            wait_for(lambda: learner.checked()["points"] > 0, what="points for nothing", seconds=20, poll=1.0)
        solved = learner("solve", lab, "--apply", "--yes")
        assert solved.code == 0, str(solved)
        assert learner.checked("--wait")["points"] == 100
        _apply_again(learner)
        assert learner.checked("--wait")["points"] == 100
        untried = {each["name"] for each in learner.checked()["exercises"] if "not tried" in str(each["steps"])}
        assert untried == {scenario.name for scenario in own.scenarios() if _acts(scenario)}
    finally:
        assert learner("destroy", lab).code == 0
    assert cli.left(lab) == []


def _acts(scenario: Scenario) -> bool:
    """Whether it is an exercise whose check does something: a check without --wait only looks."""
    return scenario.exercise and any(step.kind == "when" for step in scenario.steps)


def _apply_again(learner: Learner) -> None:
    """Terraform, and the manifests where the laptop reaches the cluster, as a learner would."""
    root = f"-chdir={learner.desk / 'terraform' / learner.lab}"
    learner.types("terraform", root, "apply", "-auto-approve", "-input=false", "-no-color")
    manifests = learner.desk / "manifests" / learner.lab
    if manifests.is_dir() and find_course().lab(learner.lab).observe_from == "laptop":
        learner.types("kubectl", "apply", "--recursive", "--filename", str(manifests))


@pytest.mark.parametrize("lab", LABS)
def test_other_right_answers_get_everything(tmp_path: Path, lab: str) -> None:
    own = find_course().lab(lab)
    for name, answer in own.alternatives.items():
        workspace.hand_in(own, answer, tmp_path / "sent" / name)
    sent, out = sorted((tmp_path / "sent").iterdir()), tmp_path / "out"
    ran = Cli(tmp_path)(*GRADE, *map(str, sent), "--out", str(out), "--jobs", "2")
    assert ran.code == 0, str(ran)
    rows = [Row.from_json(file.read_text()) for file in out.glob("*/row.json")]
    assert {row.name: row.score for row in rows} == dict.fromkeys(own.alternatives, 100), rows


def test_labs_score_finds_nothing_in_an_untouched_workspace(cli: Cli) -> None:
    ran = cli("score", "chapter02", "--untouched", "--patience", "20", "--json")
    assert ran.code == 1, str(ran)
    (scored,) = ran.events("scored")
    assert (scored["points"], scored["of"]) == (0, 100)
    failed = [step for step in ran.events("step_ended") if step["outcome"] == "failed"]
    assert failed
    assert all(step["expected"] and step["seen"] and step["hint"] for step in failed)
    assert cli.left("chapter02") == []


def test_labs_score_finds_everything_in_a_solution_that_is_applied_twice(cli: Cli) -> None:
    ran = cli("score", "chapter02", "--solution", "--twice", "--json")
    assert ran.code == 0, str(ran)
    (scored,) = ran.events("scored")
    assert (scored["points"], scored["of"]) == (100, 100)
    assert cli.left("chapter02") == []


def test_labs_qa_says_that_the_scores_of_a_lab_are_true(cli: Cli) -> None:
    ran = cli("qa", "chapter11", "--no-mutants")
    assert ran.code == 0, str(ran)
    found = ran.out.splitlines()
    assert len(found) == 3 + len(find_course().lab("chapter11").alternatives)
    assert all(line.startswith("✓ ") for line in found), ran.out
    assert found[1].endswith(": 0 of 100 points")
    assert all(line.endswith(": 100 of 100 points") for line in found[2:])
    assert cli.left("chapter11") == []
