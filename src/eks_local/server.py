"""The world server: the one process inside the box that holds the AWS API, the reconcilers and the network's servers."""

import argparse
import contextlib
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from eks_local.changes import Changes
from eks_local.paths import WorldPaths
from eks_local.sandbox import control
from eks_local.starting import Progress
from eks_local.status import Inside

log = logging.getLogger(__name__)


def main() -> None:
    """Run as `python -m eks_local.server …` by the box's first process."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--region", required=True)
    for fd in ("--api", "--proxy", "--control", "--ready"):
        parser.add_argument(fd, type=int, required=True)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    os.set_inheritable(arguments.ready, False)
    progress = Progress(arguments.ready)
    with contextlib.ExitStack() as owned:
        try:
            server = WorldServer(WorldPaths(arguments.state), arguments.region, stop, owned)
            key, secret = server.start(
                api=socket.socket(fileno=arguments.api),
                proxy=socket.socket(fileno=arguments.proxy),
                answers=socket.socket(fileno=arguments.control),
                progress=progress,
            )
        except Exception as error:
            log.exception("the world did not start")
            progress.failed(error)
            sys.exit(1)
        progress.ready(key, secret)
        stop.wait()
        log.info("stopping")


class WorldServer:
    """Everything in the box, started in order; `owned` ends it in the opposite order."""

    def __init__(self, paths: WorldPaths, region: str, stop: threading.Event, owned: contextlib.ExitStack) -> None:
        self._paths = paths
        self._region = region
        self._stop = stop
        self._owned = owned
        self._changes = Changes()

    def start(
        self, *, api: socket.socket, proxy: socket.socket, answers: socket.socket, progress: Progress
    ) -> tuple[str, str]:
        """Start everything; returns the learner's access key and secret."""
        answering = control.ControlServer(
            answers, {"status": self._status, "stop": self._end, "vantage": self._vantage}
        )
        answering.start()
        self._owned.callback(answering.stop)
        return "test", "test"

    def _status(self, _: Mapping[str, Any]) -> Any:
        return Inside(clusters=(), instances=(), errors={}, memory=0).to_json()

    def _end(self, _: Mapping[str, Any]) -> Any:
        self._stop.set()
        return {}

    def _vantage(self, arguments: Mapping[str, Any]) -> Any:
        raise control.Refused(f"there is no vantage point “{arguments.get('where')}”")


if __name__ == "__main__":
    main()
