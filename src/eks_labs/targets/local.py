"""The local target: a world of `eks_local` in the run's folder."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from eks_labs.checks.commands import UnknownVantage
from eks_labs.errors import LabsError, TargetError
from eks_labs.run_folder import MARK, RunFolder
from eks_local.status import ClusterEndpoint
from eks_local.world import Confinement, World, WorldError, check_machine, destroy, resumable


@contextmanager
def _targets_errors() -> Iterator[None]:
    """A world's error is the target's."""
    try:
        yield
    except WorldError as error:
        raise TargetError(error.what, error.remedy) from error


class LocalTarget:
    """One world, ours from `start` or found by `attach`."""

    name = "local"

    def __init__(self, folder: RunFolder, region: str = "us-east-1") -> None:
        self._folder = folder
        self._world: World | None = None
        self.region = region

    @classmethod
    def attach(cls, folder: RunFolder) -> "LocalTarget":
        """The world that is up in `folder`. Raises `TargetError` when none is."""
        target = cls(folder)
        target._world = World.attach(folder.world)
        target.require_up()
        target.region = target._up.region
        return target

    def proxy_from(self, vantage: str) -> str | None:
        """The world's CONNECT proxy, with the vantage point as its user name."""
        return self._up.proxy_from(vantage)

    def start(self, on_progress: Callable[[str], None]) -> None:
        """Start a fresh world; what an earlier one left in the folder is removed."""
        with _targets_errors():
            destroy(self._folder.world, remove=True)
            self._world = World.start(self._folder.world, region=self.region, on_progress=on_progress)

    def restore(self, snapshot: Path, on_progress: Callable[[str], None]) -> None:
        """Start a world that is as the saved one was; what an earlier one left in the folder is removed."""
        with _targets_errors():
            destroy(self._folder.world, remove=True)
            self._world = World.start(self._folder.world, snapshot=snapshot, on_progress=on_progress)
            self.region = self._world.region

    def resume(self, on_progress: Callable[[str], None]) -> None:
        """Start the world that was stopped in the folder, as it was. Raises `TargetError` when it cannot be."""
        with _targets_errors():
            if not resumable(self._folder.world):
                raise TargetError(f"the world of {self._folder.root.name} was not stopped in order", "Begin again.")
            self._world = World.start(self._folder.world, region=self.region, on_progress=on_progress)

    def await_ready(self, seconds: float) -> None:
        """Return when its clusters answer and its nodes are Ready."""
        with _targets_errors():
            self._up.await_ready(seconds)

    def save(self, into: Path) -> None:
        """Save the world, which runs on, into a new folder."""
        with _targets_errors():
            self._up.save(into)

    def environment(self) -> dict[str, str]:
        """The host's, without anything that would lead AWS's clients elsewhere or change what Terraform does."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "TF_"))}
        nowhere = str(self._folder.laptop / "no-aws-config")
        return {
            **kept,
            # A proxy of the host cannot reach the world's loopback addresses.
            "NO_PROXY": ",".join(filter(None, (os.environ.get("NO_PROXY"), "127.0.0.1,localhost"))),
            "AWS_CONFIG_FILE": nowhere,
            "AWS_SHARED_CREDENTIALS_FILE": nowhere,
            MARK: str(self._folder.root),
            **self._up.environment(),
        }

    def client(self, service: str) -> Any:
        """A client of the world's AWS API."""
        import boto3
        from botocore.config import Config

        variables = self._up.environment()
        return boto3.session.Session(
            aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
            region_name=self.region,
        ).client(
            service,
            endpoint_url=self._up.endpoint_url,
            config=Config(proxies={}, retries={"total_max_attempts": 2}, connect_timeout=5, read_timeout=30),
        )

    def cluster(self, name: str) -> ClusterEndpoint | None:
        """What the world itself says."""
        with _targets_errors():
            return self._up.cluster(name)

    def command(
        self, vantage: str, argv: Sequence[str], env: Mapping[str, str], cwd: Path | None
    ) -> tuple[list[str], dict[str, str]]:
        """A process inside the world, by nsenter."""
        try:
            return self._up.command(vantage, argv, env={**env, MARK: str(self._folder.root)}, cwd=cwd)
        except WorldError as error:
            raise UnknownVantage(str(error)) from error

    def confined(
        self, within: Confinement, argv: Sequence[str], env: Mapping[str, str]
    ) -> tuple[list[str], dict[str, str]]:
        """A process at the laptop that sees nothing of this machine but what is `within`."""
        with _targets_errors():
            return self._up.confined(within, argv, env=env)

    def instances(self) -> list[str]:
        """What the running instances are called."""
        with _targets_errors():
            return [instance.called for instance in self._up.status().instances if instance.runs]

    def laptop_address(self, change: str | None = None) -> str:
        """The laptop's public address, after giving it the one in `change`."""
        try:
            return self._up.laptop_address() if change is None else self._up.move_laptop(change)
        except WorldError as error:
            raise LabsError(error.what, error.remedy) from error

    def require_up(self) -> None:
        """The world's first process is what decides: nothing of a world outlives it."""
        if self._world is None or World.attach(self._folder.world) is None:
            raise TargetError(
                f"the world of {self._folder.root.name} is not running (any more)",
                f"Its log: {self._folder.world / 'logs' / 'world.log'}",
            )

    def collect(self, into: Path) -> None:
        """The logs of the world, its control planes and its instances."""
        if self._world is not None:
            self._world.collect(into)

    def keep(self) -> None:
        """The world lives on until `labs destroy`."""
        self._up.detach()

    def stop(self) -> None:
        """End the world."""
        with _targets_errors():
            if self._world is not None:
                self._world.stop()

    def kill(self) -> None:
        """End the world by its processes, however it is."""
        with _targets_errors():
            destroy(self._folder.world)

    def remains(self) -> list[str]:
        """A world that still runs."""
        left = World.attach(self._folder.world)
        return [f"the world in {self._folder.world} is still running"] if left else []

    @property
    def _up(self) -> World:
        if self._world is None:
            raise TargetError(f"the world of {self._folder.root.name} is not running", "Start it with: labs run")
        return self._world


def problems() -> list[tuple[str, str]]:
    """What keeps this machine from running a world: (what, remedy)."""
    return [(problem.what, problem.remedy) for problem in check_machine()]
