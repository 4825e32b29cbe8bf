"""What is told of a way, as text and as an exit code: places and their names, refusals, hops in order."""

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

import pytest
from click.testing import CliRunner

from eks_local.cli import main
from eks_local.explanation import Explanation, Hop, UnknownPlace, lines, target
from eks_local.network import model
from eks_local.network.explain import Places, explain
from eks_local.network.names import Names

NET, A, B = map(IPv4Network, ("10.0.0.0/16", "10.0.1.0/24", "10.0.2.0/24"))
WEB = model.SecurityGroup(
    "sg-web",
    (model.Rule("sgr-1", "tcp", (80, 80), (model.ANYWHERE,)),),
    (model.Rule("sgr-2", "all", cidrs=(model.ANYWHERE,)),),
    "web",
)
OUT = (model.Route(model.ANYWHERE, "igw-1", "igw-1"),)


def interface(number: int, subnet: IPv4Network, public: str = "") -> model.Interface:
    return model.Interface(
        id=f"eni-{number}",
        mac=f"02:00:00:00:00:{number:02x}",
        netns=f"i-{number}",
        link="eth0",
        subnet=subnet,
        primary=subnet[number],
        secondary=(IPv4Network(f"{subnet[16 * number]}/28"),),
        public=IPv4Address(public) if public else None,
        boots=True,
        groups=("sg-web",),
    )


def places() -> Places:
    plane = model.ControlPlane("demo", "eks-demo", IPv4Address("198.51.100.1"), "x.demo.eks", "vpc-1")
    vpc = model.Vpc(
        "vpc-1",
        (NET,),
        "igw-1",
        (model.Subnet("subnet-a", A, OUT, "acl-1", "rtb-1"), model.Subnet("subnet-b", B, (), "acl-1", "rtb-2")),
        (interface(5, A, "54.0.0.5"), interface(6, B)),
        groups=(WEB,),
        acls=(model.NetworkAcl("acl-1", (entry(),), (entry(),)),),
    )
    names = Names("us-east-1")
    network = model.Network((vpc,), ("i-5", "i-6"), (replace(plane, public_cidrs=(IPv4Network("9.0.0.0/8"),)),))
    names.update(network)
    return Places(network, names, {"i-5": ["i-5"], "i-6": ["i-6"], "front": ["i-5"], "twice": ["i-5", "i-6"]})


def entry() -> model.AclEntry:
    return model.AclEntry(100, True, "all", model.ANYWHERE)


def test_a_way_is_told_hop_by_hop_in_its_order():
    told = explain(places(), "laptop", "front", 80)
    assert told.sentence == "reaches"
    assert [hop.kind for hop in told.hops] == ["gateway", "acl", "group", "acl", "route"]
    group = told.hops[2]
    assert (group.resource, group.rule, group.way) == ("sg-web", "sgr-1", "in")
    assert told.destination == "front (54.0.0.5)"


def test_what_stops_it_is_told_last_with_what_would_be_let_through():
    told = explain(places(), "front", "i-6", 443)
    assert told.sentence == "times out at sg-web"
    assert told.hops[-1].text.endswith("does not let tcp 443 from 10.0.1.5 in: only tcp 80 from anywhere")


def test_a_subnet_without_a_route_is_a_route_tables_doing():
    assert explain(places(), "i-6", "laptop", 80).sentence == "times out at rtb-2"


def test_an_endpoint_names_its_list():
    told = explain(places(), "laptop", "demo", 443)
    assert told.hops[-1].resource == "demo"
    assert "9.0.0.0/8" in told.hops[-1].text


def test_private_addresses_mean_nothing_to_the_laptop():
    told = explain(places(), "laptop", "i-6", 80)
    assert told.verdict == "times out"
    assert told.sentence == "times out: nothing has that address"


def test_a_pods_address_is_a_place_and_leaves_the_vpc_as_its_node():
    told = explain(places(), "10.0.1.83", "laptop", 80)
    assert told.hops[0].text.startswith("the VPC CNI sends it from the node's own address 10.0.1.5")


@pytest.mark.parametrize(
    ("source", "to", "said"),
    [
        ("frnt", "laptop", "There are: demo, front"),
        ("twice", "laptop", "2 instances are called twice"),
        ("laptop", "no.such.name", "the name no.such.name does not exist"),
        ("10.0.9.9", "laptop", "no network interface has the address 10.0.9.9"),
    ],
)
def test_unknown_places_are_refused(source, to, said):
    with pytest.raises(UnknownPlace, match=said):
        explain(places(), source, to, 80)


def test_an_explanation_crosses_the_socket_whole():
    told = explain(places(), "front", "i-6", 443)
    assert Explanation.from_json(told.to_json()) == told


def test_ports_are_part_of_what_is_asked():
    assert target("web:80", "tcp") == ("web", 80)
    assert target("web", "icmp") == ("web", None)
    for text, protocol in (("web", "tcp"), ("web:0", "udp"), ("web:x", "tcp"), ("web:80", "icmp")):
        with pytest.raises(ValueError, match="web"):
            target(text, protocol)


def test_hops_are_a_line_each_with_their_notes():
    told = Explanation("a", "b", "tcp 80", (Hop(True, "route", "leads there"), Hop(False, "group", "no", "sg-1")))
    assert list(lines(told, ["aws_route.x  main.tf:3", ""])) == [
        "a → b, tcp 80",
        "✓ route    leads there  aws_route.x  main.tf:3",
        "✗ group    no",
        "times out at sg-1",
    ]


def test_a_question_without_a_port_is_a_mistake_of_usage(tmp_path):
    ran = CliRunner().invoke(main, ["explain", "--state", str(tmp_path), "laptop", "demo"])
    assert ran.exit_code == 2
    assert "names no port" in ran.output
