"""`labs destroy`: the end of a lab however it was left, and of everything it made."""

import os
import shutil
import signal
from collections.abc import Callable
from contextlib import suppress

from eks_labs import leftovers
from eks_labs.errors import LabsError
from eks_labs.events import Bus, Diagnostic, Event, Progress, ResourceChanged
from eks_labs.run import remains, teardown, workspace
from eks_labs.run.record_file import Running
from eks_labs.run.root_module import terraform_on
from eks_labs.run_folder import RunFolder, folder_of, state_home
from eks_labs.targets import Target, new_target
from eks_local.waiting import WaitTimeout, wait_for

PATIENCE = 120.0
"""Seconds that a run which is interrupted gets to destroy by itself."""


def destroyable() -> list[str]:
    """Labs that have a run folder."""
    home = state_home()
    return sorted(path.name for path in home.iterdir() if path.is_dir()) if home.is_dir() else []


def destroy_lab(lab: str, on_progress: Callable[[str], None]) -> list[str]:
    """End the lab's run, world and processes, destroy what it has on AWS, remove its folder. What was ended, in words.

    Raises `LabsError` when something is left.
    """
    folder = folder_of(lab)
    if not folder.root.is_dir():
        return []
    ended = _end_run(folder, on_progress)
    running = Running.load(folder)
    if running is not None and running.target != "local":
        ended += _destroy_in_cloud(running, folder, on_progress)
    with folder.locked(lab):
        local = new_target("local", folder)
        ended += [f"process {pid} ended" for pid in leftovers.end(folder.root)]
        if local.remains():
            ended.append("world ended")
        local.kill()
        left = local.remains()
        if left:
            raise LabsError(f"{lab}: {', '.join(left)}", "Look at the processes with: ps axf")
        shutil.rmtree(folder.root)
    return [*ended, f"{folder.root} removed"]


def _end_run(folder: RunFolder, on_progress: Callable[[str], None]) -> list[str]:
    """Interrupt the process that runs the lab now, twice when once is not enough."""
    pid = folder.holder()
    if not pid:
        return []
    on_progress(f"process {pid} runs it: interrupted, waiting for it to destroy what it made")
    for limit in (PATIENCE, 30.0):
        try:
            os.kill(pid, signal.SIGINT)
        except ProcessLookupError:
            break
        with suppress(WaitTimeout):
            what = f"process {pid} to let go of {folder.root}"
            wait_for(lambda: not folder.holder(), what=what, seconds=limit, poll=0.2, final=(Exception,))
            break
    return [f"run (process {pid}) interrupted"]


def _destroy_in_cloud(running: Running, folder: RunFolder, on_progress: Callable[[str], None]) -> list[str]:
    target = new_target(running.target, folder, running.region)
    files = workspace.of_running(running, folder)
    bus = Bus()
    bus.subscribe(lambda event: _tell(event, on_progress))
    terraform = terraform_on(files, target, folder, bus)
    if not terraform.has_state():
        return []
    target.start(on_progress)
    _require_nothing(target, running, teardown.unmake(target, terraform, bus))
    return [f"destroyed on {running.target}"]


def _require_nothing(target: Target, running: Running, vpcs: list[str]) -> None:
    left = remains.in_aws(target, running.cluster, vpcs)
    if left:
        raise LabsError(f"still on AWS: {', '.join(left)}", "Look at them in the AWS console.")


def _tell(event: Event, on_progress: Callable[[str], None]) -> None:
    if isinstance(event, ResourceChanged) and event.state == "done":
        on_progress(f"{event.action} {event.address}")
    elif isinstance(event, Progress):
        on_progress(event.text)
    elif isinstance(event, Diagnostic):
        on_progress(f"Terraform {event.severity}: {event.summary}")
