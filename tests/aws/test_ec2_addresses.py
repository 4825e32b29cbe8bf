"""Handing out a subnet's addresses, whatever is asked for in whatever order."""

import ipaddress

from hypothesis import given, settings
from hypothesis import strategies as st
from moto.ec2.exceptions import EC2ClientError

from eks_local.aws.ec2.addresses import Pool, Request

requests = st.builds(Request, count=st.integers(0, 20), prefix_count=st.integers(0, 3))


@settings(max_examples=60, deadline=None)
@given(length=st.integers(24, 28), asked=st.lists(requests, max_size=12), after=st.integers(4, 14))
def test_nothing_is_given_twice(length: int, asked: list[Request], after: int) -> None:
    cidr = ipaddress.IPv4Network(f"10.1.2.0/{length}")
    taken: set[str] = set()
    blocks: set[ipaddress.IPv4Network] = set()
    last = str(cidr[after])
    for request in asked:
        try:
            grant = Pool(cidr, set(taken), set(blocks), after=last).grant(request)
        except EC2ClientError:
            continue
        new = {ipaddress.IPv4Address(address) for address in grant.addresses}
        prefixes = {ipaddress.IPv4Network(prefix) for prefix in grant.prefixes}
        assert (len(new), len(prefixes)) == (request.count, request.prefix_count)
        assert not {str(address) for address in new} & taken
        assert not prefixes & blocks
        everything = {ipaddress.IPv4Address(address) for address in taken} | new
        assert not any(address in block for address in everything for block in blocks | prefixes)
        assert all(address in cidr and cidr[3] < address < cidr[-1] for address in new)
        taken |= {str(address) for address in new}
        blocks |= prefixes
        last = grant.addresses[-1] if grant.addresses else last


def test_a_freed_address_rests_while_there_are_others() -> None:
    cidr = ipaddress.IPv4Network("10.1.2.0/28")
    given_in_turn = []
    last = None
    for _ in range(12):
        [address] = Pool(cidr, set(), set(), after=last).grant(Request(count=1)).addresses
        given_in_turn.append(address)
        last = address
    assert given_in_turn[:11] == [f"10.1.2.{number}" for number in range(4, 15)]
    assert given_in_turn[11] == "10.1.2.4"
