"""What came of a batch, for machines and for people: Gradescope's results.json, JUnit, CSV and a page.

A hidden check is in the instructor's files by its name. In a learner's results.json it has a number and no text, unless
the instructor wants it shown after the due date.
"""

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from eks_labs import whole_file
from eks_labs.course.parameters import shown
from eks_labs.grading.rows import Check, Row, Status

VISIBILITIES = ("hidden", "after_due_date", "after_published", "visible")
"""Gradescope's, for tests: https://gradescope-autograders.readthedocs.io/en/latest/specs/."""


_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write(rows: Sequence[Row], out: Path, visibility: str = "hidden") -> None:
    """Write all reports into the folder `out`. `visibility`: of hidden checks to learners."""
    for row in rows:
        folder = out / row.name
        folder.mkdir(parents=True, exist_ok=True)
        whole_file.write(folder / "results.json", json.dumps(gradescope(row, visibility), indent=2, ensure_ascii=False))
    whole_file.write(out / "junit.xml", junit(rows))
    whole_file.write(out / "report.html", page(rows))
    _csv(rows, out / "results.csv")


def gradescope(row: Row, visibility: str) -> dict[str, Any]:
    """The document that Gradescope takes for one submission. Without a score when the grader failed."""
    document: dict[str, Any] = {
        "output": _verdict(row),
        "execution_time": round(row.seconds),
        "stdout_visibility": "hidden",
        "tests": [_test(number, check, visibility) for number, check in enumerate(row.checks, 1)],
    }
    if row.score is None:
        # No test results either: Gradescope would add them up.
        return {**document, "tests": []}
    return {**document, "score": row.score}


def junit(rows: Sequence[Row]) -> str:
    """JUnit XML: a suite a submission, a case a check."""
    root = ET.Element("testsuites", name="labs grade")
    for row in rows:
        suite = ET.SubElement(root, "testsuite", name=row.name, tests=str(len(row.checks)), time=f"{row.seconds:.1f}")
        _properties(suite, row)
        for check in row.checks:
            case = ET.SubElement(
                suite, "testcase", classname=f"{row.lab}.{row.name}", name=check.name, time=f"{check.seconds:.1f}"
            )
            if row.status is Status.ERROR:
                ET.SubElement(case, "error", message=_xml(row.reason))
            elif check.outcome != "passed":
                ET.SubElement(case, "failure", message=_xml(_rationale(check) or row.reason or check.outcome))
        if not row.checks:
            case = ET.SubElement(suite, "testcase", classname=row.name, name="submission")
            ET.SubElement(case, "error" if row.status is Status.ERROR else "failure", message=_xml(row.reason))
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True)


def page(rows: Sequence[Row]) -> str:
    """The report as one HTML page, for the instructor."""
    from jinja2 import Environment, PackageLoader

    environment = Environment(loader=PackageLoader("eks_labs.grading", "."), autoescape=True, trim_blocks=True)
    graded = [row for row in rows if row.score is not None and row.of]
    average = sum(100 * (row.score or 0) / row.of for row in graded) / len(graded) if graded else None
    return environment.get_template("report.html.j2").render(
        rows=rows, average=average, drawn=any(row.values for row in rows), shown=shown, Status=Status
    )


def _test(number: int, check: Check, visibility: str) -> dict[str, Any]:
    masked = check.hidden and visibility == "hidden"
    return {
        "name": f"Hidden check {number}" if masked else check.name,
        "number": str(number),
        "score": check.points,
        "max_score": check.of,
        "status": "passed" if check.outcome == "passed" else "failed",
        "output": "" if masked else _rationale(check),
        "visibility": visibility if check.hidden else "visible",
    }


def _csv(rows: Sequence[Row], file: Path) -> None:
    names = list(dict.fromkeys(check.name for row in rows for check in row.checks))
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["submission", "lab", "status", "score", "of", "seconds", "reason", "seed", "values", *names])
    for row in rows:
        points = {check.name: check.points for check in row.checks}
        score = "" if row.score is None else row.score
        about = [row.name, row.lab, row.status.value, score, row.of, row.seconds]
        cells = [*about, row.reason, row.seed, shown(row.values)]
        writer.writerow([*map(_cell, cells), *(points.get(name, "") for name in names)])
    whole_file.write(file, out.getvalue())


def _cell(value: object) -> object:
    # A spreadsheet takes text that begins so for a formula.
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _verdict(row: Row) -> str:
    if row.status is Status.ERROR:
        return "The grader failed; this says nothing about the submission. It will be graded again."
    if row.status is Status.REJECTED:
        return f"This submission could not be graded: {row.reason}"
    drawn = f"\n{_drawn(row)}" if row.values else ""
    return f"{row.score} of {row.of} points{drawn}"


def _drawn(row: Row) -> str:
    return f"Values: {shown(row.values)}. Seed: {row.seed or 'none'}"


def _rationale(check: Check) -> str:
    if check.outcome == "passed":
        return ""
    told = (("Expected", check.expected), ("Seen", check.seen), ("Hint", check.hint))
    return "\n".join(f"{word}: {text}" for word, text in told if text)


def _properties(suite: ET.Element, row: Row) -> None:
    told = {"seed": row.seed, **row.values} if row.values else {}
    properties = ET.SubElement(suite, "properties") if told else suite
    for name, value in told.items():
        ET.SubElement(properties, "property", name=name, value=_xml(value))


def _xml(text: str) -> str:
    """Without the control characters that XML 1.0 does not have."""
    return "".join(character for character in text if character.isprintable() or character in "\n\t")
