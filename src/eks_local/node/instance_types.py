"""What nodeadm computes from an instance type: how many Pods, what is kept back for the system.

Source: awslabs/amazon-eks-ami, nodeadm/internal/kubelet (config.go, eni_max_pods.go).
"""

from dataclasses import dataclass

from moto.ec2.models.instance_types import INSTANCE_TYPES

_MIB = 1 << 20
#: Kubelet's own default, which nodeadm falls back on for a type nobody knows.
DEFAULT_MAX_PODS = 110
# What the kernel and the firmware keep of an instance's memory, seen from its Node: 7 % on small types.
_VISIBLE_MEMORY = 0.93
#: Managed node groups never let more Pods on a node (User Guide, "Choose an optimal EC2 node instance type").
_MANAGED_LIMIT, _MANAGED_LIMIT_LARGE, _LARGE_VCPUS = 110, 250, 30


@dataclass(frozen=True)
class InstanceType:
    """The part of EC2's DescribeInstanceTypes that a node needs."""

    name: str
    vcpus: int
    memory_mib: int
    interfaces: int
    addresses_per_interface: int
    architecture: str

    @property
    def max_pods(self) -> int:
        """Pods with one secondary address each, and two that use the node's own (aws-node, kube-proxy)."""
        return self.interfaces * (self.addresses_per_interface - 1) + 2

    @property
    def managed_limit(self) -> int:
        """The most Pods a managed node group allows on this type."""
        return _MANAGED_LIMIT if self.vcpus < _LARGE_VCPUS else _MANAGED_LIMIT_LARGE

    @property
    def memory_bytes(self) -> int:
        """Memory as the operating system sees it."""
        return int(self.memory_mib * _VISIBLE_MEMORY) * _MIB

    def kube_reserved(self) -> dict[str, str]:
        """What nodeadm reserves. Of the type's own max-pods, whatever the node was told to allow."""
        return {
            "cpu": f"{_reserved_millicores(self.vcpus)}m",
            "ephemeral-storage": "1Gi",
            "memory": f"{11 * self.max_pods + 255}Mi",
        }


def instance_type(name: str) -> InstanceType | None:
    """The type of that name; None when EC2 has none."""
    found = INSTANCE_TYPES.get(name)
    if found is None:
        return None
    network = found["NetworkInfo"]
    cards = network.get("NetworkCards") or [{"MaximumNetworkInterfaces": network["MaximumNetworkInterfaces"]}]
    default = network.get("DefaultNetworkCardIndex", 0)
    return InstanceType(
        name=name,
        vcpus=int(found["VCpuInfo"]["DefaultVCpus"]),
        memory_mib=int(found["MemoryInfo"]["SizeInMiB"]),
        # The VPC CNI uses the interfaces of the default network card alone.
        interfaces=int(cards[default]["MaximumNetworkInterfaces"]),
        addresses_per_interface=int(network["Ipv4AddressesPerInterface"]),
        architecture="arm64" if "arm64" in found["ProcessorInfo"]["SupportedArchitectures"] else "amd64",
    )


def _reserved_millicores(vcpus: int) -> int:
    """6 % of the first core, 1 % of the second, 0.5 % of the next two, 0.25 % of all above four."""
    bands = ((1, 60.0), (1, 10.0), (2, 5.0), (max(vcpus, 0), 2.5))
    left, reserved = vcpus, 0.0
    for cores, each in bands:
        taken = min(left, cores)
        reserved += taken * each
        left -= taken
    return int(reserved)
