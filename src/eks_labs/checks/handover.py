"""What the runner hands to the process that runs the checks: one JSON file, named by an environment variable."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

VARIABLE = "EKS_LABS_HANDOVER"
"""Environment variable with the path of the file."""

EVENTS = "EKS_LABS_EVENTS"
"""Environment variable with the descriptor that events are written to, one JSON object a line."""


@dataclass(frozen=True)
class Handover:
    """A deployed lab, as checks need to know it."""

    lab: str
    target: str
    region: str
    workspace: str
    """Folder with the deployed Terraform and manifests; commands run there."""
    state_dir: str
    """The run's folder."""
    observe_from: str
    """The vantage point that the checks look from, at the lab's cluster."""
    outputs: Mapping[str, Any]
    """Terraform outputs: name → value."""
    environment: Mapping[str, str]
    """What the laptop's shell has on top of its vantage point's environment."""
    scenarios: tuple[str, ...]
    """Names of the scenarios to run, in the order to run them in."""
    patience: float | None = None
    """Seconds of the longest wait for a state; None: as long as each step allows."""
    only_looks: bool = False
    """Whether steps that do something, When steps, are refused."""

    def save(self, path: Path) -> None:
        """Write the file; readable for the user alone, since `environment` may name credentials."""
        path.touch(mode=0o600)
        path.write_text(json.dumps(asdict(self), indent=2))

    @classmethod
    def load(cls, path: Path) -> "Handover":
        """The inverse of `save`."""
        fields = json.loads(path.read_text())
        return cls(**{**fields, "scenarios": tuple(fields["scenarios"])})
