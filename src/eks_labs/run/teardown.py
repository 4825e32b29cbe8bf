"""Stages: destroy, and the proof that nothing is left. Reached from every end that a run can come to."""

import shutil
from dataclasses import dataclass

from eks_labs import leftovers
from eks_labs.errors import LabsError, TargetError
from eks_labs.events import Bus, Progress
from eks_labs.run import orphans, remains
from eks_labs.run.stage import stage
from eks_labs.run_folder import RunFolder
from eks_labs.targets import Target
from eks_labs.terraform.command import Terraform


@dataclass(frozen=True)
class Deployed:
    """What there is to destroy."""

    lab: str
    target: Target
    folder: RunFolder
    terraform: Terraform
    cluster: str | None
    observe_from: str = "laptop"
    """The vantage point that the runner itself looks from, at the cluster."""


def destroy(deployed: Deployed, bus: Bus) -> None:
    """Terraform destroy, then the proof, then the end of the target. Raises `LabsError` if something is left."""
    target = deployed.target
    try:
        if _is_up(target) and deployed.terraform.has_state():
            with stage(bus, "destroy", "Terraform destroys what it made"):
                vpcs = unmake(target, deployed.terraform, bus)
            with stage(bus, "prove", "Is anything left?"):
                within = None if target.name == "local" else vpcs
                _require_nothing(remains.in_aws(target, deployed.cluster, within), deployed)
                bus(Progress("prove", "no cluster, instance, network interface, volume, log group or VPC is left"))
    finally:
        with stage(bus, "stop", "The target ends" if target.name == "local" else "Cleaning up"):
            end(deployed)


def unmake(target: Target, terraform: Terraform, bus: Bus) -> list[str]:
    """Destroy what Terraform has made, first of all what it lost. Returns the ids of the VPCs that it knew."""
    known = orphans.known_in(terraform.folder / "terraform.tfstate")
    orphans.remove(target, known, bus)
    terraform.destroy()
    return sorted(known.vpcs)


def end(deployed: Deployed) -> None:
    """End the target and every process of the run. Raises `TargetError` if one is still there."""
    target = deployed.target
    try:
        target.stop()
    finally:
        target.kill()
        leftovers.end(deployed.folder.root)
    left = [*target.remains(), *(f"process {pid}" for pid in leftovers.processes(deployed.folder.root))]
    if left:
        raise TargetError(f"still there: {', '.join(left)}", f"End it with: labs destroy {deployed.lab}")


def tidy(folder: RunFolder) -> None:
    """Remove what only a lab that is up needs; logs, record and diagnostics stay."""
    for part in (folder.world, folder.workspace):
        shutil.rmtree(part, ignore_errors=True)
    for file in (folder.run, folder.handover, *folder.root.glob("*.pem"), *folder.root.glob("kubeconfig*")):
        file.unlink(missing_ok=True)


def sweep(folder: RunFolder) -> list[str]:
    """End and remove what a killed local run left. What it was, in words."""
    from eks_labs.targets import new_target

    ended = [f"process {pid}" for pid in leftovers.end(folder.root)]
    new_target("local", folder).kill()
    tidy(folder)
    return ended


def _is_up(target: Target) -> bool:
    try:
        target.require_up()
    except TargetError:
        return False
    return True


def _require_nothing(left: list[str], deployed: Deployed) -> None:
    if left:
        raise LabsError(
            f"Terraform has destroyed everything it knows of, and there still are: {', '.join(left)}",
            "Look at them in the AWS console." if deployed.target.name == "aws" else "They end with the world.",
        )
