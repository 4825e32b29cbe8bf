"""The run of one lab, from the plan to the report: each stage fed with what the ones before gave."""

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from eks_labs import laptop
from eks_labs.course import Lab
from eks_labs.errors import Abandoned, Exit, LabsError, TargetError
from eks_labs.events import Bus, Failed, Interrupted, Progress, RunEnded, RunStarted, Scored
from eks_labs.run import diagnostics, manifests, teardown, workspace
from eks_labs.run.interrupts import Interrupts
from eks_labs.run.plan import Plan
from eks_labs.run.record_file import Running
from eks_labs.run.root_module import terraform_on
from eks_labs.run.stage import explained, stage
from eks_labs.run.verify import Verdict, handed_over, verify
from eks_labs.run_folder import RunFolder
from eks_labs.targets import Target, new_target
from eks_labs.terraform.command import Terraform, find_terraform

DISK_FULL = 2**20
"""Free bytes below which whatever went wrong is put down to the disk."""


@dataclass
class _Run:
    """What a run has come to. The one mutable thing: it must be readable when a stage raises."""

    plan: Plan
    folder: RunFolder
    bundle: Path
    started: float = field(default_factory=time.monotonic)
    deployed: teardown.Deployed | None = None
    outputs: dict[str, object] = field(default_factory=dict)
    verdict: Verdict = field(default_factory=lambda: Verdict(()))
    exit: Exit = Exit.PASSED
    bundled: bool = False
    kept: bool = False

    def fail(self, code: Exit) -> None:
        """The worst of what happened decides, and an interrupt over everything."""
        self.exit = max(self.exit, code)


def run(plan: Plan, folder: RunFolder, bus: Bus) -> Exit:
    """Run a lab. Raises `LabsError` when it cannot begin; after that, errors are events and the exit code."""
    find_terraform()
    folder.create()
    with folder.locked(plan.lab.name):
        _require_free(plan.lab.name, folder)
        state = _Run(plan, folder, folder.diagnostics / time.strftime("%Y%m%d-%H%M%S"))
        with Interrupts().handling() as interrupts:
            try:
                _run(state, interrupts, bus)
            except Abandoned:
                bus(Interrupted(2))
                _abandon(state)
                state.exit = Exit.INTERRUPTED
        _report(state, bus)
        return state.exit


def _run(state: _Run, interrupts: Interrupts, bus: Bus) -> None:
    defect: Exception | None = None
    try:
        _guarded(state, bus, lambda: _deploy_and_verify(state, bus))
    except Exception as error:
        # A defect of ours is shown whole, after what is up has been taken down.
        defect = error
        state.fail(Exit.TARGET_FAILED)
    interrupts.shield()
    if state.exit is not Exit.PASSED:
        _guarded(state, bus, lambda: _bundle(state, bus))
    if state.deployed is None:
        teardown.tidy(state.folder)
    elif state.plan.options.keep and state.exit in (Exit.PASSED, Exit.CHECK_FAILED):
        _guarded(state, bus, lambda: _keep(state, bus))
    else:
        _guarded(state, bus, lambda: _destroy(state, bus))
    if interrupts.count:
        state.exit = Exit.INTERRUPTED
    if defect is not None:
        raise defect


def _guarded(state: _Run, bus: Bus, act: Callable[[], None]) -> None:
    """`act`; what it raises becomes an event and an exit code. Defects pass."""
    try:
        act()
    except KeyboardInterrupt:
        bus(Interrupted(1))
        state.fail(Exit.INTERRUPTED)
    except Exception as error:
        known = explained(error)
        if known is None:
            raise
        known = _blame(state, known)
        bus(Failed(known.what, known.remedy, known.exit))
        state.fail(known.exit)


def _blame(state: _Run, error: LabsError) -> LabsError:
    """What every other error is a consequence of: a full disk, or the target's end."""
    if shutil.disk_usage(state.folder.root).free < DISK_FULL:
        return TargetError(
            f"the disk of {state.folder.root} is full; what it made fail: {error.what}",
            f"Free some space, then make sure that nothing is left: labs destroy {state.plan.lab.name}",
        )
    if state.deployed is None or state.deployed.target.name != "local":
        return error
    try:
        state.deployed.target.require_up()
    except LabsError as gone:
        return gone if state.deployed.terraform.has_state() else error
    return error


def _deploy_and_verify(state: _Run, bus: Bus) -> None:
    plan, folder, lab = state.plan, state.folder, state.plan.lab
    count = len(plan.scenarios)
    bus(RunStarted(lab.name, lab.title, plan.options.target, str(folder.root), str(state.bundle), count))
    target = new_target(plan.options.target, folder)
    with stage(bus, "start", "A world starts" if target.name == "local" else "AWS"):
        files = workspace.prepare(
            lab, folder.workspace, plan.options.overlay, plan.variant.variables if plan.variant else None
        )
        target.start(lambda text: bus(Progress("start", text)))
        try:
            laptop.furnish(folder, lambda text: bus(Progress("start", text)))
            state.deployed = _deployed(lab, target, folder, files, bus)
        except BaseException:
            # Nobody else knows of it yet.
            target.kill()
            raise
        running = Running(lab.name, target.name, target.region, time.time())
        running.save(folder)
    with stage(bus, "apply", "Terraform applies"):
        state.deployed.terraform.init()
        state.deployed.terraform.apply()
        if plan.options.twice:
            _require_settled(state.deployed.terraform)
    state.outputs = state.deployed.terraform.outputs()
    cluster = str(state.outputs["cluster_name"]) if "cluster_name" in state.outputs else None
    state.deployed = replace(state.deployed, cluster=cluster)
    replace(running, cluster=cluster).save(folder)
    if cluster is not None and files.manifests.is_dir():
        with stage(bus, "manifests", "Manifests are applied"):
            api = diagnostics.kubernetes(target, cluster, folder, lab.observe_from)
            for _ in range(2 if plan.options.twice else 1):
                manifests.apply(files.manifests, api, bus)
    if not plan.scenarios:
        return
    scenarios, patience = list(plan.scenarios), plan.options.patience
    handover = handed_over(lab, scenarios, target, folder, folder.workspace, state.outputs, patience)
    with stage(bus, "verify", "Exercises are checked" if plan.options.exercises else "Scenarios run"):
        state.verdict = verify(lab, scenarios, target, folder, handover, bus)
    if state.verdict.count("failed"):
        state.fail(Exit.CHECK_FAILED)
    if plan.options.exercises:
        bus(score(lab, state.verdict))


def _require_settled(terraform: Terraform) -> None:
    changes = terraform.planned()
    if changes:
        raise LabsError(
            f"after terraform apply, a second one would change: {', '.join(changes)}",
            "Write what Terraform reads back, or ignore_changes where AWS itself changes it.",
        )


def _deployed(lab: Lab, target: Target, folder: RunFolder, files: workspace.Workspace, bus: Bus) -> teardown.Deployed:
    terraform = terraform_on(files, target, folder, bus)
    return teardown.Deployed(lab.name, target, folder, terraform, cluster=None, observe_from=lab.observe_from)


def score(lab: Lab, verdict: Verdict) -> Scored:
    """The points that a verdict on the exercises is worth."""
    passed = {scenario.name for scenario in verdict.scenarios if scenario.outcome == "passed"}
    got = tuple((e.name, e.points if e.name in passed else 0, e.points) for e in lab.exercises)
    return Scored(sum(points for _, points, _ in got), sum(of for _, _, of in got), got)


def _bundle(state: _Run, bus: Bus) -> None:
    if state.deployed is None:
        return
    with stage(bus, "collect", "Diagnostics are collected"):
        diagnostics.collect(state.deployed, state.bundle)
        state.bundled = True


def _keep(state: _Run, bus: Bus) -> None:
    if state.deployed is None:
        return
    deployed = state.deployed
    with stage(bus, "keep", "The lab stays up"):
        if deployed.cluster:
            laptop.write_kubeconfigs(state.folder, deployed.target, deployed.cluster)
        deployed.target.keep()
        Running(
            state.plan.lab.name, deployed.target.name, deployed.target.region, time.time(), deployed.cluster, True
        ).save(state.folder)
        state.kept = True


def _destroy(state: _Run, bus: Bus) -> None:
    if state.deployed is None:
        return
    teardown.destroy(state.deployed, bus)
    teardown.tidy(state.folder)


def _abandon(state: _Run) -> None:
    """The quick end: processes are killed. What is on AWS stays, in Terraform's state."""
    if state.deployed is None:
        teardown.tidy(state.folder)
        return
    teardown.end(state.deployed)
    if state.deployed.target.name == "local":
        teardown.tidy(state.folder)


def _require_free(lab: str, folder: RunFolder) -> None:
    """Refuse a lab that is still up; clean what a killed local run left."""
    left = Running.load(folder)
    if left is None:
        return
    if left.kept or left.target != "local":
        raise LabsError(
            f"{lab} is still up on {left.target}"
            + (" (--keep, or labs start)" if left.kept else ", an earlier run was not destroyed"),
            f"Use it with: labs shell {lab}. End it with: labs destroy {lab}",
        )
    teardown.sweep(folder)


def _report(state: _Run, bus: Bus) -> None:
    count = state.verdict.count
    bus(
        RunEnded(
            lab=state.plan.lab.name,
            exit_code=state.exit,
            seconds=round(time.monotonic() - state.started, 1),
            passed=count("passed"),
            failed=count("failed"),
            skipped=count("skipped"),
            kept=state.kept,
            diagnostics=str(state.bundle) if state.bundled else "",
        )
    )
