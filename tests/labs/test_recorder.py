"""Records: written from a run, read by the docs, and nothing in them of whose machine it was."""

import dataclasses
import os
import re
from pathlib import Path

import pytest

from eks_labs import events
from eks_labs.cli.recording import recorder_of
from eks_labs.course import find_course
from eks_labs.display.recorder import Recorder
from eks_labs.docs.records import read_record
from eks_labs.errors import LabsError
from eks_labs.events import CommandRan, Event, StepEnded
from eks_labs.run.plan import Options, plan
from eks_labs.run_folder import RunFolder
from tests.labs import replay

HOME = Path("/home/ada")
RUN = HOME / ".local/state/eks-labs/chapter07"
NAMES = {RUN / "laptop": "~", RUN: "~", HOME: "~"}


def recorded(file: Path, run: list[Event], partly: str = "") -> Recorder:
    recorder = Recorder(file, NAMES, lambda: "1.35.2", partly)
    for event in run:
        recorder(event)
    return recorder


def passing() -> list[Event]:
    return [event for _, event in replay.run()]


def printing(output: str) -> list[Event]:
    """A run whose commands print this."""
    command = CommandRan("laptop", "x", output, 0, 0.1)
    return [
        dataclasses.replace(event, commands=(command,)) if isinstance(event, StepEnded) and event.commands else event
        for event in passing()
    ]


def test_what_is_written_is_what_the_docs_read(tmp_path: Path) -> None:
    file = tmp_path / "record.json"
    said = recorded(file, passing()).conclusion()
    record = read_record(file)
    assert record is not None
    assert str(file) in said
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", record.date)
    assert (record.target, record.kubernetes_version, record.seconds) == ("local", "1.35.2", 98.4)
    assert [stage.name for stage in record.stages][:3] == [
        "A world starts",
        "Terraform applies",
        "Manifests are applied",
    ]
    assert [(wait.name, wait.seconds) for wait in record.waits] == [("module.network.aws_vpc.this (create)", 11.0)]
    scenarios = replay.walkthrough()
    assert [run.name for run in record.scenarios] == [scenario.name for scenario in scenarios]
    assert all(run.matches(scenario) for run, scenario in zip(record.scenarios, scenarios, strict=True))
    first, second, *_ = record.scenarios[0].steps
    assert (first.output, second.output) == ("NAME\nnode", None)
    assert [path.name for path in tmp_path.iterdir()] == ["record.json"]


@pytest.mark.parametrize(
    ("output", "kept"),
    [
        (f"Added new context to {RUN}/laptop/kubeconfig\n", "Added new context to ~/kubeconfig"),
        (f"{RUN}/workspace/a.yaml:{HOME}", "~/workspace/a.yaml:~"),
        (f"{HOME}a {HOME}-b /x{HOME}", f"{HOME}a {HOME}-b /x{HOME}"),
        ("a   \n\n  b\t\n\n", "a\n\n  b"),
        ("", ""),
    ],
)
def test_outputs_are_of_no_machine(tmp_path: Path, output: str, kept: str) -> None:
    file = tmp_path / "record.json"
    recorded(file, printing(output))
    record = read_record(file)
    assert record is not None
    assert {step.output for run in record.scenarios for step in run.steps if step.docstring} == {kept}


@pytest.mark.parametrize(
    ("run", "partly", "why"),
    [
        ([event for _, event in replay.run(failing=True)], "", "exit code 1"),
        (passing(), "it ran one scenario", "it ran one scenario"),
        (passing()[:-1], "", "did not come to its end"),
    ],
)
def test_what_is_no_whole_verified_run_is_not_recorded(tmp_path: Path, run: list[Event], partly: str, why: str) -> None:
    file = tmp_path / "record.json"
    file.write_text("the last one")
    assert why in recorded(file, run, partly).conclusion()
    assert file.read_text() == "the last one"


def test_skipped_scenarios_are_recorded_as_such(tmp_path: Path) -> None:
    file = tmp_path / "record.json"
    skipped = events.ScenarioEnded("A node with a GPU", "skipped", False, "skipped", 0.0, "no GPU")
    recorded(file, [*passing()[:-1], skipped, passing()[-1]])
    record = read_record(file)
    assert record is not None
    assert (record.scenarios[-1].passed, record.scenarios[-1].steps) == (False, ())


def test_a_record_that_cannot_be_written_is_an_error_at_the_end(tmp_path: Path) -> None:
    file = tmp_path / "record.json"
    file.mkdir()
    recorder = recorded(file, passing())
    with pytest.raises(LabsError, match=r"record\.json"):
        recorder.conclusion()
    assert [path.name for path in tmp_path.iterdir()] == ["record.json"]


def test_a_course_that_is_read_only_is_told_before_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    plan(find_course(), Options("chapter07"))
    with pytest.raises(LabsError, match="read-only"):
        plan(find_course(), Options("chapter07", record=True))


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (Options("chapter07", record=True, scenario="A cluster with one small node"), "--scenario"),
        (Options("chapter07", record=True), ""),
    ],
)
def test_what_the_command_line_gives(options: Options, why: str, tmp_path: Path) -> None:
    recorder = recorder_of(plan(find_course(), options), RunFolder(tmp_path))
    assert recorder._file == find_course().lab("chapter07").folder / "record.json"
    assert why in recorder._partly
    assert recorder._version() == ""
    assert recorder._neutral(f"{tmp_path}/workspace/a {find_course().root}/labs") == "~/workspace/a ~/eks-labs/labs"
