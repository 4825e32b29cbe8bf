"""A run as JUnit XML, for CI: the lab is a test suite, each scenario a test case; what ended the run is an error."""

import os
import re
import time
from contextlib import suppress
from pathlib import Path
from xml.etree import ElementTree

from eks_labs.display import words
from eks_labs.errors import Exit, LabsError
from eks_labs.events import (
    Event,
    Failed,
    Interrupted,
    RunEnded,
    RunStarted,
    ScenarioEnded,
    ScenarioStarted,
    StageEnded,
    StageStarted,
    StepEnded,
)

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 has no way to write: https://www.w3.org/TR/xml/#charsets"""


class JUnit:
    """A subscriber, and a context manager: the file is there at the end of the context, whatever ended it."""

    def __init__(self, path: Path, lab: str) -> None:
        """Raises `LabsError` when there is no way to write at `path`."""
        if not os.access(path.parent, os.W_OK):
            raise LabsError(f"{path}: its folder is missing or cannot be written to", "Choose another with --junit.")
        self._path = path
        self._lab = lab
        self._target = ""
        self._stage = "run"
        self._open: ScenarioStarted | None = None
        self._step: StepEnded | None = None
        self._cases: list[ElementTree.Element] = []
        self._begun = time.time()
        self._written = False
        self._problem: LabsError | None = None

    def __call__(self, event: Event) -> None:
        """Take an event in; with the last one, write the file."""
        match event:
            case RunStarted():
                self._target = event.target
            case StageStarted():
                self._stage = event.title
            case StageEnded():
                self._leave_open()
            case ScenarioStarted():
                self._open, self._step = event, None
            case StepEnded(outcome="failed"):
                self._step = event
            case ScenarioEnded():
                self._cases.append(self._scenario(event))
                self._open = None
            case Failed():
                self._error(event.what, event.remedy, str(event.exit_code))
            case Interrupted():
                self._error(words.interrupted(event), "", str(int(Exit.INTERRUPTED)))
            case RunEnded():
                self._write(event.seconds, event.exit_code)

    def __enter__(self) -> "JUnit":
        return self

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if not self._written:
            self._end_without_report(error)
        if self._problem is not None and error is None:
            raise self._problem

    def _scenario(self, ended: ScenarioEnded) -> ElementTree.Element:
        case = _element("testcase", name=ended.name, classname=self._lab, time=f"{ended.seconds:.3f}")
        if ended.outcome == "skipped":
            case.append(_element("skipped", message=ended.reason))
        elif ended.outcome == "failed":
            step = self._step or StepEnded(ended.name, "", "(no step tells why)", "", "failed", 0.0)
            lines = [f"{step.keyword} {step.text}".strip(), step.docstring, f"expected: {step.expected}"]
            lines += [f"seen: {step.seen}", f"hint: {step.hint}" if step.hint else ""]
            message = f"expected {step.expected}, seen {step.seen}"
            case.append(_element("failure", "\n".join(filter(None, lines)), message=message, type="CheckFailed"))
        return case

    def _end_without_report(self, error: BaseException | None) -> None:
        """The run did not begin, or ended by a defect."""
        self._leave_open()
        code = Exit.TARGET_FAILED
        if isinstance(error, LabsError):
            code = error.exit
            self._error(error.what, error.remedy, str(int(code)))
        elif error is not None:
            code = Exit.INTERRUPTED if isinstance(error, KeyboardInterrupt) else code
            self._error(repr(error), "", str(int(code)))
        self._write(time.time() - self._begun, int(code))

    def _leave_open(self) -> None:
        """A scenario that has not come to its end when its stage has."""
        if self._open is None:
            return
        case = _element("testcase", name=self._open.name, classname=self._lab, time="0")
        case.append(_element("error", message="the scenario did not come to its end", type="Incomplete"))
        self._cases.append(case)
        self._open = None

    def _error(self, what: str, remedy: str, code: str) -> None:
        """Not about a scenario: the test case has the name of the stage."""
        case = _element("testcase", name=self._stage, classname=f"{self._lab}.run", time="0")
        case.append(_element("error", remedy, message=what, type=f"exit code {code}"))
        self._cases.append(case)

    def _write(self, seconds: float, code: int) -> None:
        counts = {
            f"{kind}{'' if kind == 'skipped' else 's'}": str(sum(case.find(kind) is not None for case in self._cases))
            for kind in ("failure", "error", "skipped")
        }
        begun = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(self._begun))
        whole = {"name": self._lab, "tests": str(len(self._cases)), **counts, "time": f"{seconds:.3f}"}
        suite = _element("testsuite", **whole, timestamp=begun)
        properties = ElementTree.SubElement(suite, "properties")
        for name, value in (("target", self._target), ("exit_code", str(int(code)))):
            properties.append(_element("property", name=name, value=value))
        suite.extend(self._cases)
        root = _element("testsuites", **whole)
        root.append(suite)
        ElementTree.indent(root)
        self._replace(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True))
        self._written = True

    def _replace(self, content: bytes) -> None:
        """Whole or not at all: a reader never finds half a file."""
        beside = self._path.with_name(f".{self._path.name}.{os.getpid()}")
        try:
            beside.write_bytes(content)
            beside.replace(self._path)
        except OSError as error:
            # Not raised from here: the displays are to hear of the end as well.
            self._problem = LabsError(f"{self._path}: {error.strerror}", "The run itself is over.")
        finally:
            with suppress(OSError):
                beside.unlink(missing_ok=True)


def _element(tag: str, text: str = "", **attributes: str) -> ElementTree.Element:
    found = ElementTree.Element(tag, {name: _allowed(value) for name, value in attributes.items()})
    found.text = _allowed(text) or None
    return found


def _allowed(text: str) -> str:
    """`text`, with what XML cannot hold written as Python would: \\x1b."""
    return _FORBIDDEN.sub(lambda found: found[0].encode("unicode_escape").decode(), text)
