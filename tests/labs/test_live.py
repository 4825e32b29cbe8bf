"""The terminal display: its rows, and what a real terminal gets to see."""

import io
import os
import re
import signal
from pathlib import Path

import pytest
from rich.console import Console
from rich.text import Text

from eks_labs import events
from eks_labs.display.foot import Foot, Size
from eks_labs.display.now import Now
from eks_labs.display.scroll import MOST, Scroll
from eks_labs.events import ResourceChanged
from tests.labs import replay
from tests.labs.terminal import Screen, Terminal

FINGER = b"\x03"
"""Ctrl-C."""


def rendered(kind: str, width: int) -> list[str]:
    """All rows of a run, through rich."""
    console = Console(record=True, file=io.StringIO(), force_terminal=True, width=width, highlight=False)
    scroll = Scroll(console, Path.home())
    for _, event in replay.run(kind == "failing"):
        for row in scroll.rows(event, width):
            console.print(row, soft_wrap=True)
    return console.export_text().splitlines()


@pytest.mark.parametrize("width", [20, 40, 80, 200])
@pytest.mark.parametrize("kind", ["passing", "failing"])
def test_no_row_is_wider_than_the_terminal(kind: str, width: int) -> None:
    assert max(map(len, rendered(kind, width))) < width


@pytest.mark.parametrize("width", [40, 80, 120])
def test_a_failed_step_is_told_in_six_rows(width: int) -> None:
    rows = rendered("failing", width)
    first = next(number for number, row in enumerate(rows) if row.startswith("    ✗ "))
    last = rows.index(next(row for row in rows[first:] if row.startswith("  ✗ failed")))
    block = rows[first:last]
    assert len(block) <= MOST
    for label in ("expected", "seen", "hint", "details"):
        assert any(row.strip().startswith(label) for row in block), label
    shown = "".join(row.strip() for row in block).partition("details")[2].strip()
    bundle = replay.BUNDLE.replace(str(Path.home()), "~")
    # Where to look is whole wherever it can be; on 40 columns its row is cut where the last part begins.
    assert shown == bundle if width >= 80 else bundle.startswith(shown.removesuffix("…"))


def test_a_run_in_eighty_columns() -> None:
    text = "\n".join(rendered("failing", 80))
    for part in (
        "chapter07  How many Pods fit on a node                                    local\n",
        "\nTerraform applies\n",
        "  + module.network.aws_vpc.this                                            11 s\n",
        "  ✓ 11 created                                                             22 s\n",
        "    module.network.aws_vpc.this: 11 s (enable_dns_hostnames is looked at 10 s\n    after it was set)\n",
        "  + Deployment default/web\n",
        "      $ kubectl scale deployment web --replicas=10\n",
        "      >   --output table\n",
        "  – A node with a GPU                                                   skipped\n    needs a GPU",
        "  ✗ 7 passed, 1 failed, 1 skipped ",
        "  ✓ 11 deleted ",
        "✗ chapter07 failed: 7 passed, 1 failed, 1 skipped, 98 s",
    ):
        assert part in text, part


def words_of(event: events.Event) -> str:
    return "\n".join(row.plain for row in Scroll(Console(width=80)).rows(event, 80))


def test_what_terraform_and_the_run_say() -> None:
    said = words_of(events.Diagnostic("error", "Invalid\x1b[31m count", "It is\n-1.", "aws_vpc.a", "main.tf line 3"))
    assert said == "  ! Terraform error: Invalid count\n    aws_vpc.a, main.tf line 3\n    It is\n    -1."
    assert words_of(events.Failed("it broke", "Do this.", 2)) == "\nerror: it broke\n  Do this."
    assert "destroying what was made" in words_of(events.Interrupted(1))
    scored = words_of(events.Scored(60, 100, (("All run", 60, 60), ("None waits", 0, 40))))
    assert "   60 of  60  All run\n    0 of  40  None waits\n" in scored
    assert scored.endswith("   60 of 100  in all")
    assert "labs destroy a" in words_of(events.RunEnded("a", 0, 1.0, 1, 0, 0, True, ""))


@pytest.mark.parametrize(("width", "height"), [(80, 24), (40, 12), (40, 5), (20, 2), (300, 100)])
def test_the_foot_stays_small(width: int, height: int) -> None:
    now = Now(0.0)
    now.note(events.StageStarted("apply", "Terraform applies"), 1.0)
    for number in range(30):
        now.note(ResourceChanged(f'module.network.aws_vpc.this["{number}"]', "create", "started", 0), 2.0)
    rows = now.rows(width, height, 75.0)
    assert 1 <= len(rows) <= min(8, max(1, height - 2))
    assert all(row.cell_len < width for row in rows)


def test_the_foot_tells_what_goes_on() -> None:
    now = Now(0.0)
    now.note(events.RunStarted("a", "A", "local", "", "", 7), 0.0)
    now.note(events.StageStarted("apply", "Terraform applies"), 1.0)
    for number in range(7):
        now.note(ResourceChanged(f"aws_vpc.a{number}", "create", "started", 0), 2.0)
    now.note(ResourceChanged("aws_vpc.a0", "create", "done", 3), 5.0)
    text = "\n".join(row.plain for row in now.rows(80, 24, 75.0))
    assert "1:14  Terraform applies  1 done" in text
    assert "1:13    aws_vpc.a1  provider waits" in text
    assert "and 2 more" in text
    assert "1:15  Ctrl-C" in text
    now.note(events.StageEnded("apply", "passed", 3.0), 76.0)
    assert now.rows(80, 24, 76.0) == []
    now.note(events.StageStarted("verify", "Scenarios run"), 77.0)
    now.note(events.ScenarioStarted("One", "exact", False), 77.0)
    now.note(events.StepStarted("One", "When", "I run", "kubectl get \\\n  pods"), 77.0)
    rows = [row.plain for row in now.rows(80, 24, 80.0)]
    assert rows[1].endswith("0:03  Scenarios run  1 of 7")
    assert [row.strip() for row in rows[-3:-1]] == ["$ kubectl get \\", ">   pods"]


def test_a_terminal_that_became_narrower_has_more_rows_to_erase() -> None:
    out, size = io.StringIO(), [Size(80, 24)]
    foot = Foot(Console(file=out, force_terminal=True), lambda: size[0])
    foot.draw([Text("above")], [Text("x" * 60), Text("y")])
    size[0] = Size(40, 24)
    before = out.tell()
    foot.draw([], [Text("z")])
    assert out.getvalue()[before:].startswith("\r\x1b[2A\x1b[J")


def test_nothing_new_is_not_written() -> None:
    out = io.StringIO()
    foot = Foot(Console(file=out, force_terminal=True), lambda: Size(80, 24))
    foot.draw([], [Text("same")])
    before = out.tell()
    foot.draw([], [Text("same")])
    assert out.tell() == before


@pytest.mark.slow
@pytest.mark.parametrize(("width", "height"), [(80, 24), (40, 10)])
def test_on_a_terminal_nothing_stays_but_what_is_finished(width: int, height: int) -> None:
    with Terminal(width, height, "failing", "40") as terminal:
        assert terminal.end() == 1
    rows = [row.rstrip() for row in Screen(width).feed(terminal.sent).rows]
    assert rows == [*rendered("failing", width), ""]


@pytest.mark.slow
def test_ctrl_c_twice() -> None:
    with Terminal(80, 24, "passing", "2") as terminal:
        terminal.read_until(lambda sent: "aws_vpc" in sent)
        terminal.press(FINGER)
        terminal.read_until(lambda sent: "destroying what was made" in sent)
        terminal.press(FINGER)
        assert terminal.end() == 130
    screen = Screen(80).feed(terminal.sent)
    assert screen.rows[-2].rstrip() == "✗ chapter07 interrupted: 0 passed, 12 s"
    assert (screen.rows[-1], screen.column) == ("", 0)
    assert not [row for row in screen.rows if "Traceback" in row or "Ctrl-C" in row]


@pytest.mark.slow
def test_a_defect_leaves_the_terminal_as_it_was() -> None:
    with Terminal(80, 24, "passing", "40", "crash") as terminal:
        assert terminal.end() == 1
    rows = Screen(80).feed(terminal.sent).rows
    trace = next(number for number, row in enumerate(rows) if row.startswith("Traceback"))
    assert not [row for row in rows[:trace] if "Ctrl-C" in row]
    assert rows[-2].rstrip() == "RuntimeError: a defect"


@pytest.mark.slow
def test_what_is_written_to_standard_error_stands_above() -> None:
    with Terminal(80, 24, "passing", "40", "notice") as terminal:
        assert terminal.end() == 0
    rows = [row.rstrip() for row in Screen(80).feed(terminal.sent).rows]
    assert rows.count("The run is being cleaned up already. Once more to end it at once.") == 1
    assert len(rows) == len(rendered("passing", 80)) + 3


@pytest.mark.slow
def test_a_killed_display_has_changed_no_mode() -> None:
    with Terminal(80, 24, "passing", "1") as terminal:
        terminal.read_until(lambda sent: "aws_vpc" in sent)
        os.kill(terminal.child.pid, signal.SIGKILL)
        terminal.end()
    assert not re.search(r"\x1b\[\?", terminal.sent)


@pytest.mark.slow
def test_a_closed_terminal_does_not_keep_a_run_from_its_end() -> None:
    with Terminal(80, 24, "passing", "1") as terminal:
        terminal.read_until(lambda sent: "aws_vpc" in sent)
        terminal.close()
        # SIGHUP is as good as Ctrl-C: what was made is destroyed.
        assert terminal.child.wait(20) == 130
