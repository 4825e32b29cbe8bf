"""What the rules say, what packets do: the same, case by case, and as AWS documents it.

Every case sets its own rules through the API, then makes real connections, and asks `World.explain` about each.
"""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.network.building import build, client, clusters, hold_more
from tests.network.cases import ANY, CASES, ENDPOINTS, Case, call_of
from tests.network.site import OPEN, Call, Site
from tests.worlds import started

pytestmark = pytest.mark.world


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with started(tmp_path_factory.mktemp("reach") / "w") as world:
        made = Site(world, client(world, "ec2"))
        with made.owned:
            build(made)
            hold_more(made, "c")
            clusters(made, ENDPOINTS)
            made.set()
            yield made


def judge(site: Site, outcomes: dict[Call, str]) -> None:
    """Packets and model must both say what is expected; what does not is shown with the model's reasons."""
    wrong = []
    packets = site.packets(list(outcomes.items()))
    for (call, expected), packet in zip(outcomes.items(), packets, strict=True):
        verdict, reasons = site.verdict(call)
        if not packet == verdict == expected:
            wrong.append(f"{call}: expected {expected}, packet {packet}, model {verdict}\n{reasons}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_packets_and_model_agree_with_aws(site: Site, case: Case) -> None:
    site.set(case.groups, case.wears, case.acls, case.routes, case.unchecked)
    judge(site, {call_of(text): outcome for text, outcome in case.outcomes.items()})


PORTS = st.sampled_from([22, 80, 443, 5000, 6000, (22, 443), (1024, 65535), (443, 5001)])
PEERS = st.sampled_from([ANY, "10.7.0.0/16", "subnet-one", "subnet-two", "a", "c", "laptop", "c.pod", "q", "g1", "g2"])
ENTRIES = st.one_of(
    st.tuples(st.sampled_from(["tcp", "udp"]), PORTS, PEERS),
    st.tuples(st.just("all"), st.none(), PEERS),
    st.tuples(st.just("icmp"), st.sampled_from([(8, -1), (-1, -1), (0, 0)]), PEERS),
)
RULES = st.lists(ENTRIES, max_size=3, unique=True)
GROUP = st.tuples(RULES, RULES | st.just(OPEN))
WORN = st.lists(st.sampled_from(["g1", "g2", "open", "default"]), min_size=1, max_size=2, unique=True)
ACL_ENTRY = st.tuples(
    st.sampled_from(["in", "out"]),
    st.sampled_from(["allow", "allow", "deny"]),
    st.tuples(st.sampled_from(["tcp", "udp"]), PORTS) | st.just(("all", None)) | st.just(("icmp", (8, -1))),
    st.sampled_from([ANY, "10.7.0.0/16", "subnet-two", "a", "laptop"]),
)
ACL = st.lists(ACL_ENTRY, max_size=4).map(
    lambda found: [(10 * (n + 1), way, action, *what, peer) for n, (way, action, what, peer) in enumerate(found)]
)
WAYS = ({}, {ANY: "igw"}, {ANY: "nat"}, {"203.0.113.0/24": "nat", ANY: "igw"}, {ANY: "pcx"}, {ANY: "eni-t"})
TO_PEER = st.sampled_from([{}, {"10.8.0.0/16": "pcx"}, {"10.8.0.0/24": "eni-t"}])
WAY_OUT = st.builds(lambda one, other: {**one, **other}, TO_PEER, st.sampled_from(WAYS))
PEER_WAY = st.sampled_from([{}, {"10.7.0.0/16": "pcx", ANY: "igw-peer"}, {"10.7.2.0/24": "pcx"}, {ANY: "igw-peer"}])
CALLS = st.builds(
    Call,
    st.sampled_from(["a", "b", "c", "c.pod", "n", "q", "laptop"]),
    st.sampled_from(["a", "b", "c", "c.pod", "c.public", "n", "q"]),
    st.sampled_from([22, 80, 443, 5000, 6000]),
    st.sampled_from(["tcp", "tcp", "tcp", "icmp"]),
) | st.builds(
    Call, st.sampled_from(["a", "c", "n"]), st.sampled_from(["laptop", "s3", "sts"]), st.just(443), st.just("tcp")
)


# Shrinking takes minutes: every example is real. The first that fails says which rule decided what.
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
@given(
    groups=st.fixed_dictionaries({"g1": GROUP, "g2": GROUP, "g3": GROUP}),
    wears=st.fixed_dictionaries(dict.fromkeys(("a", "b", "c", "t"), WORN)),
    acls=st.fixed_dictionaries({}, optional={"one": ACL, "two": ACL, "gate": ACL}),
    routes=st.fixed_dictionaries(
        {}, optional={"one": WAY_OUT, "two": WAY_OUT, "private": WAY_OUT, "gate": WAY_OUT, "peer": PEER_WAY}
    ),
    unchecked=st.sampled_from([(), ("t",)]),
    calls=st.lists(CALLS, min_size=8, max_size=12, unique=True),
)
def test_packets_and_model_agree_on_any_rules(site: Site, groups, wears, acls, routes, unchecked, calls) -> None:
    site.set(groups, wears, acls, routes, unchecked)
    judge(site, {call: site.verdict(call)[0] for call in calls if comparable(call)})


def comparable(call: Call) -> bool:
    """Not what the VPC CNI does for Pods that leave the VPC, nor replies of an instance to itself."""
    others = {("c.pod", "c.public"), ("c.pod", "laptop"), ("c.pod", "q"), ("c", "c.public")}
    return (call.source, call.to) not in others
