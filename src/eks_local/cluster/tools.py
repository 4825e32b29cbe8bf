"""What the loops of all clusters share, and what they are told by the network side."""

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Protocol

from eks_local.aws.state import AwsState
from eks_local.changes import Changes
from eks_local.cluster.arguments import Files
from eks_local.paths import WorldPaths


class ControlPlaneNetwork(Protocol):
    """Where a control plane runs."""

    @property
    def netns(self) -> str:
        """Name of its network namespace."""

    @property
    def public_address(self) -> str:
        """Address of the public endpoint."""

    @property
    def private_addresses(self) -> Sequence[str]:
        """Addresses of the interfaces in the VPC; empty until they are there."""


class Network(Protocol):
    """What the network side of the world tells about control planes."""

    def control_plane(self, cluster: str) -> ControlPlaneNetwork | None:
        """The place of the cluster's control plane, None until it is there."""


@dataclass(frozen=True)
class Tools:
    """What every cluster's loops share."""

    paths: WorldPaths
    changes: Changes
    network: Network
    aws: AwsState
    binaries: Path

    def files(self, cluster: str) -> Files:
        """Where a cluster's control plane keeps its files."""
        return Files(self.paths.cluster(cluster))

    @cached_property
    def kubernetes(self) -> str:
        """Minor version of the programs: "1.35". Raises RuntimeError when they do not say."""
        argv = [str(self.binaries / "eks-node"), "kube-apiserver", "--version"]
        said = subprocess.run(argv, capture_output=True, text=True, timeout=60)
        _, _, version = said.stdout.strip().partition(" v")
        if said.returncode or version.count(".") < 2:
            raise RuntimeError(f"{' '.join(argv)} does not tell its version: {said.stdout}{said.stderr}")
        return ".".join(version.split(".")[:2])
