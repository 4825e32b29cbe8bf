"""Where a world keeps its files: one folder, and nothing outside of it."""

from dataclasses import dataclass
from pathlib import Path

INSTANCE_PROGRAMS = "/opt/aws/bin"
"""Folder inside of every instance, first in PATH, with the programs that an Amazon Linux image brings."""


@dataclass(frozen=True)
class WorldPaths:
    """The layout of one world's state folder."""

    root: Path

    @property
    def logs(self) -> Path:
        """Logs of the world's own processes, one file each."""
        return self.root / "logs"

    @property
    def control_socket(self) -> Path:
        """Unix socket on which the running world answers `eks_local.World`."""
        return self.root / "control"

    @property
    def record(self) -> Path:
        """JSON: what the host must know of a running world (see `eks_local.world`)."""
        return self.root / "world.json"

    @property
    def lock(self) -> Path:
        """Held (flock) by whoever starts or ends the world."""
        return self.root / "lock"

    @property
    def aws_state(self) -> Path:
        """Pickled state of the AWS API."""
        return self.root / "aws.pickle"

    @property
    def laptop(self) -> Path:
        """Public address of the laptop, when it is not the usual one."""
        return self.root / "laptop"

    @property
    def saving(self) -> Path:
        """A snapshot on its way out, until the host takes it."""
        return self.root / "saving"

    @property
    def clusters(self) -> Path:
        """A folder for each EKS cluster."""
        return self.root / "clusters"

    @property
    def instances(self) -> Path:
        """A folder for each EC2 instance."""
        return self.root / "instances"

    def cluster(self, name: str) -> Path:
        """Certificates, etcd data and logs of one EKS cluster's control plane."""
        return self.clusters / name

    def instance(self, instance_id: str) -> Path:
        """Root file system, kubelet state and logs of one EC2 instance."""
        return self.instances / instance_id
