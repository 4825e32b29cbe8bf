"""Records of verified runs: what they show, when they are too old, and files that are none."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from eks_labs.course import Course, Scenario
from eks_labs.docs.errors import DocsError
from eks_labs.docs.records import Record, read_record
from tests.docs.sample import ROOT, record_of

LAB = Course(ROOT).lab("chapter07")
SCENARIO = next(scenario for scenario in LAB.scenarios() if scenario.name == "Ten replicas leave three Pods pending")


def written(folder: Path, fields: Any) -> Path:
    path = folder / "record.json"
    path.write_text(fields if isinstance(fields, str) else json.dumps(fields))
    return path


def recorded(folder: Path) -> Record:
    record = read_record(written(folder, record_of(LAB)))
    assert record is not None
    return record


def test_a_lab_that_never_ran_has_no_record(tmp_path: Path) -> None:
    assert read_record(tmp_path / "record.json") is None


def test_a_record_says_what_ran_and_how_long(tmp_path: Path) -> None:
    record = recorded(tmp_path)
    assert (record.target, record.kubernetes_version, record.date[:10]) == ("local", "1.33", "2025-11-24")
    assert [stage.name for stage in record.stages] == [
        "A world starts",
        "Terraform applies",
        "Manifests are applied",
        "Scenarios run",
        "Terraform destroys what it made",
        "Is anything left?",
        "The target ends",
    ]
    assert [wait.name for wait in record.waits] == ["module.network.aws_vpc.this (create)"]
    run = record.run_of(SCENARIO)
    assert run is not None
    outputs = [step.output for step in run.steps]
    assert outputs[0] == "deployment.apps/web scaled"
    assert outputs[1] is None
    assert "1 Too many pods" in (outputs[3] or "")


def changed_command(scenario: Scenario) -> Scenario:
    first = replace(scenario.steps[0], docstring=scenario.steps[0].docstring + " --dry-run")
    return replace(scenario, steps=(first, *scenario.steps[1:]))


@pytest.mark.parametrize(
    "change",
    [
        changed_command,
        lambda scenario: replace(scenario, name="Another name"),
        lambda scenario: replace(scenario, steps=scenario.steps[:-1]),
        lambda scenario: replace(scenario, steps=scenario.steps[::-1]),
        lambda scenario: replace(scenario, steps=(replace(scenario.steps[0], text="I run"), *scenario.steps[1:])),
        lambda scenario: replace(scenario, steps=()),
    ],
)
def test_a_scenario_that_has_changed_shows_no_outputs(change: Callable[[Scenario], Scenario], tmp_path: Path) -> None:
    assert recorded(tmp_path).run_of(change(SCENARIO)) is None


@pytest.mark.parametrize(
    "change",
    [
        lambda scenario: replace(scenario, tags=frozenset({"modelled"})),
        lambda scenario: replace(scenario, description="More words."),
        lambda scenario: replace(
            scenario, steps=tuple(replace(step, docstring=f"\n{step.docstring}\n") for step in scenario.steps)
        ),
    ],
)
def test_what_does_not_change_the_commands_keeps_them(change: Callable[[Scenario], Scenario], tmp_path: Path) -> None:
    assert recorded(tmp_path).run_of(change(SCENARIO)) is not None


def test_a_scenario_that_failed_shows_no_outputs(tmp_path: Path) -> None:
    fields = record_of(LAB)
    for scenario in fields["scenarios"]:
        scenario["outcome"] = "failed"
    record = read_record(written(tmp_path, fields))
    assert record is not None
    assert record.run_of(SCENARIO) is None


def without(key: str) -> dict[str, Any]:
    return {name: value for name, value in record_of(LAB).items() if name != key}


@pytest.mark.parametrize(
    "fields",
    [
        "",
        "{",
        "not json",
        "null",
        "[]",
        '"text"',
        "{}",
        without("date"),
        without("seconds"),
        without("scenarios"),
        record_of(LAB) | {"seconds": "soon"},
        record_of(LAB) | {"seconds": float("nan")},
        record_of(LAB) | {"seconds": -1},
        record_of(LAB) | {"date": 20251124},
        record_of(LAB) | {"stages": ["apply"]},
        record_of(LAB) | {"stages": [{"name": "apply"}]},
        record_of(LAB) | {"waits": [{"seconds": 10}]},
        record_of(LAB) | {"scenarios": {"name": "x"}},
        record_of(LAB) | {"scenarios": [{"name": "x", "outcome": "passed", "seconds": 1, "steps": ["I run"]}]},
        record_of(LAB) | {"scenarios": [{"name": "x", "outcome": "passed", "seconds": 1}]},
        record_of(LAB)
        | {
            "scenarios": [
                {
                    "name": "x",
                    "outcome": "passed",
                    "seconds": 1,
                    "steps": [{"text": "I run", "seconds": 1, "command": {"output": ["a"]}}],
                }
            ]
        },
    ],
)
def test_a_file_that_is_no_record_is_named_with_what_makes_one(fields: Any, tmp_path: Path) -> None:
    path = written(tmp_path, fields)
    with pytest.raises(DocsError) as error:
        read_record(path)
    assert error.value.what.startswith(f"{path} is not the record of a run: ")
    assert error.value.remedy == f"Make it again: labs run {tmp_path.name} --record"


def test_bytes_that_are_no_text_are_no_record(tmp_path: Path) -> None:
    path = tmp_path / "record.json"
    path.write_bytes(b"\xff\xfe\x00{")
    with pytest.raises(DocsError, match="is not the record of a run"):
        read_record(path)
