"""The folder of a lab's run: where everything is that a run makes, and who holds it."""

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from eks_labs.errors import LabsError
from eks_local.waiting import WaitTimeout, wait_for

MARK = "EKS_LABS_RUN"
"""Environment variable of every process that a run starts: the run's folder. `labs destroy` finds them by it."""


def state_home(environment: Mapping[str, str] = os.environ) -> Path:
    """Where runs are kept: $XDG_STATE_HOME/eks-labs, one folder a lab."""
    home = environment.get("XDG_STATE_HOME", "")
    # The specification wants relative paths ignored.
    base = Path(home) if Path(home).is_absolute() else Path.home() / ".local" / "state"
    return base / "eks-labs"


@dataclass(frozen=True)
class RunFolder:
    """The paths of one lab's run."""

    root: Path

    @property
    def lock(self) -> Path:
        """Held by the process that runs the lab; holds its pid."""
        return self.root / "run.lock"

    @property
    def run(self) -> Path:
        """What is up, for `status`, `shell` and `destroy`."""
        return self.root / "run.json"

    @property
    def world(self) -> Path:
        """State folder of the local world."""
        return self.root / "world"

    @property
    def workspace(self) -> Path:
        """Working copy of Terraform and manifests."""
        return self.root / "workspace"

    @property
    def laptop(self) -> Path:
        """The learner's own files: kubeconfig, programs of the course."""
        return self.root / "laptop"

    @property
    def terraform_log(self) -> Path:
        """What Terraform said, as JSON lines."""
        return self.root / "logs" / "terraform.jsonl"

    @property
    def checks_log(self) -> Path:
        """What pytest said."""
        return self.root / "logs" / "checks.log"

    @property
    def handover(self) -> Path:
        """What the checks are told."""
        return self.root / "handover.json"

    @property
    def record(self) -> Path:
        """What happened in the last run."""
        return self.root / "record.json"

    @property
    def diagnostics(self) -> Path:
        """Bundles, one a failed run."""
        return self.root / "diagnostics"

    def create(self) -> None:
        """Make the folders. Private: there are keys in them."""
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        for folder in (self.laptop, self.terraform_log.parent):
            folder.mkdir(exist_ok=True)

    def holder(self) -> int | None:
        """The pid of the process that holds the lock, None when nobody does."""
        if not self.lock.exists():
            return None
        with self.lock.open("r") as held:
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return int(held.read().strip() or 0)
        return None

    @contextmanager
    def locked(self, lab: str) -> Iterator[None]:
        """Hold the folder. Raises `LabsError` when another process does. A dead holder holds nothing."""
        with self.lock.open("a+") as held:
            # `holder` takes it for a moment too, to see whether it can be had.
            if not take(held, 0.3):
                held.seek(0)
                pid = held.read().strip() or "unknown"
                raise LabsError(
                    f"{lab} is being run already, by process {pid}",
                    f"Wait for it, or end it with: kill -INT {pid}  (it then destroys what it made)",
                )
            held.truncate(0)
            held.write(str(os.getpid()))
            held.flush()
            yield


def take(held: IO[str], seconds: float) -> bool:
    """Take the lock of an open file; whether it could be had within `seconds`. It goes with the file."""

    def taken() -> bool:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    try:
        return wait_for(taken, what=f"the lock of {held.name}", seconds=seconds, poll=0.02, final=(Exception,))
    except WaitTimeout:
        return False


def folder_of(lab: str) -> RunFolder:
    """The folder of the lab called `lab`."""
    return RunFolder(state_home() / lab)
