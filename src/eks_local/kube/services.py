"""Addresses that Kubernetes and EKS give to a cluster's own services."""

import ipaddress


def api_address(service_cidr: str) -> str:
    """The service `kubernetes`: the first of the service range."""
    return str(ipaddress.ip_network(service_cidr)[1])


def cluster_dns(service_cidr: str) -> str:
    """The service `kube-dns`: the tenth of the service range, as on EKS."""
    return str(ipaddress.ip_network(service_cidr)[10])
