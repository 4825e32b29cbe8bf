"""Where a lab runs: the local world, or AWS itself. The rest of the runner sees no difference.

A target knows how to start and to end, how clients reach it, and what is left of a lab on it. It knows no lab.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from eks_labs.errors import LabsError, closest
from eks_labs.run_folder import RunFolder
from eks_local.status import ClusterEndpoint

NAMES = ("local", "aws")


class Reach(Protocol):
    """How to reach a target that is up."""

    region: str

    def proxy_from(self, vantage: str) -> str | None:
        """URL of the CONNECT proxy through which Kubernetes endpoints are dialled from the vantage point.

        None when they are dialled directly. Raises `eks_labs.checks.commands.UnknownVantage` when the target knows
        at once that it cannot.
        """

    def client(self, service: str) -> Any:
        """A boto3 client of the AWS service."""

    def cluster(self, name: str) -> ClusterEndpoint | None:
        """Where the cluster's API server answers; None when there is no such cluster, or none with an endpoint yet."""

    def command(
        self, vantage: str, argv: Sequence[str], env: Mapping[str, str], cwd: Path | None
    ) -> tuple[list[str], dict[str, str]]:
        """The (argv, environment) of a host process that runs `argv` at the vantage point.

        Raises `eks_labs.checks.commands.UnknownVantage`.
        """

    def laptop_address(self, change: str | None = None) -> str | None:
        """The laptop's public address, after giving it the one in `change`; None when it cannot be given one."""


class Target(Reach, Protocol):
    """A target as the run's stages use it. Errors are `eks_labs.errors.TargetError`."""

    name: str

    def start(self, on_progress: Callable[[str], None]) -> None:
        """Bring the target up; returns when its AWS API answers."""

    def environment(self) -> dict[str, str]:
        """The environment of host processes that use the target, whole."""

    def require_up(self) -> None:
        """Raise `TargetError` when the target has gone."""

    def collect(self, into: Path) -> None:
        """Copy the target's own logs into a folder."""

    def keep(self) -> None:
        """Let the target outlive this process."""

    def stop(self) -> None:
        """End the target in order."""

    def kill(self) -> None:
        """End the target at once, with all that is on it, where that is possible."""

    def remains(self) -> list[str]:
        """What of the target itself is still there after `stop` or `kill`."""


def new_target(name: str, folder: RunFolder, region: str | None = None) -> Target:
    """The target called `name`, not started. `region`: its own default when None. Raises `LabsError`."""
    if name == "local":
        from eks_labs.targets.local import LocalTarget

        return LocalTarget(folder, region or "us-east-1")
    if name == "aws":
        from eks_labs.targets.aws import AwsTarget

        return AwsTarget(folder, region)
    raise LabsError(f"there is no target called {name!r}", closest(name, list(NAMES)))


def open_target(name: str, folder: RunFolder, region: str | None = None) -> Target:
    """The target called `name` that is up. Raises `TargetError` when it is not."""
    if name == "local":
        from eks_labs.targets.local import LocalTarget

        return LocalTarget.attach(folder)
    return new_target(name, folder, region)
