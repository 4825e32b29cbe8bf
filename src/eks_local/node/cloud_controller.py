"""What AWS's cloud controller manager does with Nodes: what EC2 knows of them, and their end with their instance.

`modelled`: the upstream controller is not run; the same fields are set from the same facts.
"""

from collections.abc import Mapping

from eks_local.aws.views import Instance
from eks_local.kube import NODES, KubeClient, Object
from eks_local.kube.client import STRATEGIC
from eks_local.node.watch import instance_id

_UNINITIALIZED = "node.cloudprovider.kubernetes.io/uninitialized"
_GONE = ("terminated", "shutting-down")


def follow(client: KubeClient, nodes: Mapping[str, Object], instances: Mapping[str, Instance]) -> None:
    """Initialize Nodes that are new, delete those whose instance is gone."""
    for name, node in nodes.items():
        identity = instance_id(node)
        instance = instances.get(identity)
        if identity and (instance is None or instance.state in _GONE):
            client.delete(f"{NODES}/{name}")
        elif instance and (_tainted(node) or _addresses_differ(node, instance)):
            _initialize(client, node, instance)


def addresses(instance: Instance) -> list[dict[str, str]]:
    """A Node's addresses, in the order the AWS cloud provider gives them."""
    listed = [("InternalIP", instance.private_ip)]
    if instance.public_ip:
        listed.append(("ExternalIP", instance.public_ip))
    listed += [("InternalDNS", instance.private_dns_name), ("Hostname", instance.private_dns_name)]
    if instance.public_ip and instance.public_dns_name:
        listed.append(("ExternalDNS", instance.public_dns_name))
    return [{"type": kind, "address": address} for kind, address in listed]


def _initialize(client: KubeClient, node: Object, instance: Instance) -> None:
    path = f"{NODES}/{node['metadata']['name']}"
    status = {"status": {"addresses": [{"$patch": "replace"}, *addresses(instance)]}}
    current = client.patch(f"{path}/status", status, STRATEGIC)
    if _tainted(current):
        kept = [taint for taint in current["spec"].get("taints") or () if taint["key"] != _UNINITIALIZED]
        # Taints are one list: the version makes sure that nobody's change of it is lost.
        metadata = {"resourceVersion": current["metadata"]["resourceVersion"]}
        client.patch(path, {"spec": {"taints": kept or None}, "metadata": metadata})


def _tainted(node: Object) -> bool:
    return any(taint["key"] == _UNINITIALIZED for taint in node["spec"].get("taints") or ())


def _addresses_differ(node: Object, instance: Instance) -> bool:
    """Only where the cloud controller is in charge of them: a kubelet on its own would set them back."""
    present = node["status"].get("addresses") or []
    managed = any(address["type"] == "InternalDNS" for address in present)
    return managed and present != addresses(instance)
