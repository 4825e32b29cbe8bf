"""The pure half of the network: layouts and the differences between them."""

from ipaddress import IPv4Address, IPv4Network

from hypothesis import given
from hypothesis import strategies as st

from eks_local.network import model
from eks_local.network.difference import Difference, difference
from eks_local.network.layout import INTERNET, Layout, layout

NET = IPv4Network("10.0.0.0/16")
A, B = IPv4Network("10.0.1.0/24"), IPv4Network("10.0.2.0/24")


def interface(number: int, netns: str, *, subnet: IPv4Network = A, device: int = 0, **more: object) -> model.Interface:
    return model.Interface(
        id=f"eni-{number:017x}",
        mac=f"02:00:00:00:01:{number:02x}",
        netns=netns,
        link=f"eth{device}",
        subnet=subnet,
        primary=subnet[number + 10],
        boots=device == 0,
        **more,  # type: ignore[arg-type]
    )


def network(*interfaces: model.Interface, **more: object) -> model.Network:
    vpc = model.Vpc(
        id="vpc-0123456789abcdef0",
        cidrs=(NET,),
        internet_gateway="igw-1",
        subnets=(
            model.Subnet("subnet-a", A, (model.Route(IPv4Network("0.0.0.0/0"), "igw-1"),)),
            model.Subnet("subnet-b", B, (model.Route(IPv4Network("0.0.0.0/0"), "nat-00000000000000001"),)),
        ),
        interfaces=interfaces,
        nat_gateways=(model.NatGateway("nat-00000000000000001", IPv4Address("54.1.1.1"), A),),
    )
    owners = tuple(sorted({interface.netns for interface in interfaces}))
    return model.Network(vpcs=(vpc,), instances=owners, **more)  # type: ignore[arg-type]


def texts(laid: Layout, netns: str) -> list[str]:
    return [f"{s.kind} {s.text}" for s in laid.statements if s.netns == netns]


def test_an_instance_boots_with_its_address_and_the_subnets_router():
    laid = layout(network(interface(1, "i-1")))
    assert texts(laid, "i-1") == [
        "addr 10.0.1.11/24 brd 10.0.1.255 dev eth0",
        "route default via 10.0.1.1 dev eth0 src 10.0.1.11",
    ]


def test_an_interface_attached_later_comes_down_and_bare_but_with_its_mac():
    laid = layout(network(interface(1, "i-1"), interface(2, "i-1", device=1)))
    (end,) = [end for link in laid.links for end in link.ends if end.netns == "i-1" and end.name == "eth1"]
    assert (end.up, end.mac) == (False, "02:00:00:00:01:02")
    assert not [text for text in texts(laid, "i-1") if "eth1" in text]


def test_secondary_addresses_and_prefixes_are_routed_to_their_interface():
    secondary = (IPv4Network("10.0.1.99/32"), IPv4Network("10.0.1.32/28"))
    laid = layout(network(interface(1, "i-1", secondary=secondary)))
    router = texts(laid, "vpc-0123456789abcdef0")
    assert "route 10.0.1.99/32 via 10.0.1.11 dev eni-00000000001 onlink" in router
    assert "route 10.0.1.32/28 via 10.0.1.11 dev eni-00000000001 onlink" in router


def test_each_subnet_follows_its_own_route_table_after_the_local_route():
    router = texts(layout(network()), "vpc-0123456789abcdef0")
    rules = [text for text in router if text.startswith("rule")]
    table_a, table_b = (text.split()[4] for text in rules if "from 10.0." in text)
    assert rules[0] == "rule from all lookup main pref 100"
    assert "rule from all blackhole pref 300" in rules
    assert f"route default via 100.64.0.1 dev wan onlink table {table_a}" in router
    assert f"route default via 100.64.0.1 dev nat-00000000001 onlink table {table_b}" in router
    assert "route blackhole 10.0.0.0/16" in router


def test_a_route_to_what_is_gone_swallows():
    subnet = model.Subnet("subnet-a", A, (model.Route(IPv4Network("0.0.0.0/0"), None),))
    laid = layout(model.Network(vpcs=(model.Vpc("vpc-1", (NET,), subnets=(subnet,)),)))
    assert any(text.startswith("route blackhole default table") for text in texts(laid, "vpc-1"))


def test_public_addresses_are_found_behind_their_vpc_and_endpoints_behind_their_control_plane():
    plane = model.ControlPlane("demo", "eks-demo", IPv4Address("198.51.100.7"), "x.eks", "vpc-0123456789abcdef0")
    public = interface(1, "i-1", public=IPv4Address("54.2.2.2"))
    internet = texts(layout(network(public, control_planes=(plane,))), INTERNET)
    assert "route 54.2.2.2/32 via 100.64.0.2 dev wan-6789abcdef0 onlink" in internet
    assert any(text.startswith("route 198.51.100.7/32 via 100.64.0.2 dev eks-") for text in internet)
    assert "route 54.1.1.1/32 via 100.64.0.2 dev nat-00000000001 onlink" in internet


def test_a_control_plane_answers_from_the_interface_it_was_asked_on():
    plane = model.ControlPlane("demo", "eks-demo", IPv4Address("198.51.100.7"), "x.eks", "vpc-0123456789abcdef0")
    one = model.Interface("eni-1", "02:00:00:00:02:01", "eks-demo", "eni-1", A, A[5])
    other = model.Interface("eni-2", "02:00:00:00:02:02", "eks-demo", "eni-2", B, B[5])
    base = network(one, other)
    laid = layout(model.Network(vpcs=base.vpcs, control_planes=(plane,)))
    said = texts(laid, "eks-demo")
    assert sum(text.startswith("rule from 10.0.") for text in said) == 2
    assert [text for text in said if text.startswith("route 10.0.0.0/16")] == [
        "route 10.0.0.0/16 via 10.0.1.1 dev eni-1 onlink src 10.0.1.5"
    ]


@st.composite
def networks(draw: st.DrawFn) -> model.Network:
    interfaces = []
    for number in draw(st.sets(st.integers(1, 6))):
        subnet = draw(st.sampled_from([A, B]))
        extra = draw(st.sets(st.integers(100, 105), max_size=3))
        interfaces.append(
            interface(
                number,
                f"i-{draw(st.integers(1, 3))}",
                subnet=subnet,
                device=number - 1,
                secondary=tuple(sorted(IPv4Network(subnet[n]) for n in extra)),
                public=draw(st.sampled_from([None, IPv4Address(f"54.0.0.{number}")])),
            )
        )
    return network(*interfaces) if draw(st.booleans()) else model.Network(instances=("i-1",))


class Kernel:
    """What the kernel does with the steps: links take what hangs on them along, namespaces all that is in them."""

    def __init__(self) -> None:
        self.namespaces: dict[str, object] = {}
        self.links: dict[tuple[str, str], object] = {}
        self.statements: set[object] = set()

    def take(self, change: Difference) -> None:
        for link in change.unlink:
            for end in link.ends:
                del self.links[end.netns, end.name]
                self.statements = {s for s in self.statements if (s.netns, s.link) != (end.netns, end.name)}
        for name in change.remove:
            del self.namespaces[name]
            assert not [place for place, _ in self.links if place == name], "a namespace goes after its links"
            self.statements = {s for s in self.statements if s.netns != name}
        for namespace in change.create:
            assert namespace.name not in self.namespaces
            self.namespaces[namespace.name] = namespace
        for link in change.link:
            for end in link.ends:
                assert end.netns in self.namespaces
                assert (end.netns, end.name) not in self.links
                assert len(end.name) <= 15
                self.links[end.netns, end.name] = link
        for statement in change.retract:
            self.statements.remove(statement)
        for statement in change.state:
            assert statement not in self.statements
            assert not statement.link or (statement.netns, statement.link) in self.links
            self.statements.add(statement)


@given(st.lists(networks(), min_size=1, max_size=4))
def test_from_any_layout_to_any_other_the_kernel_ends_up_with_the_other(steps: list[model.Network]):
    kernel, before = Kernel(), Layout()
    for step in steps:
        after = layout(step)
        kernel.take(difference(before, after))
        assert set(kernel.namespaces.values()) == set(after.namespaces)
        assert set(kernel.links.values()) == set(after.links)
        assert kernel.statements == set(after.statements)
        assert not difference(after, after)
        before = after


@given(networks())
def test_nothing_is_said_twice(wanted: model.Network):
    laid = layout(wanted)
    assert len(set(laid.statements)) == len(laid.statements)
    ends = [(end.netns, end.name) for link in laid.links for end in link.ends]
    assert len(set(ends)) == len(ends)
