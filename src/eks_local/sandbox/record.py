"""What the host remembers of a running world, in its state folder."""

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from eks_local.sandbox.identity import Box, ProcessId

_FORMAT = 1


@dataclass(frozen=True)
class Record:
    """One run of a world."""

    box: Box
    region: str
    api_port: int
    proxy_port: int
    started: float
    """Seconds since the epoch."""
    credentials: tuple[str, str] | None = None
    """Access key id and secret of the learner's administrator; None while the world starts."""

    def with_credentials(self, key: str, secret: str) -> "Record":
        """The record of the world once it answers."""
        return replace(self, credentials=(key, secret))

    def save(self, path: Path) -> None:
        """Write atomically, readable for the owner alone. Raises OSError."""
        draft = path.with_name(path.name + ".new")
        draft.touch(mode=0o600)
        draft.write_text(json.dumps({"format": _FORMAT, **asdict(self)}, indent=1))
        draft.replace(path)


def load(path: Path) -> Record | None:
    """The record at `path`; None when there is none, or none of this format."""
    try:
        fields = json.loads(path.read_text())
        if fields.pop("format") != _FORMAT:
            return None
        box = fields.pop("box")
        credentials = fields.pop("credentials")
        return Record(
            box=Box(ProcessId(**box["launcher"]), ProcessId(**box["init"])),
            credentials=None if credentials is None else (credentials[0], credentials[1]),
            **fields,
        )
    except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError):
        return None
