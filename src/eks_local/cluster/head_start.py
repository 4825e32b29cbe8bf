"""etcd and the API server of clusters that were there before begin first of all when a world starts.

They take as long as the AWS API, whose server is busy on one core until it has imported what it needs. All they need
of it is how they were started last, which stands beside the cluster's data. When it has become otherwise since, or the
cluster is gone, that is put right as soon as the AWS API is there: by its keeper, which goes on from here.
"""

import contextlib
import json
import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from eks_local.cluster import configuration
from eks_local.cluster.arguments import Files, OidcProvider, Settings
from eks_local.cluster.control_plane import ControlPlane, program
from eks_local.cluster.pki import Names
from eks_local.network.model import control_plane_netns
from eks_local.paths import WorldPaths
from eks_local.sandbox import netns

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Start:
    """How a control plane is started."""

    names: Names
    settings: Settings

    def write(self, files: Files) -> None:
        """Note it for the next life of the world."""
        draft = files.start.with_suffix(".draft")
        draft.write_text(json.dumps(asdict(self)))
        draft.rename(files.start)


@dataclass(frozen=True)
class Begun:
    """A control plane that runs, and how it was started."""

    plane: ControlPlane
    start: Start


def read(files: Files) -> Start | None:
    """How the control plane was started last; None when nothing is known of it."""
    try:
        noted = json.loads(files.start.read_text())
        names = Names(*(tuple(map(str, noted["names"][kind])) for kind in ("dns", "addresses")))
        return Start(names, _settings(noted["settings"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def begin(paths: WorldPaths, binaries: Path, owned: contextlib.ExitStack) -> Mapping[str, Begun]:
    """Start what can be, by the name of the cluster; `owned` ends it. One that fails is its keeper's to start."""
    begun: dict[str, Begun] = {}
    # Without the AWS API's state the world begins with nothing.
    for folder in sorted(paths.clusters.iterdir()) if paths.aws_state.exists() and paths.clusters.is_dir() else ():
        files = Files(folder)
        start = read(files)
        if start is None:
            continue
        plane = ControlPlane(files, program(folder.name, binaries, control_plane_netns(folder.name)))
        owned.callback(plane.stop)
        try:
            configuration.write(files, start.names)
            netns.create(control_plane_netns(folder.name))
            netns.ip(["link set lo up"], control_plane_netns(folder.name))
            plane.run(start.settings)
        except (OSError, RuntimeError):
            log.exception("the control plane of %s has no head start", folder.name)
        else:
            begun[folder.name] = Begun(plane, start)
    return begun


def _settings(noted: Mapping[str, Any]) -> Settings:
    provider = noted["oidc"]
    if provider is not None:
        claims = tuple((str(name), str(value)) for name, value in provider["required_claims"])
        provider = OidcProvider(**{**provider, "required_claims": claims})
    return Settings(**{**noted, "oidc": provider})
