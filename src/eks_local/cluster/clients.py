"""Kubernetes clients of the world's own parts, which dial the API server inside its network namespace."""

import socket
import ssl
from functools import partial

from eks_local.cluster.arguments import SECURE_PORT
from eks_local.cluster.pki import ClusterPKI
from eks_local.kube_client import KubeClient, client_context
from eks_local.sandbox import netns


def client(pki: ClusterPKI, namespace: str, identity: str) -> KubeClient:
    """A client that is `identity` (one of `pki.CLIENTS`), for the API server in the network namespace `namespace`.

    Dialled from inside: no CIDR list of a public endpoint and no security group is in between.
    """
    context: ssl.SSLContext = client_context(pki.cert("ca"), pki.cert(identity), pki.key(identity))
    return KubeClient(partial(_dial, namespace), context, server_name="127.0.0.1", agent=identity)


def _dial(namespace: str, timeout: float) -> socket.socket:
    return netns.run_in(namespace, lambda: socket.create_connection(("127.0.0.1", SECURE_PORT), timeout))
