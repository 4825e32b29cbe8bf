"""Each lab from the outside: its walkthrough passes, its exercises score what they must, and nothing is left."""

import shutil
from pathlib import Path

import pytest

from eks_labs.course import Lab, find_course
from eks_labs.grading.rows import Row, Status
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
def test_the_untouched_workspace_scores_nothing_and_other_right_answers_everything(tmp_path: Path, lab: str) -> None:
    course = find_course()
    answers = {"untouched": course.root, **course.lab(lab).alternatives}
    for name, folder in answers.items():
        _hand_in(course.lab(lab), folder, tmp_path / "sent" / name)
    (tmp_path / "sent" / "untouched").rename(tmp_path / "untouched")
    # What an untouched lab does not show soon after it was deployed, it does not show in 90 seconds either.
    (nothing,) = _graded(tmp_path, [tmp_path / "untouched"], "--patience", "20")
    assert (nothing.status, nothing.score, nothing.of) == (Status.GRADED, 0, 100), nothing
    assert all(check.expected and check.seen and check.hint for check in nothing.checks), nothing
    rows = _graded(tmp_path, sorted((tmp_path / "sent").iterdir()))
    assert {row.name: row.score for row in rows} == dict.fromkeys(course.lab(lab).alternatives, 100), rows


def test_labs_score_finds_nothing_in_an_untouched_workspace(cli: Cli) -> None:
    ran = cli("score", "chapter11", "--untouched", "--patience", "20", "--json")
    assert ran.code == 1, str(ran)
    (scored,) = ran.events("scored")
    assert (scored["points"], scored["of"]) == (0, 100)
    failed = [step for step in ran.events("step_ended") if step["outcome"] == "failed"]
    assert all(step["expected"] and step["seen"] and step["hint"] for step in failed)
    assert cli.left("chapter11") == []


def _hand_in(lab: Lab, source: Path, target: Path) -> None:
    """The parts of a workspace that are the lab's own."""
    for part in (f"terraform/{lab.name}", f"manifests/{lab.name}"):
        if (source / part).is_dir():
            shutil.copytree(source / part, target / part)
    for file in (path for path in target.rglob("*") if path.is_file()):
        file.write_text(lab.fill(file.read_text()))


def _graded(folder: Path, what: list[Path], *options: str) -> list[Row]:
    out = folder / f"out-{what[0].name}"
    ran = Cli(folder)("grade", *map(str, what), "--out", str(out), "--jobs", "2", *options)
    assert ran.code == 0, str(ran)
    return [Row.from_json(file.read_text()) for file in out.glob("*/row.json")]


@pytest.mark.parametrize("lab", LABS)
def test_the_solution_scores_everything(cli: Cli, lab: str) -> None:
    twice = ["--twice"] if lab in SETTLED else []
    ran = cli("score", lab, "--solution", *twice, "--json")
    assert ran.code == 0, str(ran)
    (scored,) = ran.events("scored")
    assert (scored["points"], scored["of"]) == (100, 100)
    assert cli.left(lab) == []
