"""Rows as Gradescope, JUnit, CSV and a page show them; what is hidden stays so."""

import csv
import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from eks_labs.grading import reports
from eks_labs.grading.rows import Check, Row, Status

OWN = Check("All replicas run", 60, 60, "passed", seconds=2.5)
FAILED = Check("No spare addresses", 0, 40, "failed", expected="2 spare", seen="7 spare", hint="WARM_IP_TARGET")
SECRET = Check("The secret check", 0, 20, "failed", expected="a secret", seen="none", hint="secretly", hidden=True)
GRADED = Row("ann", "chapter07", Status.GRADED, (OWN, FAILED, SECRET), seconds=81.4)
DRAWN = Row("dee", "chapter07", Status.GRADED, (OWN,), seed="=4711", values={"replicas": "12", "word": "<i>"})
REJECTED = Row("=cmd|x", "", Status.REJECTED, (), "it is a link <b>\x1b[31m")
BROKEN = Row("cy", "chapter07", Status.ERROR, (OWN,), "the world did not start")


def test_gradescope_gets_points_rationale_and_visibility() -> None:
    document = reports.gradescope(GRADED, "hidden")
    assert (document["score"], document["execution_time"], document["stdout_visibility"]) == (60, 81, "hidden")
    passed, failed, hidden = document["tests"]
    assert passed == {
        "name": "All replicas run", "number": "1", "score": 60, "max_score": 60, "status": "passed", "output": "",
        "visibility": "visible",
    }  # fmt: skip
    assert failed["output"] == "Expected: 2 spare\nSeen: 7 spare\nHint: WARM_IP_TARGET"
    assert hidden["visibility"] == "hidden"
    assert "ecret" not in json.dumps(document)


def test_after_the_due_date_a_hidden_check_may_be_told() -> None:
    hidden = reports.gradescope(GRADED, "after_due_date")["tests"][2]
    assert (hidden["name"], hidden["visibility"]) == ("The secret check", "after_due_date")


def test_a_fault_of_ours_has_no_score_anywhere(tmp_path: Path) -> None:
    document = reports.gradescope(BROKEN, "hidden")
    assert "score" not in document
    assert document["tests"] == []
    assert "says nothing about the submission" in document["output"]
    reports.write([BROKEN], tmp_path)
    (row,) = csv.DictReader((tmp_path / "results.csv").open())
    assert (row["status"], row["score"]) == ("error", "")
    assert len(ET.fromstring(reports.junit([BROKEN])).findall(".//error")) == 1


def test_every_row_is_in_every_report_and_nothing_in_it_is_markup(tmp_path: Path) -> None:
    rows = [GRADED, REJECTED, BROKEN]
    reports.write(rows, tmp_path)
    assert [s.get("name") for s in ET.parse(tmp_path / "junit.xml").getroot()] == [row.name for row in rows]
    page = (tmp_path / "report.html").read_text()
    assert "<b>" not in page
    assert "\x1b" not in page
    assert "The secret check" in page
    table = list(csv.reader((tmp_path / "results.csv").open()))
    assert [line[0] for line in table[1:]] == ["ann", "'=cmd|x", "cy"]
    assert all((tmp_path / row.name / "results.json").is_file() for row in rows)


def test_the_seed_and_what_it_drew_are_in_every_report(tmp_path: Path) -> None:
    reports.write([DRAWN, GRADED], tmp_path)
    drawn, plain = csv.DictReader((tmp_path / "results.csv").open())
    assert (drawn["seed"], drawn["values"]) == ("'=4711", "replicas = 12, word = <i>")
    assert (plain["seed"], plain["values"]) == ("", "")
    page = (tmp_path / "report.html").read_text()
    assert "<td>=4711" in page
    assert "Values: replicas = 12, word = &lt;i&gt;" in page
    assert reports.gradescope(DRAWN, "hidden")["output"] == (
        "60 of 60 points\nValues: replicas = 12, word = <i>. Seed: =4711"
    )
    assert reports.gradescope(GRADED, "hidden")["output"] == "60 of 120 points"
    suites = ET.fromstring(reports.junit([DRAWN, GRADED]))
    assert [(p.get("name"), p.get("value")) for p in suites[0].iter("property")] == [
        ("seed", "=4711"), ("replicas", "12"), ("word", "<i>"),
    ]  # fmt: skip
    assert not list(suites[1].iter("property"))


def test_a_report_without_parameters_does_not_speak_of_seeds() -> None:
    assert "Seed" not in reports.page([GRADED, REJECTED])


def test_a_row_of_before_there_were_seeds_is_read() -> None:
    fields = json.loads(GRADED.to_json())
    del fields["seed"], fields["values"]
    assert Row.from_json(json.dumps(fields)) == GRADED


@pytest.mark.parametrize("row", [GRADED, DRAWN, REJECTED, BROKEN], ids=lambda row: row.name)
def test_a_row_survives_its_file(row: Row) -> None:
    assert Row.from_json(row.to_json()) == row


def test_what_somebody_sent_is_cut_and_cleaned() -> None:
    row = Row("a", "", Status.REJECTED, (), "x" * 10_000 + "\x07")
    assert len(row.reason) < 2100
    assert (
        Check("a", 0, 1, "failed", seen="\x1b]0;title\x07").seen
        == "\N{REPLACEMENT CHARACTER}]0;title\N{REPLACEMENT CHARACTER}"
    )
