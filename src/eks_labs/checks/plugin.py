"""A pytest plugin: the fixture `lab`, the choice of scenarios, and what happens as events down a pipe."""

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pytest_bdd.scenario import scenario_wrapper_template_registry

from eks_labs.checks import cluster_client
from eks_labs.checks import handover as handed
from eks_labs.checks.context import CheckContext
from eks_labs.checks.failure import CheckFailed
from eks_labs.checks.handover import Handover
from eks_labs.course.scenario import fidelity_of
from eks_labs.events import CommandRan, Event, ScenarioEnded, ScenarioStarted, StepEnded, StepStarted, to_json
from eks_labs.run_folder import RunFolder
from eks_labs.targets import open_target

_HANDOVER = pytest.StashKey[Handover]()
_STATUS = pytest.StashKey[int]()


def pytest_configure(config: pytest.Config) -> None:
    """Read what we are told, and register the reporter of this process."""
    handover = Handover.load(Path(os.environ[handed.VARIABLE]))
    config.stash[_HANDOVER] = handover
    config.pluginmanager.register(_Reporter(_writer(), only_looks=handover.only_looks), "eks-labs-reporter")
    # A second of imports, had while the first command runs.
    threading.Thread(target=cluster_client.warm_up, name="warm-up", daemon=True).start()


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Remember how it went."""
    session.config.stash[_STATUS] = int(exitstatus)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave at once: taking Kubernetes' thousands of model classes apart costs two seconds and serves nobody."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(config.stash.get(_STATUS, pytest.ExitCode.INTERNAL_ERROR))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the scenarios that the runner asked for, in its order."""
    wanted = config.stash[_HANDOVER].scenarios
    chosen = [item for item in items if _scenario(item) is not None and _scenario(item).name in wanted]
    config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
    items[:] = sorted(chosen, key=lambda item: wanted.index(_scenario(item).name))


@pytest.fixture(scope="session")
def lab(pytestconfig: pytest.Config) -> Iterator[CheckContext]:
    """The deployed lab."""
    handover = pytestconfig.stash[_HANDOVER]
    context = CheckContext(handover, open_target(handover.target, RunFolder(Path(handover.state_dir)), handover.region))
    reporter: _Reporter = pytestconfig.pluginmanager.getplugin("eks-labs-reporter")
    reporter.context = context
    yield context
    context.close()


class _Reporter:
    """Turns pytest's and pytest-bdd's hooks into events."""

    def __init__(self, write: Callable[[Event], None], *, only_looks: bool) -> None:
        self.context: CheckContext | None = None
        self._only_looks = only_looks
        self._write = write
        self._step_started = 0.0
        self._ran_before = 0
        self._open: ScenarioStarted | None = None
        self._scenario_started = 0.0
        self._failed = False

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        found = _scenario(item)
        self._open = ScenarioStarted(found.name, fidelity_of(found.tags), "exercise" in found.tags)
        self._scenario_started = time.monotonic()
        self._failed = False
        self._write(self._open)

    def pytest_bdd_before_step(self, scenario: Any, step: Any) -> None:
        self._step_started = time.monotonic()
        self._ran_before = self.context.commands_count if self.context else 0
        self._write(StepStarted(scenario.name, step.keyword.strip(), step.name, step.docstring or ""))

    def pytest_bdd_before_step_call(self, step: Any) -> None:
        if self._only_looks and step.type == "when":
            # What it breaks is mended by a step after it, for whose condition there is no time.
            raise CheckFailed("this, and what follows, to be tried", "not tried", "try it with: labs check --wait")

    def pytest_bdd_after_step(self, scenario: Any, step: Any) -> None:
        self._write(self._ended(scenario, step, "passed"))

    def pytest_bdd_step_error(self, scenario: Any, step: Any, exception: Exception) -> None:
        self._failed = True
        self._write(self._ended(scenario, step, "failed", *_explain(exception)))

    def pytest_bdd_step_func_lookup_error(self, scenario: Any, step: Any, exception: Exception) -> None:
        self._failed = True
        self.pytest_bdd_before_step(scenario, step)
        self._write(self._ended(scenario, step, "failed", "a definition of this step", str(exception), "see labs lint"))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if self._open is None:
            return
        if report.failed and not self._failed:
            # Before the first step or after the last: a fixture failed, and no step tells.
            self._failed = True
            seen = str(report.longrepr).strip().splitlines()[-1:] or ["nothing"]
            self._write(StepEnded(self._open.name, "Given", "the lab", "", "failed", 0.0, (), "it", seen[0], ""))
        if report.when == "teardown":
            seconds = time.monotonic() - self._scenario_started
            outcome = "failed" if self._failed else "passed"
            opened, self._open = self._open, None
            self._write(ScenarioEnded(opened.name, opened.fidelity, opened.exercise, outcome, round(seconds, 3)))

    def _ended(
        self, scenario: Any, step: Any, outcome: str, expected: str = "", seen: str = "", hint: str = ""
    ) -> StepEnded:
        ran = self.context.commands_since(self._ran_before) if self.context else []
        return StepEnded(
            scenario=scenario.name,
            keyword=step.keyword.strip(),
            text=step.name,
            docstring=step.docstring or "",
            outcome=outcome,
            seconds=round(time.monotonic() - self._step_started, 3),
            commands=tuple(
                CommandRan(done.vantage, done.command, done.output, done.exit_code, round(done.seconds, 3))
                for done in ran
            ),
            expected=expected,
            seen=seen,
            hint=hint,
        )


def _explain(exception: BaseException) -> tuple[str, str, str]:
    """(expected, seen, hint) of a step's exception."""
    if isinstance(exception, CheckFailed):
        return exception.expected, exception.seen, exception.hint
    lines = str(exception).strip().splitlines()
    return (
        "the step to come to a verdict",
        f"{type(exception).__name__}: {lines[0][:300] if lines else ''}",
        "this is an error of the step or of the target, not of your work; the log of the checks has the traceback",
    )


def _scenario(item: pytest.Item) -> Any:
    function = getattr(item, "function", None)
    return None if function is None else scenario_wrapper_template_registry.get(function)


def _writer() -> Callable[[Event], None]:
    pipe = os.fdopen(int(os.environ[handed.EVENTS]), "w", buffering=1, encoding="utf-8")

    def write(event: Event) -> None:
        pipe.write(to_json(event) + "\n")
        pipe.flush()

    return write
