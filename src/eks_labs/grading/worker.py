"""One submission, deployed and checked, in a process of its own, which whoever started it may kill at any moment.

It tells its phase and at last its row in files; it does not destroy: the world ends as a whole.
"""

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from eks_labs import laptop, whole_file
from eks_labs.course import Course, Exercise, Lab, find_course
from eks_labs.errors import LabsError, TargetError
from eks_labs.events import Bus, Event, ScenarioEnded, StepEnded
from eks_labs.grading import deployment, hidden
from eks_labs.grading.rows import Check, Row, Status
from eks_labs.learn import starting
from eks_labs.learn.cache import StartingPoint
from eks_labs.lint.course import check_labs
from eks_labs.run import diagnostics, manifests, workspace
from eks_labs.run.verify import handed_over, verify
from eks_labs.run_folder import RunFolder
from eks_labs.targets.local import LocalTarget
from eks_labs.terraform.command import TerraformFailed
from eks_labs.terraform.state import outputs as read_outputs


@dataclass(frozen=True)
class Job:
    """What a worker is told."""

    name: str
    lab: str
    course: str
    submission: str
    """Folder with terraform/ and manifests/, unpacked."""
    folder: str
    """Of this job alone."""
    checks: str | None = None
    """The instructor's private folder."""
    snapshot: str | None = None
    """The lab's starting point."""
    patience: float | None = None
    """Seconds that a condition gets to come true."""
    deployed: bool = False
    """The snapshot has all that the submission's Terraform would make."""
    brief: bool = False
    """Whether it is right is all that is asked: the first failed check is the last one."""
    order: tuple[str, ...] = ()
    """The exercises in the order to check them in; empty for the lab's."""
    seed: str | None = None
    """What the lab's values are drawn from."""

    @classmethod
    def load(cls, file: Path) -> "Job":
        """Read the file that `save` wrote."""
        fields = json.loads(file.read_text())
        return cls(**{**fields, "order": tuple(fields["order"])})

    def save(self, file: Path) -> None:
        """Write it, for the worker alone."""
        file.touch(mode=0o600)
        file.write_text(json.dumps(asdict(self)))


PHASE, ROW = "phase", "row.json"
"""Files in a job's folder."""


class Rejected(Exception):
    """The submission is why it cannot be graded."""


class _Conflict(Exception):
    """Terraform met something of the snapshot that a deployment from nothing would not have: try that."""


def grade(job: Job) -> Row:
    """Deploy and check. Never raises for what a submission holds."""
    started = time.monotonic()
    lab = find_course(Path(job.course)).lab(job.lab, job.seed)
    private = hidden.lab_with(lab, Path(job.checks) if job.checks else None)

    def row(status: Status, checks: tuple[Check, ...], reason: str = "") -> Row:
        return Row(job.name, job.lab, status, checks, reason, round(time.monotonic() - started, 1))

    try:
        return row(Status.GRADED, _deployed(job, lab, private))
    except Rejected as error:
        return row(Status.REJECTED, unreached(lab, private), str(error))
    except LabsError as error:
        return row(Status.ERROR, unreached(lab, private), f"{error.what} {error.remedy}".strip())


def unreached(lab: Lab, private: Lab | None) -> tuple[Check, ...]:
    """The checks of a submission that did not come so far."""
    return tuple(
        Check(exercise.name, 0, exercise.points, "not reached", hidden=which is not lab)
        for which in (lab, private)
        if which is not None
        for exercise in which.exercises
    )


def _deployed(job: Job, lab: Lab, private: Lab | None) -> tuple[Check, ...]:
    _phase(job, "lint")
    report = check_labs(Course(lab.root), [], [Path(job.submission)])
    if report.problems:
        first = report.problems[0]
        shown = first.path.relative_to(job.submission) if first.path.is_relative_to(job.submission) else first.path.name
        raise Rejected(f"{shown}:{first.line}: {first.message}")
    folder = RunFolder(Path(job.folder))
    folder.create()
    bus = Bus()
    target = LocalTarget(folder)
    try:
        try:
            files = workspace.prepare(lab, folder.workspace, Path(job.submission))
        except OSError as error:
            raise Rejected(f"it cannot be laid over the lab: {error.strerror}") from error
        try:
            outputs = _made(job, target, folder, files, bus, job.snapshot)
        except _Conflict:
            files.state.unlink(missing_ok=True)
            outputs = _made(job, target, folder, files, bus, None)
        cluster = str(outputs["cluster_name"]) if "cluster_name" in outputs else None
        if cluster and files.manifests.is_dir():
            _phase(job, "manifests")
            _apply_manifests(target, cluster, folder, files, lab.observe_from)
        _phase(job, "verify")
        if cluster:
            # For steps that run kubectl at the laptop.
            laptop.write_kubeconfigs(folder, target, cluster)
        return tuple(
            check
            for which in (lab, private)
            if which is not None
            for check in _check(which, job, target, folder, outputs, private=which is not lab)
        )
    finally:
        target.kill()
        deployment.clear(folder)


def _made(
    job: Job, target: LocalTarget, folder: RunFolder, files: workspace.Workspace, bus: Bus, snapshot: str | None
) -> dict[str, object]:
    """The outputs of the submission's Terraform, deployed at `snapshot`, or from nothing."""
    _phase(job, "start")
    if snapshot is None:
        target.start(lambda _: None)
    else:
        starting.restore(target, StartingPoint(Path(snapshot)), files.terraform, lambda _: None)
    laptop.furnish(folder)
    if not job.deployed:
        _apply(job, target, folder, files, bus, restored=snapshot is not None)
    return read_outputs(files.state)


def _apply(
    job: Job, target: LocalTarget, folder: RunFolder, files: workspace.Workspace, bus: Bus, *, restored: bool
) -> None:
    terraform = deployment.terraform_of(target, folder, files, bus)
    _phase(job, "terraform")
    try:
        terraform.init()
        deployment.trust_providers(files)
        terraform.apply()
    except TerraformFailed as failure:
        target.require_up()
        if restored and deployment.conflicts(failure):
            raise _Conflict from failure
        if deployment.ours(failure):
            raise TargetError(failure.what, f"The world's log: {folder.world / 'logs'}") from failure
        raise Rejected(failure.what) from failure


def _apply_manifests(
    target: LocalTarget, cluster: str, folder: RunFolder, files: workspace.Workspace, vantage: str
) -> None:
    try:
        manifests.apply(files.manifests, diagnostics.kubernetes(target, cluster, folder, vantage), Bus())
    except TargetError:
        raise
    except LabsError as error:
        target.require_up()
        raise Rejected(error.what.replace(str(files.root) + "/", "")) from error


def _check(
    lab: Lab, job: Job, target: LocalTarget, folder: RunFolder, outputs: dict[str, object], *, private: bool
) -> list[Check]:
    scenarios = [scenario for scenario in lab.scenarios() if scenario.exercise]
    if job.order:
        scenarios.sort(key=lambda scenario: job.order.index(scenario.name))
    steps: dict[str, list[StepEnded]] = {}
    ended: dict[str, ScenarioEnded] = {}

    def note(event: Event) -> None:
        if isinstance(event, StepEnded):
            steps.setdefault(event.scenario, []).append(event)
        elif isinstance(event, ScenarioEnded):
            ended[event.name] = event

    bus = Bus()
    bus.subscribe(note)
    handover = handed_over(lab, scenarios, target, folder, folder.workspace, outputs, job.patience)
    verify(lab, scenarios, target, folder, handover, bus, brief=job.brief, fork=True)
    return [
        _result(exercise, ended.get(exercise.name), steps.get(exercise.name, []), private) for exercise in lab.exercises
    ]


def _result(exercise: Exercise, ended: ScenarioEnded | None, steps: Sequence[StepEnded], private: bool) -> Check:
    if ended is None:
        return Check(exercise.name, 0, exercise.points, "not reached", hidden=private)
    failed = next((step for step in steps if step.outcome == "failed"), None)
    return Check(
        exercise.name,
        exercise.points if ended.outcome == "passed" else 0,
        exercise.points,
        ended.outcome,
        expected=failed.expected if failed else "",
        seen=failed.seen if failed else "",
        hint=(failed.hint or next(iter(exercise.hints), "")) if failed else "",
        seconds=ended.seconds,
        longest=max((step.seconds for step in steps), default=0.0),
        hidden=private,
    )


def _phase(job: Job, name: str) -> None:
    (Path(job.folder) / PHASE).write_text(name)


def work(file: Path) -> int:
    """Grade the job in the file, and write its row beside. The exit code of the process."""
    job = Job.load(file)
    row = grade(job)
    whole_file.write(Path(job.folder) / ROW, row.to_json())
    return 0
