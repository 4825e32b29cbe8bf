"""Rule sets, and what must come of calls under them, as AWS documents it."""

from dataclasses import dataclass, field
from typing import Any

from tests.network.site import LAPTOP, OPEN, Call

YES, NO = "reaches", "times out"
ANY = "0.0.0.0/0"


@dataclass(frozen=True)
class Case:
    """A rule set, and what comes of each call: "a>b:80" or "a>b icmp" → outcome."""

    name: str
    outcomes: dict[str, str]
    groups: dict[str, Any] = field(default_factory=dict)
    wears: dict[str, Any] = field(default_factory=dict)
    acls: dict[str, Any] = field(default_factory=dict)
    routes: dict[str, Any] = field(default_factory=dict)
    unchecked: tuple[str, ...] = ()


def lets_in(*entries: Any) -> dict[str, Any]:
    """Group g1 with this ingress, and all egress."""
    return {"g1": (entries, OPEN)}


B1 = {"b": ["g1"]}
THROUGH = [(100, "in", "allow", "all", None, ANY), (100, "out", "allow", "all", None, ANY)]

GROUPS = [
    Case("everything open", {"a>b:80": YES, "b>a:443": YES, "a>c:53/udp": YES, "a>c icmp": YES, "laptop>a:22": YES}),
    Case(
        "an exact address, and no other",
        {"a>b:80": YES, "c>b:80": NO, "a>b:443": NO, "laptop>b:80": NO},
        lets_in(("tcp", 80, "a")),
        B1,
    ),
    Case("a wider range", {"a>b:80": YES, "c>b:80": YES, "laptop>b:80": NO}, lets_in(("tcp", 80, "10.7.0.0/16")), B1),
    Case(
        "another subnet's range", {"c>b:80": YES, "a>b:80": NO, "n>b:80": NO}, lets_in(("tcp", 80, "subnet-two")), B1
    ),
    Case(
        "a group means whoever wears it",
        {"c>b:80": YES, "a>b:80": NO, "n>b:80": YES},
        lets_in(("tcp", 80, "g2")),
        {"b": ["g1"], "c": ["g2", "open"], "n": ["open", "g2"]},
    ),
    Case(
        "a group that refers to itself",
        {"a>b:5000": YES, "c>b:5000": NO, "b>a:5000/udp": YES},
        lets_in(("all", None, "g1")),
        {"a": ["g1"], "b": ["g1"]},
    ),
    Case(
        "a group means private addresses, not public ones",
        {"c>b:80": YES, "c>b.public:80": NO},
        lets_in(("tcp", 80, "g2")),
        {"b": ["g1"], "c": ["g2", "open"]},
    ),
    Case(
        "a prefix list",
        {"c>b:80": YES, "laptop>b:80": YES, "a>b:80": NO, "n>b:80": NO},
        lets_in(("tcp", 80, "list")),
        B1,
    ),
    Case(
        "the edges of a range of ports",
        {"a>b:5000": NO, "a>b:5001": YES, "a>b:5009": YES, "a>b:5010": NO},
        lets_in(("tcp", (5001, 5009), ANY)),
        B1,
    ),
    Case(
        "all ports of tcp",
        {"a>b:22": YES, "a>b:40000": YES, "a>b:53/udp": NO, "a>b icmp": NO},
        lets_in(("tcp", (0, 65535), ANY)),
        B1,
    ),
    Case(
        "all protocols",
        {"a>b:22": YES, "a>b:6000/udp": YES, "a>b icmp": YES, "a>b 253": YES},
        lets_in(("all", None, "a")),
        B1,
    ),
    Case("a protocol by its number", {"c>b 253": YES, "c>b:80": NO, "c>b icmp": NO},
         lets_in(("253", (-1, -1), ANY)), B1),
    Case("another protocol's number", {"n>b 253": NO, "n>b:80": NO}, lets_in(("50", (-1, -1), ANY)), B1),
    Case("tcp by its number", {"a>b:80": YES, "a>b:80/tcp": YES, "a>b:53/udp": NO}, lets_in(("6", 80, ANY)), B1),
    Case("udp", {"a>b:53/udp": YES, "a>b:5000/udp": NO, "a>b:443": NO}, lets_in(("udp", 53, ANY)), B1),
    Case("pings", {"a>b icmp": YES, "laptop>b icmp": YES, "a>b:80": NO}, lets_in(("icmp", (8, -1), ANY)), B1),
    Case("pings with their code", {"a>b icmp": YES}, lets_in(("icmp", (8, 0), ANY)), B1),
    Case("echo replies are no pings", {"a>b icmp": NO}, lets_in(("icmp", (0, -1), ANY)), B1),
    Case("every kind of icmp", {"a>b icmp": YES, "a>b:80": NO}, lets_in(("icmp", (-1, -1), ANY)), B1),
    Case("no rule at all", {"a>b:80": NO, "a>b icmp": NO, "b>a:80": NO, "b>laptop:22": NO}, {}, {"b": ["none"]}),
    Case(
        "several groups add up",
        {"a>b:80": YES, "a>b:443": YES, "a>b:22": NO},
        {"g1": ([("tcp", 80, ANY)], ()), "g2": ([("tcp", 443, ANY)], ())},
        {"b": ["g1", "g2", "none"]},
    ),
    Case(
        "the default group: its own members, and everything out",
        {"a>b:80": YES, "c>b:80": NO, "b>c:443": YES, "laptop>b:22": NO},
        {},
        {"a": ["default"], "b": ["default"]},
    ),
    Case(
        "egress to one port of one address",
        {"a>c:443": YES, "a>c:80": NO, "a>b:443": NO, "a>laptop:443": NO, "c>a:22": YES},
        {"g1": (OPEN, [("tcp", 443, "c")])},
        {"a": ["g1"]},
    ),
    Case(
        "egress to a group",
        {"a>c:80": YES, "a>b:80": NO, "a>c.public:80": NO},
        {"g1": (OPEN, [("all", None, "g2")])},
        {"a": ["g1"], "c": ["g2", "open"]},
    ),
    Case(
        "egress to the internet alone",
        {"a>laptop:443": YES, "a>c.public:443": YES, "a>c:443": NO},
        {"g1": (OPEN, [("tcp", 443, "128.0.0.0/1"), ("tcp", 443, "32.0.0.0/3")])},
        {"a": ["g1"]},
    ),
    Case("egress to a prefix list", {"a>c:80": YES, "a>laptop:80": YES, "a>b:80": NO},
         {"g1": (OPEN, [("tcp", 80, "list")])}, {"a": ["g1"]}),
    Case(
        "replies need no rule",
        {"a>b:80": YES, "b>a:80": NO},
        {"g1": ((), OPEN), "g2": ([("tcp", 80, ANY)], ())},
        {"a": ["g1"], "b": ["g2"]},
    ),
    Case(
        "a group's members with all that they hold",
        {"c>b:80": YES, "c.second>b:80": YES, "c.pod>b:80": YES, "a>b:80": NO},
        lets_in(("tcp", 80, "g2")),
        {"b": ["g1"], "c": ["g2", "open"]},
    ),
    Case(
        "what an interface holds is guarded by its groups",
        {"a>c.second:80": YES, "a>c.pod:80": YES, "a>c.pod:443": NO, "n>c.pod:80": NO},
        lets_in(("tcp", 80, "a")),
        {"c": ["g1"]},
    ),
    Case("an instance reaches itself", {"b>b:80": YES, "b>b icmp": YES}, {}, {"b": ["none"]}),
]  # fmt: skip

BORDERS = [
    Case(
        "an ACL denies what comes in",
        {"c>a:80": NO, "c>a:443": YES, "laptop>a:80": NO, "b>a:80": YES},
        acls={"one": [(90, "in", "deny", "tcp", 80, ANY), *THROUGH]},
    ),
    Case(
        "an ACL denies what goes out",
        {"a>c:80": NO, "a>laptop:80": NO, "a>c:443": YES, "a>b:80": YES},
        acls={"one": [(90, "out", "deny", "tcp", 80, ANY), *THROUGH]},
    ),
    Case(
        "the lower number decides: deny",
        {"c>a:80": NO, "n>a:80": YES},
        acls={"one": [(50, "in", "deny", "all", None, "c"), *THROUGH]},
    ),
    Case(
        "the lower number decides: allow",
        {"c>a:80": YES, "n>a:80": NO},
        acls={"one": [(40, "in", "allow", "tcp", 80, "c"), (50, "in", "deny", "tcp", 80, "10.7.0.0/16"), *THROUGH]},
    ),
    Case(
        "an ACL without the ports that replies go to",
        {"c>a:80": NO, "laptop>a:80": NO, "b>a:80": YES},
        acls={"one": [(100, "in", "allow", "tcp", 80, ANY), (100, "out", "allow", "tcp", 80, ANY)]},
    ),
    Case(
        "an ACL with them",
        {"c>a:80": YES, "laptop>a:80": YES, "c>a:443": NO, "a>c:80": NO, "c>a:53/udp": NO},
        acls={"one": [(100, "in", "allow", "tcp", 80, ANY), (100, "out", "allow", "tcp", (1024, 65535), ANY)]},
    ),
    Case(
        "an ACL that lets out, and no replies in",
        {"a>c:443": NO, "a>laptop:443": NO, "a>c icmp": NO},
        acls={"one": [(100, "out", "allow", "all", None, ANY), (100, "in", "allow", "tcp", (0, 1023), ANY)]},
    ),
    Case(
        "udp, and its replies",
        {"c>a:53/udp": YES, "c>a:5000/udp": NO, "c>a:80": NO},
        acls={"one": [(100, "in", "allow", "udp", 53, ANY), (100, "out", "allow", "udp", (32768, 60999), ANY)]},
    ),
    Case(
        "pings in, replies out",
        {"c>a icmp": YES, "a>c icmp": NO},
        acls={"one": [(100, "in", "allow", "icmp", (8, -1), ANY), (100, "out", "allow", "icmp", (0, -1), ANY)]},
    ),
    Case(
        "both sides' ACLs, both ways",
        {"a>c:80": YES, "c>a:80": NO, "a>n:80": YES, "n>c:80": YES, "c>n:80": NO},
        acls={
            "one": THROUGH,
            "two": [(1, "in", "allow", "tcp", 80, ANY), (1, "out", "allow", "tcp", (32768, 60999), ANY)],
        },
    ),
    Case(
        "within a subnet no ACL is asked",
        {"a>b:80": YES, "b>a icmp": YES, "c>a:80": NO},
        acls={"one": [(1, "in", "deny", "all", None, ANY)]},
    ),
    Case(
        "groups and ACLs must both let it through",
        {"c>b:80": YES, "c>b:443": NO, "c>b:22": NO},
        lets_in(("tcp", 80, ANY), ("tcp", 443, ANY)),
        B1,
        acls={"one": [(90, "in", "deny", "tcp", 443, ANY), *THROUGH]},
    ),
    Case("the ACL of a NAT gateway's subnet", {"n>laptop:80": YES, "n>laptop:443": NO},
         acls={"gate": [(90, "out", "deny", "tcp", 443, ANY), *THROUGH]}),
    Case("a NAT gateway's subnet that the private one may not enter", {"n>laptop:80": NO, "a>laptop:80": YES},
         acls={"gate": [(90, "in", "deny", "all", None, "subnet-private"), *THROUGH]}),
    Case("a NAT gateway's subnet that replies may not enter", {"n>laptop:80": NO, "n>c:80": YES},
         acls={"gate": [(90, "in", "deny", "tcp", (1024, 65535), "203.0.113.0/24"), *THROUGH]}),
    Case("a NAT gateway's subnet that replies may not leave", {"n>laptop:80": NO},
         acls={"gate": [(90, "out", "deny", "tcp", (1024, 65535), "subnet-private"), *THROUGH]}),
]  # fmt: skip

ROUTES = [
    Case(
        "the way to the internet",
        {"a>laptop:80": YES, "n>laptop:80": YES, "i>laptop:80": NO, "h>laptop:80": NO, "i>192.0.2.10:80": NO},
    ),
    Case("the way from the internet", {"laptop>a:80": YES, "laptop>nat.public:80": NO, "laptop>n:80": NO}),
    Case("within the VPC nobody needs a route", {"i>a:80": YES, "h>i:80": YES, "n>i icmp": YES, "i>10.7.2.200:80": NO}),
    Case("public addresses within a VPC", {"a>c.public:80": YES, "n>c.public:80": YES, "i>c.public:80": NO}),
    Case("addresses that nobody has", {"laptop>54.99.99.99:80": NO, "a>54.99.99.99:80": NO}),
    Case("without a route there is no way out", {"c>laptop:80": NO, "laptop>c:80": NO, "c>a:80": YES},
         routes={"two": {}}),
    Case("an internet gateway does nothing for private addresses", {"n>laptop:80": NO},
         routes={"private": {ANY: "igw"}}),
    Case("the longest prefix wins", {"n>laptop:80": NO, "n>192.0.2.10:80": YES},
         routes={"private": {ANY: "nat", "203.0.113.0/24": "igw"}}),
    Case("a public address behind a NAT gateway gets no answer out", {"c>laptop:80": YES, "laptop>c:80": NO},
         routes={"two": {ANY: "nat"}}),
    Case("a NAT gateway in a subnet that leads nowhere", {"n>laptop:80": NO, "a>laptop:80": YES}, routes={"gate": {}}),
    Case("a NAT gateway that leads to itself", {"n>laptop:80": NO}, routes={"gate": {ANY: "nat"}}),
    Case("a NAT gateway that leads out, but not there", {"n>laptop:80": NO},
         routes={"gate": {ANY: "igw", "203.0.113.0/24": "nat"}}),
    Case("a NAT gateway that leads there alone", {"n>laptop:80": YES}, routes={"gate": {"203.0.113.0/24": "igw"}}),
]  # fmt: skip

TO_PEER = {"one": {ANY: "igw", "10.8.0.0/16": "pcx"}}
Q1 = {"q": ["peer-1"]}
PEERINGS = [
    Case("a peering with routes on both sides", {"a>q:80": YES, "q>a:80": YES, "a>q:53/udp": YES, "q>b icmp": YES},
         routes=TO_PEER),
    Case("a peering without routes on this side", {"a>q:80": NO, "q>a:80": NO, "q>laptop:80": YES}),
    Case("a peering without routes on the other side", {"a>q:80": NO, "q>a:80": NO, "a>laptop:80": YES},
         routes={**TO_PEER, "peer": {ANY: "igw-peer"}}),
    Case("a peering that one subnet has a route to", {"a>q:80": YES, "c>q:80": NO, "q>c:80": NO, "c>a:80": YES},
         routes=TO_PEER),
    Case("a peering and the way from outside", {"laptop>q:80": YES, "a>q.public:80": YES}, routes=TO_PEER),
    Case("a peering is no way to the other side's internet gateway", {"i>laptop:80": NO, "i>q:80": YES},
         routes={"isolated": {ANY: "pcx"}}),
    Case("a peering is no way to this side's NAT gateway", {"q>laptop:80": NO, "q>n:80": YES},
         routes={"peer": {ANY: "pcx"}, "private": {ANY: "nat", "10.8.0.0/16": "pcx"}}),
    Case("peerings are not transitive", {"a>r:80": NO, "r>a:80": NO, "q>r:80": YES, "r>q:80": YES, "a>q:80": YES},
         routes={"one": {"10.8.0.0/16": "pcx", "10.9.0.0/16": "pcx"}}),
    Case("a peering and addresses that nobody has", {"a>10.8.0.250:80": NO, "a>10.8.9.9:80": NO}, routes=TO_PEER),
    Case("a VPC that is not peered is reached as any other place is",
         {"a>r.public:80": YES, "r>a.public:80": YES, "i>r:80": NO}, routes=TO_PEER),
    Case("a group of a peered VPC", {"a>q:80": YES, "b>q:80": NO, "a>q:443": NO, "laptop>q:80": NO},
         {"peer-1": ([("tcp", 80, "g1")], ()), "g1": (OPEN, OPEN)}, {**Q1, "a": ["g1"]}, routes=TO_PEER),
    Case("a group of a peered VPC, on the way out", {"a>q:80": YES, "a>c:80": NO, "a>laptop:80": NO},
         {"g1": (OPEN, [("tcp", 80, "peer-1")]), "peer-1": (OPEN, OPEN)}, {**Q1, "a": ["g1"]}, routes=TO_PEER),
    Case("a peered VPC's range", {"q>a:443": YES, "q>a:80": NO, "c>a:443": NO},
         lets_in(("tcp", 443, "10.8.0.0/16")), {"a": ["g1"]}, routes=TO_PEER),
    Case("an ACL and a peering", {"a>q:80": NO, "a>q:443": YES, "q>a:22": YES}, routes=TO_PEER,
         acls={"one": [(90, "out", "deny", "tcp", 80, "10.8.0.0/16"), *THROUGH]}),
    Case("an ACL that lets no replies of a peered VPC in", {"a>q:80": NO, "a>laptop:80": YES}, routes=TO_PEER,
         acls={"one": [(90, "in", "deny", "tcp", (1024, 65535), "10.8.0.0/16"), *THROUGH]}),
]  # fmt: skip

BY_T = {"isolated": {ANY: "eni-t"}}
CARRIERS = [
    Case("a NAT instance that is checked", {"i>laptop:80": NO, "t>laptop:80": YES, "i>t:80": YES}, routes=BY_T),
    Case("a NAT instance that is not checked", {"i>laptop:80": YES, "i>192.0.2.10:80": YES, "laptop>i:80": NO},
         routes=BY_T, unchecked=("t",)),
    Case("a NAT instance by its own id", {"i>laptop:80": YES}, routes={"isolated": {ANY: "i-t"}}, unchecked=("t",)),
    Case("a NAT instance judges by its groups", {"i>laptop:80": YES, "i>laptop:443": NO, "t>laptop:80": YES},
         lets_in(("tcp", 80, "subnet-isolated")), {"t": ["g1"]}, routes=BY_T, unchecked=("t",)),
    Case("a NAT instance that may send to one port", {"i>laptop:80": NO, "i>laptop:443": YES},
         {"g1": (OPEN, [("tcp", 443, ANY)])}, {"t": ["g1"]}, routes=BY_T, unchecked=("t",)),
    Case("a NAT instance whose subnet leads to itself", {"i>laptop:80": NO},
         routes={**BY_T, "one": {ANY: "eni-t"}}, unchecked=("t",)),
    Case("a NAT instance in a subnet that leads nowhere", {"i>laptop:80": NO, "i>a:80": YES},
         routes={**BY_T, "one": {}}, unchecked=("t",)),
    Case("a NAT instance behind an ACL", {"i>laptop:80": NO, "i>laptop:443": YES}, routes=BY_T, unchecked=("t",),
         acls={"one": [(90, "in", "deny", "tcp", 80, "10.7.0.0/16"), *THROUGH]}),
    Case("a NAT instance and a peered VPC", {"i>q:80": YES, "q>i:80": YES},
         routes={**BY_T, **TO_PEER}, unchecked=("t",)),
    Case("a NAT instance and a peered VPC that it has no route to", {"i>q:80": NO, "q>i:80": NO}, routes=BY_T,
         unchecked=("t",)),
    Case("replies that a NAT instance carries", {"q>c:80": YES, "q>c:443": YES}, unchecked=("t",),
         routes={"two": {ANY: "eni-t"}, **TO_PEER}),
    Case("replies that a checked instance drops", {"q>c:80": NO, "c>laptop:80": NO, "laptop>c:80": NO},
         routes={"two": {ANY: "eni-t"}, **TO_PEER}),
    Case("replies that may not enter a NAT instance's subnet", {"q>c:80": NO, "c>laptop:80": YES},
         routes={"two": {ANY: "eni-t"}, **TO_PEER}, unchecked=("t",),
         acls={"one": [(90, "in", "deny", "tcp", (1024, 65535), "subnet-two"), *THROUGH]}),
]  # fmt: skip

AT_STS = {"g3": ([("tcp", 443, "subnet-isolated"), ("tcp", 443, "10.8.0.0/16")], ())}
SERVICES = [
    Case("the AWS API and who has a way out", {"a>api:443": YES, "n>api:443": YES, "i>api:443": NO, "h>api:80": NO}),
    Case("a gateway endpoint", {"i>s3:443": YES, "i>dynamodb:443": NO, "i>api:443": NO, "h>s3:443": NO,
                                "a>s3:443": YES, "n>s3:443": YES, "laptop>s3:443": YES}),
    Case("a gateway endpoint has no addresses but the service's", {"i>52.216.0.11:443": NO, "i>laptop:443": NO}),
    Case("egress to a gateway endpoint's prefix list", {"i>s3:443": YES, "i>s3:80": NO, "i>a:443": NO},
         {"g1": (OPEN, [("tcp", 443, "s3-list")])}, {"i": ["g1"]}),
    Case("a gateway endpoint before a NAT gateway", {"i>s3:443": YES, "i>dynamodb:443": YES},
         routes={"isolated": {ANY: "nat"}}),
    Case("a NAT gateway in front of a gateway endpoint", {"n>s3:443": YES, "n>api:443": YES}),
    Case("a gateway endpoint is for its own VPC", {"q>s3:443": NO}, routes={"peer": {"52.216.0.0/15": "pcx"}}),
    Case("an interface endpoint is guarded by its groups", {"i>sts:443": YES, "i>sts:80": NO, "a>sts:443": NO}, AT_STS),
    Case("an interface endpoint whose groups let nobody in", {"i>sts:443": NO, "n>sts:443": NO}),
    Case("an interface endpoint and a peered VPC", {"q>sts:443": YES, "q>i:443": NO}, AT_STS,
         routes={"gate": {ANY: "igw", "10.8.0.0/16": "pcx"}}),
    Case("an interface endpoint in a subnet with an ACL", {"i>sts:443": NO}, AT_STS,
         acls={"gate": [(90, "in", "deny", "tcp", 443, "subnet-isolated"), *THROUGH]}),
]  # fmt: skip

ENDPOINTS = {
    "open": {"endpointPublicAccess": True, "endpointPrivateAccess": False},
    "listed": {"endpointPublicAccess": True, "endpointPrivateAccess": False, "publicAccessCidrs": [f"{LAPTOP}/32"]},
    "other": {"endpointPublicAccess": True, "endpointPrivateAccess": True, "publicAccessCidrs": ["198.18.0.0/15"]},
    "inner": {"endpointPublicAccess": False, "endpointPrivateAccess": True},
}
MEMBER = {"a": ["group-other", "open"], "n": ["group-inner", "open"]}
CLUSTERS = [
    Case("a public endpoint", {"laptop>open:443": YES, "a>open:443": YES, "n>open:443": YES, "i>open:443": NO}),
    Case("a public endpoint for the laptop alone", {"laptop>listed:443": YES, "a>listed:443": NO, "n>listed:443": NO}),
    Case("an endpoint that is public for others, and private", {"laptop>other:443": NO, "a>other:443": YES},
         wears=MEMBER),
    Case("a private endpoint", {"laptop>inner:443": NO, "n>inner:443": YES, "a>inner:443": NO}, wears=MEMBER),
    Case("a private endpoint is guarded by the cluster's group", {"c>other:443": NO, "i>inner:443": NO}),
    Case("a control plane reaches kubelets by the cluster's group", {"other>a:10250": YES, "inner>a:10250": NO},
         wears={"a": ["group-other"]}),
    Case("a node without a rule for kubelet's port", {"other>b:10250": NO, "other>b:443": YES},
         lets_in(("tcp", 443, "group-other")), B1),
    Case("a node that names the cluster's group", {"other>b:10250": YES, "inner>b:10250": NO, "a>b:10250": NO},
         lets_in(("tcp", 10250, "group-other")), B1),
    # Its interfaces are in both subnets; which of them it calls from is not said.
    Case("a control plane and an ACL", {"other>n:10250": NO, "other>n:443": YES},
         acls={name: [(90, "out", "deny", "tcp", 10250, ANY), *THROUGH] for name in ("one", "two")}),
    Case("a control plane calls the internet from its public address",
         {"other>laptop:443": YES, "inner>a.public:80": YES}),
]  # fmt: skip


def call_of(text: str) -> Call:
    """ "a>b:80", "a>b:53/udp", "a>b icmp" """
    source, _, rest = text.partition(">")
    if " " in rest:
        to, protocol = rest.split()
        return Call(source, to, protocol=protocol)
    to, _, port = rest.partition(":")
    number, _, protocol = port.partition("/")
    return Call(source, to, int(number), protocol or "tcp")


CASES = (*GROUPS, *BORDERS, *ROUTES, *PEERINGS, *CARRIERS, *SERVICES, *CLUSTERS)
