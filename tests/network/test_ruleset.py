"""The rules as text, and as nft itself reads them."""

import subprocess
from ipaddress import IPv4Address, IPv4Network

import pytest

from eks_local.network import model, ruleset
from eks_local.network.endpoints import EndpointAddresses
from eks_local.network.model import ENDPOINTS
from eks_local.network.tables import Table, replacing
from eks_local.sandbox import machine

SUBNET = IPv4Network("10.0.1.0/24")
GROUP = model.SecurityGroup(
    "sg-0123456789abcdef0",
    ingress=(
        model.Rule("sgr-1", "tcp", (80, 90), (IPv4Network("203.0.113.0/24"), IPv4Network("203.0.113.128/25"))),
        model.Rule("sgr-2", "all", group="sg-0123456789abcdef0"),
        model.Rule("sgr-3", "icmp", (8, -1), (model.ANYWHERE,)),
        model.Rule("sgr-4", "50", None, (model.ANYWHERE,)),
    ),
    egress=(model.Rule("sgr-5", "all", cidrs=(model.ANYWHERE,)),),
)
ACL = model.NetworkAcl(
    "acl-0123456789abcdef0",
    ingress=(model.AclEntry(90, False, "tcp", IPv4Network("198.51.100.0/24"), (22, 22)),
             model.AclEntry(100, True, "all", model.ANYWHERE)),
    egress=(model.AclEntry(100, True, "all", model.ANYWHERE),),
)  # fmt: skip


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
                groups=(GROUP.id,),
            )
            for n in range(count)
        ),
        nat_gateways=(model.NatGateway("nat-1", IPv4Address("54.9.9.9"), SUBNET),),
        groups=(GROUP,),
        acls=(ACL,),
        subnets=(model.Subnet("subnet-1", SUBNET, acl=ACL.id),),
    )


def elements(table: Table, name: str) -> tuple[str, ...]:
    (found,) = (collection for collection in table.collections if collection.name == name)
    return found.elements


def test_public_addresses_are_translated_both_ways_only_with_an_internet_gateway():
    assert elements(ruleset.of_vpc(vpc(1), {}), "public_to_private") == ("54.0.0.0 : 10.0.0.10",)
    assert elements(ruleset.of_vpc(vpc(1, gateway=None), {}), "public_to_private") == ()


def test_metadata_goes_to_the_instances_own_listener():
    assert elements(ruleset.of_vpc(vpc(1), {"i-0": 8000}), "metadata") == ('"eni-00000000000" : 8000',)


def test_overlapping_public_access_cidrs_are_merged():
    cidrs = tuple(IPv4Network(cidr) for cidr in ("10.0.0.0/8", "10.1.0.0/16", "1.2.3.4/32"))
    plane = model.ControlPlane("c", "eks-c", IPv4Address("198.51.100.1"), "h", "v", public_cidrs=cidrs)
    assert elements(ruleset.of_control_plane(plane), "public_access") == ("1.2.3.4/32", "10.0.0.0/8")


@pytest.mark.parametrize("count", [0, 1, 10])
def test_a_small_table_is_replaced_in_one_transaction(count):
    assert len(replacing(ruleset.of_vpc(vpc(count), {}), "b", "a")) == 1


def test_hooks_and_the_end_of_the_old_table_are_in_the_last_transaction():
    *built, last = replacing(ruleset.of_vpc(vpc(1000), {}), "b", "a")
    assert built
    assert "delete table ip a" in last
    assert not any("hook" in transaction or "delete" in transaction for transaction in built)


@pytest.mark.world
@pytest.mark.parametrize("count", [0, 1, 200, 1000])
def test_nft_takes_the_rules_again_and_again_in_a_namespace_of_ours(count):
    plane = model.ControlPlane("c", "eks-c", IPv4Address("198.51.100.1"), "h", "v")
    table = ruleset.of_vpc(vpc(count), {f"i-{n}": 8000 + n for n in range(count)})
    transactions = [
        *replacing(table, "a", None),
        *replacing(table, "b", "a"),
        *replacing(table, "a", "b"),
        *replacing(ruleset.of_control_plane(plane), "plane", None),
    ]
    script = "".join(f"nft -f - <<'END'\n{transaction}END\n" for transaction in transactions)
    done = subprocess.run(
        [*machine.namespaces(), "sh", "-e"],
        input=script + "nft list tables",
        capture_output=True,
        text=True,
        env={"PATH": machine.SEARCH},
    )
    assert done.returncode == 0, done.stderr[:2000]
    assert done.stdout.split("\n")[:-1] == ["table ip a", "table ip plane"]


def test_endpoint_addresses_stay_with_their_cluster_and_come_back_when_it_goes():
    addresses = EndpointAddresses()
    first = addresses.of(["a", "b"])
    assert len(set(first.values())) == 2
    assert all(address in ENDPOINTS for address in first.values())
    second = addresses.of(["b", "c"])
    assert second["b"] == first["b"]
    assert second["c"] == first["a"]
