"""`run.json`: what is up in a run's folder, for `labs status`, `shell` and `destroy`."""

import json
from dataclasses import asdict, dataclass

from eks_labs.run_folder import RunFolder


@dataclass(frozen=True)
class Running:
    """A lab that is deployed, or being deployed."""

    lab: str
    target: str
    region: str
    started: float
    """Seconds since the epoch."""
    cluster: str | None = None
    kept: bool = False
    """Left up on purpose, by `--keep` or `labs start`."""
    workspace: str = ""
    """The learner's own folder, when the lab was started for one. The run's own otherwise."""
    stopped: bool = False
    """Its world was stopped, and can be resumed."""

    def save(self, folder: RunFolder) -> None:
        """Write `run.json`."""
        folder.run.write_text(json.dumps(asdict(self), indent=2))

    @classmethod
    def load(cls, folder: RunFolder) -> "Running | None":
        """What `run.json` says; None when nothing is up."""
        try:
            return cls(**json.loads(folder.run.read_text()))
        except FileNotFoundError:
            return None
        except (ValueError, TypeError):
            # Half a file: the disk was full, or the process killed as it wrote. Something may be up.
            return cls(folder.root.name, "local", "us-east-1", folder.run.stat().st_mtime)
