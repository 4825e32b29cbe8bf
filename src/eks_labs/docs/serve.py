"""Looking at the site on this machine."""

import tempfile
from collections.abc import Callable
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from eks_labs.docs.build import build


class _Quiet(SimpleHTTPRequestHandler):
    """Files of a folder, without a line on the terminal for each."""

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def serve(root: Path, host: str = "127.0.0.1", port: int = 0, on_ready: Callable[[str], None] = lambda _: None) -> None:
    """Build the site of the course at `root` and serve it until interrupted.

    `port` 0 takes a free one; `on_ready` is given the URL. Raises `DocsError`, and `OSError` when the port is in use.
    """
    with (
        tempfile.TemporaryDirectory(prefix="eks-labs-site-") as folder,
        ThreadingHTTPServer((host, port), partial(_Quiet, directory=folder)) as server,
    ):
        build(root, Path(folder))
        on_ready(f"http://{host}:{server.server_port}/")
        server.serve_forever()
