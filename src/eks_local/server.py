"""The world server: the one process in the box that holds the AWS API, the reconcilers and the network's servers."""

import argparse
import contextlib
import gc
import logging
import os
import signal
import socket
import sys
import threading
from pathlib import Path

from eks_local.cluster import head_start
from eks_local.paths import WorldPaths
from eks_local.starting import Progress

log = logging.getLogger(__name__)


def main() -> None:
    """Run as `python -m eks_local.server …` by the box's first process."""
    # What is imported, moto's megabytes of tables among it, stays for ever: looking through it again and again for
    # garbage is a fifth of the time that it takes. The AWS API turns the collector on when it serves.
    gc.disable()
    parser = argparse.ArgumentParser()
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--region", required=True)
    for fd in ("--api", "--proxy", "--control", "--ready"):
        parser.add_argument(fd, type=int, required=True)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    passed = [arguments.api, arguments.proxy, arguments.control, arguments.ready]
    for fd in passed:
        os.set_inheritable(fd, False)
    api, proxy, answers = (socket.socket(fileno=fd) for fd in passed[:3])
    progress = Progress(arguments.ready)
    paths, binaries = WorldPaths(arguments.state), Path(os.environ["EKS_LABS_NODE_BIN"])
    with contextlib.ExitStack() as owned:
        try:
            begun = head_start.begin(paths, binaries, owned)
            # Only now, since it takes long, and moto reads its files and botocore's while it is imported.
            from eks_local.aws import botocore_files, offerings

            botocore_files.read_once()
            botocore_files.share_session()
            botocore_files.find_regions_by_name()
            offerings.read_only(arguments.region)
            from eks_local.world_server import WorldServer

            server = WorldServer(paths, arguments.region, binaries, begun, stop, owned)
            key, secret = server.start(api, proxy, answers, progress)
        except Exception as error:
            log.exception("the world did not start")
            progress.failed(error)
            sys.exit(1)
        progress.ready(key, secret)
        stop.wait()
        log.info("stopping")


if __name__ == "__main__":
    main()
