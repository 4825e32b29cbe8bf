"""What a step gets as `lab` in a rehearsal."""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from eks_labs.checks import CheckFailed, commands
from eks_labs.checks.commands import CommandResult
from eks_labs.checks.context import CheckContext
from eks_labs.checks.handover import Handover
from eks_labs.rehearsal.answers import REGION, Aws, kubernetes
from eks_labs.rehearsal.worlds import World
from eks_local.status import ClusterEndpoint

LEAP = 20.0
"""Seconds that pass between two looks at a world in which nothing changes: looks cost time of ours."""

_HANDOVER = Handover("rehearsal", "rehearsal", REGION, "", "", "laptop", {"cluster_name": "rehearsal"}, {}, ())


class Stage(CheckContext):
    """A lab that is deployed to one of the worlds. Commands do nothing there, and fail."""

    def __init__(self, world: World, aws: Aws) -> None:
        super().__init__(_HANDOVER, _Nobody(world, aws))
        self._world = world
        # Steps may speak of the last command's output: it said nothing.
        self.run("laptop", "false", allow_failure=True)

    def probe(self, vantage: str, text: str, seconds: float = commands.LIMIT) -> CommandResult:  # noqa: ARG002
        """A command without output, which fails."""
        return CommandResult(vantage, text, "", 1, 0.0)

    def kubernetes_as(self, role: str) -> Any:
        """Anybody who asks may do nothing; nobody has a role where no cluster is."""
        if self._world.cluster is None:
            raise CheckFailed(f"the role {role}", "there is none")
        return kubernetes(self._world)

    def _kubernetes(self) -> Any:
        if self._world.cluster is None:
            raise CheckFailed("a cluster", "there is none")
        return kubernetes(self._world)

    def _pause(self, seconds: float) -> None:
        time.sleep(max(seconds, LEAP))


class _Nobody:
    """Reaches a world in which commands have no place to run."""

    def __init__(self, world: World, aws: Aws) -> None:
        self.region = REGION
        self._world = world
        self._aws = aws

    def proxy_from(self, vantage: str) -> str | None:  # noqa: ARG002
        """No proxy."""
        return None

    def client(self, service: str) -> Any:
        """A boto3 client that asks nobody."""
        return self._aws.client(service, self._world)

    def cluster(self, name: str) -> ClusterEndpoint | None:  # noqa: ARG002
        """None that could be dialled: the stage answers for Kubernetes itself."""
        return None

    def command(
        self, vantage: str, argv: Sequence[str], env: Mapping[str, str], cwd: Path | None
    ) -> tuple[list[str], dict[str, str]]:
        """No place to run a command at."""
        raise commands.UnknownVantage(f"{vantage}: {argv}, {env}, {cwd}")

    def laptop_address(self, change: str | None = None) -> str | None:  # noqa: ARG002
        """The laptop has the address that it has."""
        return None
