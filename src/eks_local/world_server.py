"""What the world server is made of: the AWS API, the reconcilers and the network's servers."""

import contextlib
import itertools
import logging
import shutil
import socket
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from eks_local import imds
from eks_local.aws import snapshot, views
from eks_local.aws.server import Account, ApiServer, Door
from eks_local.aws.snapshot import SnapshotError
from eks_local.aws.state import AwsState
from eks_local.changes import Changes, Loop, Reconciler
from eks_local.cluster.head_start import Begun
from eks_local.cluster.reconciler import ClusterReconciler
from eks_local.explaining import Explanations
from eks_local.laptop import Laptop
from eks_local.network import model
from eks_local.network.names import INTERNET, Names
from eks_local.network.proxy import Place, Proxy
from eks_local.network.reconciler import Plugged, VpcReconciler
from eks_local.node import NodeReconciler
from eks_local.paths import WorldPaths
from eks_local.readiness import Readiness
from eks_local.sandbox import control, memory
from eks_local.sandbox.errors import WorldError
from eks_local.saving import Saving
from eks_local.starting import Progress
from eks_local.status import ClusterEndpoint, ClusterStatus, Inside, InstanceStatus
from eks_local.vantage_points import VantagePoints

log = logging.getLogger(__name__)


class WorldServer:
    """Everything in the box, started in order; `owned` ends it in the opposite order."""

    def __init__(
        self,
        paths: WorldPaths,
        region: str,
        binaries: Path,
        begun: Mapping[str, Begun],
        stop: threading.Event,
        owned: contextlib.ExitStack,
    ) -> None:
        """`begun`: control planes that run already."""
        self._paths = paths
        self._binaries = binaries
        self._begun = begun
        self._stop = stop
        self._owned = owned
        self._changes = Changes()
        self._account = Account(region=region)
        self._aws = AwsState(self._account.number, region)
        self._api: ApiServer | None = None
        self._loops: list[tuple[Reconciler, Loop]] = []

    def start(
        self, api: socket.socket, proxy: socket.socket, answers: socket.socket, progress: Progress
    ) -> tuple[str, str]:
        """Start everything; returns the learner's access key and secret."""
        progress.doing("starting the network")
        names = Names(self._account.region)
        network = VpcReconciler(self._aws, names, self._serve_metadata, self._open_door, self._changes.notify)
        laptop = Laptop(self._paths, self._aws, network)
        network.prepare()
        self._end_later("network", network.stop)
        laptop.open()
        self._end_later("laptop", laptop.close)
        progress.doing("starting the AWS API")
        calls = self._start_api(api).gate
        self._follow(network)
        clusters, nodes = self._start_clusters(network)
        vantage_points = VantagePoints(self._aws, laptop.enter, nodes.vantage)
        entrance = Proxy(
            proxy,
            Place(model.LAPTOP, names.seen_from(INTERNET)),
            find=lambda where: vantage_points.place(where, network, names),
        )
        entrance.start()
        self._end_later("proxy", entrance.stop)
        answering = control.ControlServer(
            answers,
            {
                "status": self._status,
                "cluster": self._cluster,
                "stop": self._end,
                "vantage": vantage_points.answer,
                "laptop": laptop.answer,
                "explain": Explanations(self._aws, network, names).answer,
                "missing": Readiness(self._aws, clusters, nodes).answer,
                "save": Saving(self._paths, self._account.region, calls, clusters).answer,
            },
        )
        answering.start()
        self._end_later("control socket", answering.stop)
        return self._account.learner.access_key, self._account.learner.secret

    def _start_api(self, api: socket.socket) -> ApiServer:
        saved = self._paths.aws_state
        where = itertools.product(model.API_ADDRESSES, model.API_PORTS)
        inside = [self._owned.enter_context(socket.create_server(each, backlog=256)) for each in where]
        try:
            server = ApiServer(
                self._changes, [api, *inside], account=self._account, saved=saved if saved.exists() else None
            )
        except SnapshotError as error:
            raise WorldError(str(error), f"Start afresh: eks-local down --remove --state {self._paths.root}") from error
        if saved.exists():
            # From here on it is out of date: a world that is killed must not be taken for the one saved before.
            saved.unlink()
        else:
            for left in (self._paths.clusters, self._paths.instances):
                shutil.rmtree(left, ignore_errors=True)
        server.start()
        self._api = server
        self._end_later("AWS API", lambda: self._end_api(server))
        return server

    def _end_api(self, server: ApiServer) -> None:
        server.close()
        try:
            snapshot.save(self._paths.aws_state)
        except Exception:
            # A world must end, even where it cannot write.
            log.exception("the state of the AWS API could not be saved")

    def _start_clusters(self, network: VpcReconciler) -> tuple[ClusterReconciler, NodeReconciler]:
        clusters = ClusterReconciler(self._paths, self._changes, network, self._aws, self._binaries, self._begun)
        self._end_later("clusters", clusters.stop)
        self._follow(clusters)
        nodes = NodeReconciler(
            self._paths, self._changes, network, self._aws, self._binaries, f"http://{model.SERVICES}"
        )
        self._end_later("nodes", nodes.stop)
        self._follow(nodes)
        return clusters, nodes

    def _follow(self, reconciler: Reconciler) -> None:
        loop = Loop(reconciler, self._changes)
        loop.start()
        self._end_later(f"following {reconciler.name}", loop.stop)
        self._loops.append((reconciler, loop))

    def _end_later(self, what: str, end: Callable[[], None]) -> None:
        """Have `end` called when the world ends; its trouble must not keep the rest from ending."""

        def run() -> None:
            started = time.monotonic()
            try:
                end()
            except Exception:
                log.exception("%s did not end as it should", what)
            log.info("ended: %s (%.1f s)", what, time.monotonic() - started)

        self._owned.callback(run)

    def _open_door(self, listener: socket.socket) -> Door:
        """A VPC endpoint is one more way into the AWS API."""
        if self._api is None:
            raise RuntimeError("endpoints are observed before the AWS API is there")
        return self._api.serve(listener)

    def _serve_metadata(self, listener: socket.socket, instance: str, plugged: Plugged) -> imds.Server:
        return imds.serve(listener, instance, state=self._aws, plugged=plugged)

    def _status(self, _: Mapping[str, Any]) -> Any:
        return Inside(
            clusters=tuple(ClusterStatus(c.name, c.status, c.version) for c in self._aws.clusters()),
            instances=tuple(map(_instance, self._aws.instances())),
            errors={reconciler.name: loop.last_error for reconciler, loop in self._loops if loop.last_error},
            memory=memory.proportional_set_size(),
        ).to_json()

    def _cluster(self, asked: Mapping[str, Any]) -> Any:
        found = self._aws.cluster(str(asked["name"]))
        if found is None or found.endpoint is None:
            return None
        return asdict(ClusterEndpoint(found.name, found.arn, found.endpoint, found.certificate_authority["data"] or ""))

    def _end(self, _: Mapping[str, Any]) -> Any:
        self._stop.set()
        return {}


def _instance(instance: views.Instance) -> InstanceStatus:
    node = instance.private_dns_name if "eks:nodegroup-name" in instance.tags else ""
    name = instance.tags.get("Name", "")
    return InstanceStatus(instance.id, name, instance.type, instance.state, instance.private_ip or "", node)
