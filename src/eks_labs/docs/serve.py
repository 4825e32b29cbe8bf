"""Looking at the site on this machine."""

import tempfile
from collections.abc import Callable
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from eks_labs.docs.build import build
from eks_labs.docs.errors import DocsError


class _Quiet(SimpleHTTPRequestHandler):
    """Files of a folder, without a line on the terminal for each."""

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def server_of(folder: Path, host: str = "127.0.0.1", port: int = 0) -> ThreadingHTTPServer:
    """A server of a folder's files that listens, not yet answering. Port 0 takes a free one. Raises `DocsError`."""
    try:
        return ThreadingHTTPServer((host, port), partial(_Quiet, directory=str(folder)))
    except (OSError, OverflowError) as error:
        raise DocsError(f"cannot listen on {host}:{port}: {error}", "Choose another with --port.") from error


def serve(root: Path, host: str = "127.0.0.1", port: int = 0, on_ready: Callable[[str], None] = lambda _: None) -> None:
    """Build the site of the course at `root` and serve it until interrupted.

    `port` 0 takes a free one; `on_ready` is given the URL. Raises `DocsError`.
    """
    with (
        tempfile.TemporaryDirectory(prefix="eks-labs-site-") as folder,
        server_of(Path(folder), host, port) as server,
    ):
        build(root, Path(folder))
        on_ready(f"http://{host}:{server.server_port}/")
        server.serve_forever()
