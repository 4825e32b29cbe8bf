"""Public addresses of EKS endpoints: handed out once, kept as long as the cluster is there."""

from collections.abc import Collection
from ipaddress import IPv4Address

from eks_local.network.model import ENDPOINTS


class Exhausted(RuntimeError):
    """There are more clusters than addresses for their endpoints."""


class EndpointAddresses:
    """Which cluster (by its unique id) has which address."""

    def __init__(self) -> None:
        self._given: dict[str, IPv4Address] = {}

    def of(self, clusters: Collection[str]) -> dict[str, IPv4Address]:
        """An address for each of `clusters`; those of clusters that are gone are free again."""
        self._given = {cluster: address for cluster, address in self._given.items() if cluster in clusters}
        for cluster in clusters:
            if cluster not in self._given:
                self._given[cluster] = self._free()
        return dict(self._given)

    def _free(self) -> IPv4Address:
        taken = set(self._given.values())
        for address in ENDPOINTS.hosts():
            if address not in taken:
                return address
        raise Exhausted(f"all addresses of {ENDPOINTS} are taken by EKS endpoints")
