"""Terraform on a lab's root module, as the runner runs it: the target's environment, and providers of this machine."""

from eks_labs.events import Bus
from eks_labs.run.workspace import Workspace
from eks_labs.run_folder import RunFolder
from eks_labs.targets import Target
from eks_labs.terraform import mirror
from eks_labs.terraform.command import Terraform


def terraform_on(files: Workspace, target: Target, folder: RunFolder, bus: Bus) -> Terraform:
    """Terraform on the root module of `files`, against `target`; it logs into `folder` and tells `bus`."""
    environment = {
        **target.environment(),
        **mirror.write(folder.root),
        "TF_VAR_region": target.region,
        "TF_IN_AUTOMATION": "1",
    }
    return Terraform(files.terraform, environment, folder.terraform_log, bus)
