"""The AWS target: the cloud as the environment reaches it. Nothing is started, nothing is ended but by Terraform."""

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from eks_labs.checks.commands import UnknownVantage
from eks_labs.errors import TargetError
from eks_labs.run_folder import MARK, RunFolder
from eks_local.status import ClusterEndpoint


class AwsTarget:
    """AWS, with the credentials, region and endpoint of the environment."""

    name = "aws"

    def __init__(self, folder: RunFolder, region: str | None = None) -> None:
        self._folder = folder
        self.region = region or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"

    def start(self, on_progress: Callable[[str], None]) -> None:
        """Ask who we are: wrong or missing credentials should show before Terraform starts."""
        try:
            caller = self.client("sts").get_caller_identity()
        except Exception as error:
            raise TargetError(
                f"AWS does not accept the credentials of this environment: {error}",
                "Set AWS_PROFILE, or sign in with: aws sso login. Then try: aws sts get-caller-identity",
            ) from error
        on_progress(f"account {caller['Account']}, {caller['Arn']}")

    def environment(self) -> dict[str, str]:
        """The environment as it is, with the region named for clients that do not guess."""
        return {
            **os.environ,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            MARK: str(self._folder.root),
        }

    def proxy_from(self, vantage: str) -> str | None:
        """That of the environment, if there is one: from this machine alone."""
        _require_laptop(vantage)
        return os.environ.get("HTTPS_PROXY") or os.environ.get("https_proxy")

    def client(self, service: str) -> Any:
        """A client with the environment's credentials."""
        import boto3

        return boto3.session.Session(region_name=self.region).client(service)

    def cluster(self, name: str) -> ClusterEndpoint | None:
        """What DescribeCluster says."""
        eks = self.client("eks")
        try:
            found = eks.describe_cluster(name=name)["cluster"]
        except eks.exceptions.ResourceNotFoundException:
            return None
        if "endpoint" not in found:
            return None
        return ClusterEndpoint(found["name"], found["arn"], found["endpoint"], found["certificateAuthority"]["data"])

    def command(
        self,
        vantage: str,
        argv: Sequence[str],
        env: Mapping[str, str],
        cwd: Path | None,  # noqa: ARG002 - the shape
    ) -> tuple[list[str], dict[str, str]]:
        """The laptop is this machine."""
        _require_laptop(vantage)
        return list(argv), {**self.environment(), **env}

    def laptop_address(self, change: str | None = None) -> str | None:  # noqa: ARG002 - the shape
        """The laptop is this machine, and has the address that its network gives it."""
        return None

    def require_up(self) -> None:
        """AWS is taken to be up; its own errors say when it is not."""

    def collect(self, into: Path) -> None:
        """AWS keeps its logs."""

    def keep(self) -> None:
        """AWS needs nobody to live."""

    def stop(self) -> None:
        """AWS goes on."""

    def kill(self) -> None:
        """AWS cannot be ended: what Terraform has made stays, and `labs destroy` removes it."""

    def remains(self) -> list[str]:
        """Nothing of AWS is ours."""
        return []


def _require_laptop(vantage: str) -> None:
    if vantage != "laptop":
        raise UnknownVantage(f"{vantage!r} cannot be reached on AWS; only the laptop can")
