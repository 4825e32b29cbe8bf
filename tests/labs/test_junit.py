"""JUnit files: what a CI server reads of a run, however it ended."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

from eks_labs import events
from eks_labs.display.junit import JUnit
from eks_labs.errors import LabsError, TargetError
from eks_labs.events import Event
from tests.labs import replay


def written(file: Path, *told: Event) -> ElementTree.Element:
    with JUnit(file, "chapter07") as junit:
        for event in told:
            junit(event)
    return read(file)


def read(file: Path) -> ElementTree.Element:
    suite = ElementTree.parse(file).getroot().find("testsuite")
    assert suite is not None
    for kind, count in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
        assert suite.get(count) == str(len(suite.findall(f"testcase/{kind}")))
    assert suite.get("tests") == str(len(suite.findall("testcase")))
    return suite


def properties(suite: ElementTree.Element) -> dict[str | None, str | None]:
    return {found.get("name"): found.get("value") for found in suite.findall("properties/property")}


def test_a_run_with_all_outcomes(tmp_path: Path) -> None:
    suite = written(tmp_path / "out.xml", *(event for _, event in replay.run(failing=True)))
    assert (suite.get("name"), suite.get("failures"), suite.get("errors"), suite.get("skipped")) == (
        "chapter07",
        "1",
        "0",
        "1",
    )
    assert properties(suite) == {"target": "local", "exit_code": "1"}
    assert len(suite.findall("testcase")) == 9
    failed = suite.find("testcase[failure]")
    assert failed is not None
    assert failed.get("name") == "Two replicas bring a third interface"
    assert failed.get("time") == "2.400"
    told = failed.findtext("failure") or ""
    for label in ("expected", "seen", "hint"):
        assert f"{label}: {replay.FAILED[label]}" in told
    skipped = suite.find("testcase/skipped")
    assert skipped is not None
    assert skipped.get("message") == "needs a GPU, which this machine cannot give"
    assert [path.name for path in tmp_path.iterdir()] == ["out.xml"]


def test_what_xml_cannot_hold_is_written_out(tmp_path: Path) -> None:
    nasty = "red \x1b[31m nul \x00 bell \x07 tab \t <b> & \ud800 \ufffe ✓ 🙂"
    suite = written(
        tmp_path / "out.xml",
        events.ScenarioStarted("Ten\x0b", "exact", False),
        events.StepEnded("Ten", "Then", "so", "", "failed", 1.0, (), "calm", nasty, "look"),
        events.ScenarioEnded("Ten\x0b", "exact", False, "failed", 1.0),
        events.RunEnded("chapter07", 1, 1.0, 0, 1, 0, False, ""),
    )
    assert suite.find("testcase").get("name") == "Ten\\x0b"  # type: ignore[union-attr]
    seen = suite.findtext("testcase/failure") or ""
    assert "seen: red \\x1b[31m nul \\x00 bell \\x07 tab \t <b> & \\ud800 \\ufffe ✓ 🙂" in seen


def test_a_run_that_failed_before_any_scenario(tmp_path: Path) -> None:
    suite = written(
        tmp_path / "out.xml",
        events.RunStarted("chapter07", "How many", "aws", "/f", "/d", 7),
        events.StageStarted("apply", "Terraform applies"),
        events.StageEnded("apply", "failed", 2.0),
        events.Failed("terraform apply failed", "Its log: x", 2),
        events.RunEnded("chapter07", 2, 3.0, 0, 0, 0, False, "/d"),
    )
    case = suite.find("testcase")
    assert case is not None
    assert (case.get("name"), case.get("classname")) == ("Terraform applies", "chapter07.run")
    error = case.find("error")
    assert error is not None
    assert (error.get("message"), error.text) == ("terraform apply failed", "Its log: x")
    assert properties(suite) == {"target": "aws", "exit_code": "2"}


def test_an_interrupted_run(tmp_path: Path) -> None:
    suite = written(
        tmp_path / "out.xml",
        events.StageStarted("verify", "Scenarios run"),
        events.ScenarioStarted("Ten", "exact", False),
        events.StageEnded("verify", "interrupted", 2.0),
        events.Interrupted(1),
        events.RunEnded("chapter07", 130, 3.0, 0, 0, 0, False, ""),
    )
    assert [case.get("name") for case in suite.findall("testcase[error]")] == ["Ten", "Scenarios run"]


@pytest.mark.parametrize(
    ("error", "code"), [(TargetError("no world", "Free some space."), "3"), (KeyboardInterrupt(), "130")]
)
def test_a_run_that_never_began(tmp_path: Path, error: BaseException, code: str) -> None:
    with pytest.raises(type(error)), JUnit(tmp_path / "out.xml", "chapter07"):
        raise error
    suite = read(tmp_path / "out.xml")
    assert suite.get("errors") == "1"
    assert properties(suite)["exit_code"] == code


def test_a_folder_that_is_not_there_is_told_before_the_run(tmp_path: Path) -> None:
    with pytest.raises(LabsError, match="--junit"):
        JUnit(tmp_path / "no" / "out.xml", "chapter07")


def test_a_file_that_cannot_be_written_is_told_at_the_end(tmp_path: Path) -> None:
    (tmp_path / "out.xml").mkdir()
    with pytest.raises(LabsError, match=r"out\.xml"):
        written(tmp_path / "out.xml", events.RunEnded("chapter07", 0, 1.0, 1, 0, 0, False, ""))
    assert [path.name for path in tmp_path.iterdir()] == ["out.xml"]
