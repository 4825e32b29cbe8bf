"""Each lab from the outside: its walkthrough passes, its exercises score what they must, and nothing is left."""

from pathlib import Path

import pytest

from eks_labs.course import find_course
from tests.runs import Cli

LABS = find_course().names()
SETTLED = ("chapter05", "chapter07")
"""Labs whose Terraform is known to find nothing to change right after it was applied."""

pytestmark = pytest.mark.world


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    return Cli(tmp_path)


@pytest.mark.parametrize("lab", LABS)
def test_the_walkthrough_passes_and_leaves_nothing(cli: Cli, lab: str) -> None:
    ran = cli("run", lab, "--json")
    assert ran.code == 0, str(ran)
    walkthrough = [s.name for s in find_course().lab(lab).scenarios() if not s.exercise]
    assert [event["name"] for event in ran.events("scenario_ended")] == walkthrough
    assert {event["outcome"] for event in ran.events("scenario_ended")} <= {"passed", "skipped"}
    assert ran.events("run_ended")[0]["exit_code"] == 0
    assert {"destroy", "prove", "stop"} <= {event["stage"] for event in ran.events("stage_ended")}
    assert cli.left(lab) == []
    assert cli("destroy", lab).code == 0
    assert not cli.folder(lab).exists()


@pytest.mark.parametrize("lab", LABS)
def test_the_untouched_workspace_scores_nothing(cli: Cli, lab: str) -> None:
    # What an untouched lab does not show soon after it was deployed, it does not show in 90 seconds either.
    ran = cli("score", lab, "--untouched", "--patience", "20", "--json")
    assert ran.code == 1, str(ran)
    (scored,) = ran.events("scored")
    assert (scored["points"], scored["of"]) == (0, 100)
    failed = [step for step in ran.events("step_ended") if step["outcome"] == "failed"]
    assert len(failed) == len(find_course().lab(lab).exercises)
    assert all(step["expected"] and step["seen"] and step["hint"] for step in failed)
    assert cli.left(lab) == []


@pytest.mark.parametrize("lab", LABS)
def test_the_solution_scores_everything(cli: Cli, lab: str) -> None:
    twice = ["--twice"] if lab in SETTLED else []
    ran = cli("score", lab, "--solution", *twice, "--json")
    assert ran.code == 0, str(ran)
    (scored,) = ran.events("scored")
    assert (scored["points"], scored["of"]) == (100, 100)
    assert cli.left(lab) == []
