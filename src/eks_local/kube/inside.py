"""Clients of the world's own parts, which dial an API server inside its network namespace."""

import socket
from functools import partial
from pathlib import Path

from eks_local.kube.client import KubeClient, client_context
from eks_local.sandbox import netns

#: Where the API server serves, in the control plane's network namespace.
SECURE_PORT = 443


def client_inside(namespace: str, certificates: Path, identity: str) -> KubeClient:
    """A client that is `identity`, for the API server in the network namespace `namespace`.

    `certificates` is the folder of the cluster's certificates; `identity` names one there. Dialled from inside: no
    CIDR list of a public endpoint and no security group is in between.
    """
    context = client_context(
        certificates / "ca.crt", certificates / f"{identity}.crt", certificates / f"{identity}.key"
    )
    return KubeClient(partial(_dial, namespace), context, server_name="127.0.0.1", agent=identity)


def _dial(namespace: str, timeout: float) -> socket.socket:
    return netns.run_in(namespace, lambda: socket.create_connection(("127.0.0.1", SECURE_PORT), timeout))
