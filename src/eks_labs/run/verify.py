"""Stage: the lab's scenarios, run by pytest in a process of its own that reports events down a pipe."""

import os
import select
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Protocol

from eks_labs import laptop
from eks_labs.checks import handover as handed
from eks_labs.checks.handover import Handover
from eks_labs.course import Lab, Scenario
from eks_labs.errors import LabsError
from eks_labs.events import Bus, ScenarioEnded, from_json
from eks_labs.run.forked import Forked, redirect
from eks_labs.run_folder import RunFolder
from eks_labs.targets import Target

PULSE = 1.0
"""Seconds of silence after which the target is asked whether it is still there."""

GRACE = 20.0
"""Seconds that pytest gets to end after SIGINT."""


@dataclass(frozen=True)
class Verdict:
    """What came of the scenarios, in the order they ran."""

    scenarios: tuple[ScenarioEnded, ...]

    def count(self, outcome: str) -> int:
        """How many scenarios ended so: passed, failed or skipped."""
        return sum(scenario.outcome == outcome for scenario in self.scenarios)


def verify(
    lab: Lab,
    scenarios: list[Scenario],
    target: Target,
    folder: RunFolder,
    handover: Handover,
    bus: Bus,
    *,
    brief: bool = False,
    fork: bool = False,
) -> Verdict:
    """Run `scenarios` on the deployed lab, `brief` to the first that fails.

    `fork`: in a fork of this process, which has a single thread and has imported most of what checks import; else in a
    new Python. Raises `TargetError` when the target goes away meanwhile.
    """
    skipped = [scenario for scenario in scenarios if _skips(scenario, target)]
    handover.save(folder.handover)
    ended: list[ScenarioEnded] = []
    start = _forked if fork else _spawned
    for event in _events(start, _arguments(lab, folder, brief=brief), lab, target, folder):
        parsed = from_json(event)
        if isinstance(parsed, ScenarioEnded):
            ended.append(parsed)
        bus(parsed)
    for scenario in skipped:
        done = ScenarioEnded(scenario.name, "skipped", scenario.exercise, "skipped", 0.0, scenario.description)
        ended.append(done)
        bus(done)
    # On a dead target commands fail at once, and no silence comes in which it would be asked for.
    failed = any(scenario.outcome == "failed" for scenario in ended)
    if failed:
        target.require_up()
    missing = [name for name in handover.scenarios if name not in {done.name for done in ended}]
    if missing and not (brief and failed):
        raise LabsError(f"the checks ended before the scenario {missing[0]!r} did", f"Their log: {folder.checks_log}")
    return Verdict(tuple(ended))


def handed_over(
    lab: Lab,
    scenarios: list[Scenario],
    target: Target,
    folder: RunFolder,
    workspace: Path,
    outputs: Mapping[str, Any],
    patience: float | None = None,
    *,
    only_looks: bool = False,
) -> Handover:
    """What the checks of `scenarios` are told of the lab that is deployed from `workspace`."""
    return Handover(
        lab=lab.name,
        target=target.name,
        region=target.region,
        workspace=str(workspace),
        state_dir=str(folder.root),
        observe_from=lab.observe_from,
        outputs=outputs,
        environment=laptop.environment(folder, target),
        scenarios=_runnable(scenarios, target),
        patience=patience,
        only_looks=only_looks,
    )


def _runnable(scenarios: list[Scenario], target: Target) -> tuple[str, ...]:
    """Names of the scenarios that can run on the target."""
    return tuple(scenario.name for scenario in scenarios if not _skips(scenario, target))


def _skips(scenario: Scenario, target: Target) -> bool:
    # Fidelity is about the local target: AWS itself can do everything.
    return scenario.fidelity == "skipped" and target.name == "local"


def _arguments(lab: Lab, folder: RunFolder, *, brief: bool) -> list[str]:
    """pytest's, on a module that binds the lab's feature, with every module of the step vocabulary as a plugin."""
    module = folder.root / "test_scenarios.py"
    module.write_text(f"from pytest_bdd import scenarios\n\nscenarios({str(_feature(lab, folder))!r})\n")
    settings = folder.root / "pytest.ini"
    # Tags of scenarios are marks to pytest; it wants to know them.
    marks = "".join(f"    {tag}: tag\n" for tag in sorted({tag for s in lab.scenarios() for tag in s.tags}))
    settings.write_text(f"[pytest]\nmarkers =\n{marks}")
    steps = [f"checks.steps.{file.stem}" for file in sorted((lab.root / "checks" / "steps").glob("[!_]*.py"))]
    return [
        *("-c", str(settings), "--rootdir", str(folder.root)),
        # Looking for exceptions that nobody saw collects garbage five times: half a second of a processor.
        *("-p", "no:cacheprovider", "-p", "no:unraisableexception"),
        *("-p", "pytest_bdd.plugin", "-p", "eks_labs.checks.plugin"),
        *(part for step in steps for part in ("-p", step)),
        *("-q", "-s", *(["--exitfirst"] if brief else []), str(module)),
    ]


def _feature(lab: Lab, folder: RunFolder) -> Path:
    """The lab's feature file; of a lab with parameters a copy that has their values."""
    if not lab.values:
        return lab.feature
    filled = folder.root / lab.feature.name
    filled.write_text(lab.fill(lab.feature.read_text()))
    return filled


def _environment(folder: RunFolder, target: Target, events: int) -> Mapping[str, str]:
    return {
        **target.environment(),
        handed.VARIABLE: str(folder.handover),
        handed.EVENTS: str(events),
        # Others of this Python cost a second or two: Hypothesis' imports all of it to report a failure.
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    }


_Start = Callable[[list[str], Path, Mapping[str, str], IO[str], int], "_Child"]
"""Starts pytest with these arguments, in a folder, with an environment, an open log, and a pipe that it is to have."""


class _Child(Protocol):
    """The part of `subprocess.Popen` that is used of a process that runs pytest."""

    pid: int
    returncode: int | Any

    def poll(self) -> int | None: ...
    def wait(self, timeout: float | None = None) -> int: ...
    def send_signal(self, number: int, /) -> None: ...


def _spawned(
    arguments: list[str], folder: Path, environment: Mapping[str, str], log: IO[str], pipe: int
) -> "subprocess.Popen[bytes]":
    tether = ["setpriv", "--pdeathsig", "TERM", "--"] if shutil.which("setpriv") else []
    return subprocess.Popen(
        [*tether, sys.executable, "-m", "pytest", *arguments],
        cwd=folder,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        pass_fds=(pipe,),
        start_new_session=True,
    )


def _forked(
    arguments: list[str],
    folder: Path,
    environment: Mapping[str, str],
    log: IO[str],
    pipe: int,  # noqa: ARG001 - a fork has all pipes
) -> Forked:
    def run() -> int:
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(environment)
        redirect(log.fileno())
        sys.path.insert(0, str(folder))  # as `-m pytest` does
        import pytest

        return int(pytest.main(arguments))

    return Forked(run)


def _events(start: _Start, arguments: list[str], lab: Lab, target: Target, folder: RunFolder) -> Iterator[str]:
    """The lines that the checks write, while they run; their own output goes to the log."""
    reading, writing = os.pipe()
    try:
        with folder.checks_log.open("w") as log:
            child = start(arguments, lab.root, _environment(folder, target, writing), log, writing)
        os.close(writing)
        writing = -1
        try:
            yield from _lines(reading, target)
            child.wait()
        finally:
            _end(child)
        if child.returncode not in (0, 1):
            raise LabsError(f"the checks could not run (pytest: {child.returncode})", f"Their log: {folder.checks_log}")
    finally:
        os.close(reading)
        if writing >= 0:
            os.close(writing)


def _lines(pipe: int, target: Target) -> Iterator[str]:
    rest = b""
    while True:
        readable, _, _ = select.select([pipe], [], [], PULSE)
        if not readable:
            target.require_up()
            continue
        chunk = os.read(pipe, 65536)
        if not chunk:
            return
        *lines, rest = (rest + chunk).split(b"\n")
        yield from (line.decode(errors="replace") for line in lines)


def _end(child: _Child) -> None:
    """Stop the checks if they still run: they end the commands they started."""
    if child.poll() is not None:
        return
    try:
        child.send_signal(signal.SIGINT)
        child.wait(GRACE)
    except subprocess.TimeoutExpired:
        _kill(child)
    except BaseException:
        _kill(child)
        raise


def _kill(child: _Child) -> None:
    os.killpg(child.pid, signal.SIGKILL)
    child.wait()
