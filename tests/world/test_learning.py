"""A learner's story, from the command line: start, fail, hint, fix, check, stop, resume, reset, give up, submit."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from eks_labs.course import find_course
from eks_labs.run_folder import RunFolder
from eks_local.paths import WorldPaths
from eks_local.sandbox import record
from eks_local.waiting import wait_for
from tests.runs import GRADE, Cli
from tests.world.grades import rows
from tests.world.lab import Lab
from tests.world.learner import Learner

pytestmark = [pytest.mark.world, pytest.mark.timeout(1500)]

LAB = "chapter07"
SEED = "1"
WANTED = find_course().lab(LAB, SEED).values["replicas"]
"""Replicas that this learner is asked for: others than those without a seed."""
REPLICAS, ADDRESSES = "All replicas run", "No node holds addresses it does not need"


@pytest.fixture
def learner(tmp_path: Path) -> Iterator[Learner]:
    own = {"XDG_CACHE_HOME": str(tmp_path / "cache"), "EKS_LABS_NODE_BIN": str(Lab.binaries())}
    learner = Learner(Cli(tmp_path / "state"), LAB, tmp_path / "work" / "my-lab", own)
    yield learner
    assert learner("destroy", LAB).code == 0
    assert learner.cli.left(LAB) == []


def test_the_story_of_a_learner(learner: Learner) -> None:
    _begin(learner)
    _fail_and_get_hints(learner)
    _fix_by_hand(learner)
    _stop_and_resume(learner)
    _begin_again(learner)
    _break_a_file(learner)
    _lose_the_world(learner)
    _give_up(learner)
    _hand_in(learner)


def _begin(learner: Learner) -> None:
    assert learner("check", LAB).code == 2, "there is no workspace yet"
    started = learner("start", LAB, "--into", str(learner.desk), "--seed", SEED)
    assert started.code == 0, str(started)
    assert f"Exercise 1 of 2, 60 points: {REPLICAS}" in started.out
    assert f"asks for {WANTED} replicas" in started.out, "the task's text"
    assert f"replicas = {WANTED} (seed {SEED})" in started.out
    assert "labs shell chapter07" in started.out
    assert sorted(path.name for path in learner.desk.iterdir()) == [
        ".eks-labs.json",
        "exercise.md",
        "manifests",
        "terraform",
    ]
    assert f"asks for {WANTED} replicas" in (learner.desk / "exercise.md").read_text()
    again = learner("start", LAB, "--into", str(learner.desk))
    assert again.code == 2, again
    assert "is a workspace of chapter07 already" in again.err


def _fail_and_get_hints(learner: Learner) -> None:
    checked = learner.checked()
    assert (checked["points"], checked["of"], checked["counts"]) == (0, 100, True)
    first, second = checked["exercises"]
    assert [step["outcome"] for step in first["steps"]] == ["failed", "blocked", "blocked", "blocked"]
    assert first["steps"][0]["seen"] == "it asks for 0 replicas"
    assert [step["outcome"] for step in second["steps"]] == ["passed", "passed", "failed"]
    said = learner("check", str(learner.desk)).out
    assert f"✗ 1. {REPLICAS}: 0 of 60" in said
    assert "0 of 100 points" in said
    hint = learner("hint", "-w", LAB)
    assert hint.code == 0
    assert f"1. {REPLICAS}\n\nHint 1 of " in hint.out
    assert f"2. {ADDRESSES}" in learner("hint", "2", "-w", str(learner.desk)).out
    assert learner("hint", "3", "-w", LAB).code == 2


def _fix_by_hand(learner: Learner) -> None:
    group = ("--cluster-name", LAB, "--nodegroup-name", "small")
    sizes = ("--scaling-config", "minSize=1,maxSize=2,desiredSize=2")
    learner.types("aws", "eks", "update-nodegroup-config", *group, *sizes)
    with learner.watching() as lines:
        _until(lines, "0 of 100 points")
        learner.types("kubectl", "scale", "deployment", "web", f"--replicas={WANTED}")
        _until(lines, "60 of 100 points")
    checked = learner.comes_to(60)
    assert [exercise["outcome"] for exercise in checked["exercises"]] == ["passed", "failed"]
    hint = learner("hint", "-w", LAB).out
    assert f"2. {ADDRESSES}" in hint, "the first that is not solved"


def _until(lines: Iterator[str], words: str) -> None:
    """Read lines up to the one with these words: the test's own limit ends a wait for ever."""
    seen = []
    for line in lines:
        seen.append(line)
        if words in line:
            return
    raise AssertionError(f"no line with {words!r}: {seen}")


def _stop_and_resume(learner: Learner) -> None:
    names = learner.types("kubectl", "get", "nodes", "-o", "name")
    assert learner("stop", LAB).code == 0
    assert not _world_runs(learner)
    status = learner("status").out
    assert "chapter07: stopped" in status
    assert "labs resume chapter07" in status
    refused = learner("check", LAB)
    assert refused.code == 2
    assert "labs resume chapter07" in refused.err
    resumed = learner("resume", str(learner.desk))
    assert resumed.code == 0, resumed
    assert "starting point" not in resumed.out
    assert learner.types("kubectl", "get", "nodes", "-o", "name") == names
    learner.comes_to(60)


def _begin_again(learner: Learner) -> None:
    manifest = learner.desk / "manifests" / LAB / "web.yaml"
    own = manifest.read_text() + "# my own\n"
    manifest.write_text(own)
    reset = learner("reset", LAB)
    assert reset.code == 0, reset
    assert "restored" in reset.out
    assert f"replicas = {WANTED} (seed {SEED})" in reset.out
    assert "# my own" not in manifest.read_text()
    (aside,) = learner.desk.glob("before-reset-*")
    assert (aside / "manifests" / LAB / "web.yaml").read_text() == own
    assert learner.checked()["points"] == 0
    # What Terraform knows is what there is.
    root = f"-chdir={learner.desk / 'terraform' / LAB}"
    learner.types("terraform", root, "plan", "-detailed-exitcode", "-input=false")


def _break_a_file(learner: Learner) -> None:
    root = learner.desk / "terraform" / LAB / "main.tf"
    well = root.read_text()
    root.write_text(well.replace("module.network.public_subnet_ids", "module.netwrk.public_subnet_ids"))
    broken = learner("check", LAB)
    assert broken.code == 2, broken
    assert "main.tf" in broken.out
    assert "netwrk" in broken.out
    root.write_text(well)


def _lose_the_world(learner: Learner) -> None:
    running = record.load(_paths(learner).record)
    assert running is not None
    os.kill(running.box.init.pid, signal.SIGKILL)
    wait_for(lambda: not _world_runs(learner), what="the world to be gone", seconds=30)
    resumed = learner("resume", LAB)
    assert resumed.code == 0, resumed
    assert "your files are as you left them" in resumed.out
    assert learner.checked()["points"] == 0


def _give_up(learner: Learner) -> None:
    asked = learner("solve", LAB)
    assert asked.code == 2
    assert "--yes" in asked.err
    shown = learner("solve", LAB, "--step", "--yes").out
    assert "+++ solution" in shown
    assert f"+  replicas: {WANTED}" in learner("solve", LAB).out
    assert "The score no longer counts" in shown
    applied = learner("solve", LAB, "--apply")
    assert applied.code == 0, applied
    assert learner.comes_to(100)["counts"] is False
    assert "do not count" in learner("check", LAB).out


def _hand_in(learner: Learner) -> None:
    work, out = learner.desk.parent / "mine.zip", learner.desk.parent / "graded"
    submitted = learner("submit", LAB, "--wait", "--out", str(work))
    assert submitted.code == 0, submitted
    assert "100 of 100 points now" in submitted.out
    assert "you have seen the reference solution" in submitted.out
    graded = learner(*GRADE, str(work), "--out", str(out))
    assert graded.code == 0, graded
    (row,) = rows(out).values()
    assert (row["status"], row["score"], row["seed"]) == ("graded", "100", SEED), row
    assert "has seen the reference solution" in row["reason"]


def _world_runs(learner: Learner) -> bool:
    running = record.load(_paths(learner).record)
    return running is not None and running.box.init.alive


def _paths(learner: Learner) -> WorldPaths:
    return WorldPaths(RunFolder(learner.cli.folder(LAB)).world)
