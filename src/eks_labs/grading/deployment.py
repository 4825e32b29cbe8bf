"""A submission's Terraform, confined: where it runs, what it sees, and whose fault it is when it fails."""

import os
import re
import shutil
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from eks_labs.events import Event, ResourceChanged
from eks_labs.run.workspace import Workspace
from eks_labs.run_folder import RunFolder
from eks_labs.targets.local import LocalTarget
from eks_labs.terraform import messages, mirror
from eks_labs.terraform.command import Terraform, TerraformFailed, find_terraform
from eks_local.world import Confinement

_WORK = "/work"
_RC = "/opt/terraform/terraform.rc"
_PROGRAM = "/opt/terraform/bin/terraform"
_SCRATCH = ("tmp", "run", "dev/shm", "root")
"""What would be memory, or is written to: on the disk, where it is counted."""
_SHOWN = 3
"""Resources that are named where there may be many."""
FILE_SIZE = 256 * 2**20

_OURS = re.compile(
    r"NotImplemented|InternalFailure|InternalError|status code: 5\d\d|StatusCode: 5\d\d"
    r"|connection refused|send(?: request)? failed.*: (?:EOF|.*connection reset)|unexpected state 'FAILED'"
)
"""What Terraform quotes when the emulated AWS has failed, does not answer, or lacks an operation.

A cluster is FAILED when its control plane did not start, for which nobody has asked. What fails by what was asked for,
a node group or an add-on, is CREATE_FAILED.
"""

_CHECKSUMS = re.compile(rb"^  hashes = \[$.*?^  \]$\n", re.MULTILINE | re.DOTALL)
"""Of a provider in a lock file: https://developer.hashicorp.com/terraform/language/files/dependency-lock."""

_CONFLICT = re.compile(r"AlreadyExists|already exists|Duplicate|InUse|in use|Conflict|DependencyViolation")


def terraform_of(
    target: LocalTarget, folder: RunFolder, files: Workspace, publish: Callable[[Event], None]
) -> Terraform:
    """Terraform on the lab's root in `files`, that runs confined in `target`'s world."""
    program = find_terraform()
    mirrors = {source: f"/opt/mirror/{number}" for number, source in enumerate(mirror.found(os.environ, Path.home()))}
    configuration = folder.root / "terraform.rc"
    configuration.write_text(mirror.only(mirrors.values()))
    jail = folder.root / "jail"
    writable = {files.root: _WORK}
    for name in _SCRATCH:
        place = folder.root / "scratch" / name.replace("/", "-")
        place.mkdir(parents=True, exist_ok=True)
        writable[place] = f"/{name}"
    within = Confinement(
        root=jail,
        shown={configuration: _RC, Path(program).resolve(): _PROGRAM, **mirrors},
        writable=writable,
        folder=f"{_WORK}/{files.terraform.relative_to(files.root)}",
        file_size=FILE_SIZE,
    )
    environment = {"TF_CLI_CONFIG_FILE": _RC, "TF_IN_AUTOMATION": "1", "TF_VAR_region": target.region}

    def confine(line: Sequence[str]) -> tuple[list[str], dict[str, str]]:
        return target.confined(within, [_PROGRAM, *line[1:]], environment)

    return Terraform(files.terraform, environment, folder.terraform_log, publish, confine)


def trust_providers(files: Workspace) -> None:
    """Take the checksums out of the lock file that an init has written: else each command reads 700 MB of provider.

    The init has just compared them, and what is in a mirror cannot be written to from within.
    """
    lock = files.terraform / ".terraform.lock.hcl"
    if lock.is_file():  # not of a configuration that needs no provider
        lock.write_bytes(_CHECKSUMS.sub(b"", lock.read_bytes()))


def ours(failure: TerraformFailed) -> bool:
    """Whether the world is what failed."""
    return any(_OURS.search(f"{found.summary} {found.detail}") for found in failure.diagnostics)


def conflicts(failure: TerraformFailed) -> bool:
    """Whether AWS has refused to make what is there already, as it is when a resource has another name in Terraform."""
    return any(_CONFLICT.search(f"{found.summary} {found.detail}") for found in failure.diagnostics)


def unfinished(log: Path) -> str:
    """What Terraform works on at the end of its log, as "create ADDRESS, …"; else the last that it said."""
    works: dict[str, str] = {}
    said = ""
    with suppress(OSError), log.open(errors="replace") as lines:
        for line in lines:
            message = messages.parse(line) or {}
            said = str(message.get("@message", said))
            event = messages.event(message)
            if isinstance(event, ResourceChanged):
                works.pop(event.address, None)
                if event.state in ("started", "running"):
                    works[event.address] = f"{event.action} {event.address}"
    more = ", …" if len(works) > _SHOWN else ""
    return ", ".join(list(works.values())[:_SHOWN]) + more if works else said


def clear(folder: RunFolder) -> None:
    """Remove what a submission may have filled."""
    for name in ("jail", "scratch", "workspace"):
        shutil.rmtree(folder.root / name, ignore_errors=True)
