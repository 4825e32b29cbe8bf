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

from eks_local.cluster import configuration, control_plane
from eks_local.cluster.arguments import Files, OidcProvider, Settings
from eks_local.cluster.control_plane import ControlPlane
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
        """Note it for the next life of the world, which does without half a note."""
        files.start.write_text(json.dumps(asdict(self)))


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
    if not (paths.aws_state.exists() and paths.clusters.is_dir()):
        return begun  # without the AWS API's state the world begins with nothing
    for folder in paths.clusters.iterdir():
        cluster, files = folder.name, Files(folder)
        start = read(files)
        if start is None:
            continue
        plane = control_plane.of_cluster(cluster, files, binaries)
        owned.callback(plane.stop)
        try:
            _run(cluster, plane, start)
        except Exception:
            # Its keeper starts another one, which would find this one's etcd in its way.
            plane.stop()
            log.exception("the control plane of %s has no head start", cluster)
        else:
            begun[cluster] = Begun(plane, start)
    return begun


def undo(cluster: str, begun: Begun) -> None:
    """End a control plane that has no cluster (any more), and its place."""
    begun.plane.stop()
    netns.delete(control_plane_netns(cluster))


def _run(cluster: str, plane: ControlPlane, start: Start) -> None:
    place = control_plane_netns(cluster)
    configuration.write(plane.files, start.names)
    netns.create(place)
    netns.ip(["link set lo up"], place)
    plane.run(start.settings)


def _settings(noted: Mapping[str, Any]) -> Settings:
    provider = noted["oidc"]
    if provider is not None:
        claims = tuple((str(name), str(value)) for name, value in provider["required_claims"])
        provider = OidcProvider(**{**provider, "required_claims": claims})
    return Settings(**{**noted, "oidc": provider})
