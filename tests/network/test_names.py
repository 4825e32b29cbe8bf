"""What names mean, by the place they are asked at, and how DNS says it."""

from ipaddress import IPv4Address, IPv4Network

import pytest
from dnslib import QTYPE, RCODE, DNSRecord
from hypothesis import given
from hypothesis import strategies as st

from eks_local.network import model
from eks_local.network.dns import answer
from eks_local.network.names import INTERNET, Answer, Names

HOME, ELSEWHERE = "vpc-home", "vpc-elsewhere"
HOST = "ABCDEF0123456789.gr7.us-east-1.eks.amazonaws.com"
PUBLIC, ENI = IPv4Address("198.51.100.1"), IPv4Address("10.0.1.5")
ANYWHERE = (IPv4Network("0.0.0.0/0"),)


def names(*, private: bool = False, public: bool = True, region: str = "us-east-1") -> Names:
    instance = model.Interface(
        "eni-1", "02:00:00:00:00:09", "i-1", "eth0", IPv4Network("10.0.1.0/24"), IPv4Address("10.0.1.10"),
        public=IPv4Address("54.214.0.9"), boots=True,
    )  # fmt: skip
    plane = model.ControlPlane(
        "demo", "eks-demo", PUBLIC, HOST, HOME, (ENI,), private_access=private, public_cidrs=ANYWHERE if public else ()
    )
    made = Names(region)
    made.update(
        model.Network(
            vpcs=(
                model.Vpc(HOME, (IPv4Network("10.0.0.0/16"),), interfaces=(instance,)),
                model.Vpc(ELSEWHERE, (IPv4Network("10.1.0.0/16"),)),
            ),
            control_planes=(plane,),
        )
    )
    return made


def address(found: Answer | None) -> str | None:
    return str(found.addresses[0]) if found and found.addresses else None


@pytest.mark.parametrize(
    ("private", "public", "place", "expected"),
    [
        (False, True, INTERNET, PUBLIC),
        (False, True, HOME, PUBLIC),
        (True, True, HOME, ENI),
        (True, True, INTERNET, PUBLIC),
        (True, True, ELSEWHERE, PUBLIC),
        (True, False, HOME, ENI),
        (True, False, INTERNET, ENI),
    ],
)
def test_an_endpoint_is_private_where_private_access_says_so(private, public, place, expected):
    assert address(names(private=private, public=public).resolve(place, HOST.lower() + ".")) == str(expected)


@pytest.mark.parametrize(
    ("name", "place", "expected"),
    [
        ("sts.us-east-1.amazonaws.com", INTERNET, "192.0.2.10"),
        ("eks.us-east-1.amazonaws.com", HOME, "192.0.2.10"),
        ("oidc.eks.us-east-1.amazonaws.com", HOME, "192.0.2.10"),
        ("bucket.s3.us-east-1.amazonaws.com", HOME, "52.216.0.10"),
        ("dynamodb.us-east-1.amazonaws.com", HOME, "52.94.0.10"),
        ("vpce-1-2.sts.us-east-1.vpce.amazonaws.com", HOME, None),
        ("eks.us-east-1.api.aws", HOME, "192.0.2.10"),
        ("unknown.gr7.us-east-1.eks.amazonaws.com", INTERNET, None),
        ("some.us-east-1.elb.amazonaws.com", INTERNET, None),
        ("ip-10-0-1-10.ec2.internal", HOME, "10.0.1.10"),
        ("ip-10-0-1-10.ec2.internal", ELSEWHERE, None),
        ("ip-10-0-1-10.ec2.internal", INTERNET, None),
        ("ip-10-0-1-999.ec2.internal", HOME, None),
        ("ec2-54-214-0-9.compute-1.amazonaws.com", INTERNET, "54.214.0.9"),
        ("EC2-54-214-0-9.compute-1.amazonaws.com", ELSEWHERE, "54.214.0.9"),
        ("ec2-54-214-0-9.compute-1.amazonaws.com", HOME, "10.0.1.10"),
        ("ec2-54-214-0-8.compute-1.amazonaws.com", HOME, None),
        ("example.com", HOME, None),
        ("", INTERNET, None),
    ],
)
def test_a_name_means_what_it_means_on_aws_and_nothing_else_exists(name, place, expected):
    assert address(names().resolve(place, name)) == expected


def test_names_of_other_regions_have_the_region_in_them():
    ours = names(region="eu-west-1")
    assert address(ours.resolve(HOME, "ip-10-0-1-10.eu-west-1.compute.internal")) == "10.0.1.10"
    assert address(ours.resolve(INTERNET, "ec2-54-214-0-9.eu-west-1.compute.amazonaws.com")) == "54.214.0.9"
    assert ours.resolve(HOME, "ip-10-0-1-10.ec2.internal") is None


@pytest.mark.parametrize(
    ("name", "place", "expected"),
    [
        ("10.1.0.10.in-addr.arpa", HOME, "ip-10-0-1-10.ec2.internal"),
        ("10.1.0.10.in-addr.arpa", INTERNET, None),
        ("9.0.214.54.in-addr.arpa", INTERNET, "ec2-54-214-0-9.compute-1.amazonaws.com"),
        ("x.in-addr.arpa", HOME, None),
    ],
)
def test_addresses_have_names(name, place, expected):
    found = names().resolve(place, name)
    assert (found.name if found else None) == expected


def ask(name: str, kind: str = "A") -> DNSRecord:
    reply = answer(DNSRecord.question(name, kind).pack(), names().seen_from(HOME))
    assert reply is not None
    return DNSRecord.parse(reply)


def test_dns_answers_a_name_with_its_address():
    reply = ask("sts.us-east-1.amazonaws.com")
    assert [str(record.rdata) for record in reply.rr] == ["192.0.2.10"]


def test_dns_has_no_ipv6_but_says_that_the_name_exists():
    reply = ask("sts.us-east-1.amazonaws.com", "AAAA")
    assert (reply.header.rcode, reply.rr) == (RCODE.NOERROR, [])


def test_dns_denies_unknown_names_at_once():
    assert ask("example.com").header.rcode == RCODE.NXDOMAIN


def test_dns_names_an_address():
    reply = ask("10.1.0.10.in-addr.arpa", "PTR")
    assert [(QTYPE[record.rtype], str(record.rdata)) for record in reply.rr] == [("PTR", "ip-10-0-1-10.ec2.internal.")]


@given(st.binary(max_size=600))
def test_dns_survives_whatever_it_is_sent(packet: bytes):
    answer(packet, names().seen_from(HOME))


@given(st.text(max_size=80))
def test_no_name_breaks_the_resolver(name: str):
    for place in (INTERNET, HOME):
        names().resolve(place, name)


def connected(*, resolves: bool = False, private_dns: bool = True) -> Names:
    """Two VPCs that are peered; HOME has an instance with a public address and an endpoint for sts."""
    instance = model.Interface(
        "eni-1", "02:00:00:00:00:09", "i-1", "eth0", IPv4Network("10.0.1.0/24"), IPv4Address("10.0.1.10"),
        public=IPv4Address("54.214.0.9"), boots=True,
    )  # fmt: skip
    door = model.Interface(
        "eni-2", "02:00:00:00:00:0a", "vpce-1", "eni-2", IPv4Network("10.0.1.0/24"), IPv4Address("10.0.1.20")
    )
    own = ("sts.us-east-1.amazonaws.com", "*.sts.us-east-1.amazonaws.com") if private_dns else ()
    endpoint = model.Endpoint("vpce-1", "sts", False, own, ("vpce-1-2.sts.us-east-1.vpce.amazonaws.com",))
    peering = model.Peering("pcx-1", HOME, resolves=resolves)
    made = Names("us-east-1")
    home = model.Vpc(HOME, (IPv4Network("10.0.0.0/16"),), interfaces=(instance, door), endpoints=(endpoint,))
    made.update(model.Network((home, model.Vpc(ELSEWHERE, (IPv4Network("10.1.0.0/16"),), peerings=(peering,)))))
    return made


def test_an_endpoint_with_private_dns_takes_the_services_names_in_its_vpc_alone():
    for name in ("sts.us-east-1.amazonaws.com", "STS.us-east-1.amazonaws.com.", "x.sts.us-east-1.amazonaws.com"):
        assert address(connected().resolve(HOME, name)) == "10.0.1.20"
        assert address(connected().resolve(ELSEWHERE, name)) == "192.0.2.10"
        assert address(connected(private_dns=False).resolve(HOME, name)) == "192.0.2.10"
    assert address(connected().resolve(HOME, "ec2.us-east-1.amazonaws.com")) == "192.0.2.10"


def test_an_endpoints_own_name_means_it_everywhere():
    for place in (HOME, ELSEWHERE, INTERNET):
        assert address(connected().resolve(place, "vpce-1-2.sts.us-east-1.vpce.amazonaws.com")) == "10.0.1.20"


@pytest.mark.parametrize(("resolves", "expected"), [(False, "54.214.0.9"), (True, "10.0.1.10")])
def test_public_names_of_a_peered_vpc_mean_private_addresses_where_the_peering_says_so(resolves, expected):
    assert (
        address(connected(resolves=resolves).resolve(ELSEWHERE, "ec2-54-214-0-9.compute-1.amazonaws.com")) == expected
    )
