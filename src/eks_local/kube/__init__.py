"""Kubernetes as the world's own parts see it: a small client, and the addresses of a cluster's own services.

Knows Kubernetes' API and where a cluster's certificates are. Knows nothing of AWS.
"""

from eks_local.kube.client import KubeClient, KubeError, Object
from eks_local.kube.inside import client_inside
from eks_local.kube.nodes import NODES, ready
from eks_local.kube.services import api_address, cluster_dns

__all__ = ["NODES", "KubeClient", "KubeError", "Object", "api_address", "client_inside", "cluster_dns", "ready"]
