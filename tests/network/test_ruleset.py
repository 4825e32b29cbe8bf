"""The rules as text, and as nft itself reads them."""

import subprocess
from ipaddress import IPv4Address, IPv4Network

import pytest

from eks_local.network import model, ruleset
from eks_local.network.endpoints import EndpointAddresses
from eks_local.network.model import ENDPOINTS
from eks_local.sandbox import machine

SUBNET = IPv4Network("10.0.1.0/24")


def vpc(count: int, *, gateway: str | None = "igw-1") -> model.Vpc:
    return model.Vpc(
        "vpc-0123456789abcdef0",
        (IPv4Network("10.0.0.0/16"),),
        internet_gateway=gateway,
        interfaces=tuple(
            model.Interface(
                f"eni-{n:017x}",
                f"02:00:00:00:{n >> 8:02x}:{n & 255:02x}",
                f"i-{n}",
                "eth0",
                SUBNET,
                IPv4Address("10.0.0.10") + n,
                secondary=(IPv4Network((int(IPv4Address("10.0.128.0")) + 16 * n, 28)),),
                public=IPv4Address("54.0.0.0") + n,
                boots=True,
            )
            for n in range(count)
        ),
        nat_gateways=(model.NatGateway("nat-1", IPv4Address("54.9.9.9")),),
    )


def test_public_addresses_are_translated_both_ways_only_with_an_internet_gateway():
    assert "elements = { 54.0.0.0 : 10.0.0.10 }" in ruleset.of_vpc(vpc(1), {})
    assert "54.0.0.0" not in ruleset.of_vpc(vpc(1, gateway=None), {})


def test_metadata_goes_to_the_instances_own_listener():
    assert '"eni-00000000000" : 8000' in ruleset.of_vpc(vpc(1), {"i-0": 8000})


def test_overlapping_public_access_cidrs_are_merged():
    cidrs = tuple(IPv4Network(cidr) for cidr in ("10.0.0.0/8", "10.1.0.0/16", "1.2.3.4/32"))
    plane = model.ControlPlane("c", "eks-c", IPv4Address("198.51.100.1"), "h", "v", public_cidrs=cidrs)
    assert "elements = { 1.2.3.4/32, 10.0.0.0/8 }" in ruleset.of_control_plane(plane)


@pytest.mark.world
@pytest.mark.parametrize("count", [0, 1, 200])
def test_nft_takes_the_rules_twice_in_a_namespace_of_ours(count):
    plane = model.ControlPlane("c", "eks-c", IPv4Address("198.51.100.1"), "h", "v")
    rules = ruleset.of_vpc(vpc(count), {f"i-{n}": 8000 + n for n in range(count)}) + ruleset.of_control_plane(plane)
    done = subprocess.run(
        [*machine.namespaces(), "nft", "-f", "-"],
        input=rules + rules,
        capture_output=True,
        text=True,
        env={"PATH": machine.SEARCH},
    )
    assert done.returncode == 0, done.stderr


def test_endpoint_addresses_stay_with_their_cluster_and_come_back_when_it_goes():
    addresses = EndpointAddresses()
    first = addresses.of(["a", "b"])
    assert len(set(first.values())) == 2
    assert all(address in ENDPOINTS for address in first.values())
    second = addresses.of(["b", "c"])
    assert second["b"] == first["b"]
    assert second["c"] == first["a"]
