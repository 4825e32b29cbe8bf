"""A network that a test can change rule by rule, and an agent in each of its places that can call the others."""

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from eks_local.waiting import wait_for
from eks_local.world import World
from tests.worlds import inside

LAPTOP = "203.0.113.10"
SUBNETS = ("one", "two", "private", "isolated", "hole", "gate", "mark")
"""one, two: public; private: by the NAT gateway in gate; hole: by one that is gone; mark: only for markers."""
OTHERS = {"peer": "10.8.0.0/16", "third": "10.9.0.0/16"}
"""VPCs with a public subnet of the same name: peer is peered with the first VPC (pcx), third with peer (pcx-third)."""
HOMES = {"a": "one", "b": "one", "c": "two", "n": "private", "i": "isolated", "h": "hole", "m": "mark", "t": "one",
         "q": "peer", "r": "third"}  # fmt: skip
"""t: a NAT instance. Its source/destination check is on unless a test says otherwise."""
GROUPS = ("g1", "g2", "g3", "none", "peer-1")
SERVICES = {"api": "192.0.2.10", "s3": "52.216.0.10", "dynamodb": "52.94.0.10"}
"""Public addresses. isolated and gate have a gateway endpoint for s3; one with an interface, sts, is in gate."""
USUAL = {"q": "peer-open", "r": "third-open"}
"""The group that lets everything through, where it is not `open`."""
ACLS = ("one", "two", "gate")
"""Subnets that have an ACL of their own, in force when a test gives it entries."""
OPEN = (("all", None, "0.0.0.0/0"),)
QUIET = 0.3
"""Seconds after which a packet that is meant to be lost is taken to be."""
PATIENT = 4.0

_TARGETS = {"nat": "NatGatewayId", "pcx": "VpcPeeringConnectionId", "eni": "NetworkInterfaceId", "i": "InstanceId"}

Entry = tuple[str, object, str]
"""protocol, port (or first and last; of icmp type and code), peer: a CIDR, a place, a group, or "list"."""


@dataclass(frozen=True)
class Call:
    """Who calls whom."""

    source: str
    to: str
    port: int = 0
    protocol: str = "tcp"


class Agent:
    """`agent.py` in a namespace."""

    def __init__(self, world: World, netns: str) -> None:
        program = (Path(__file__).parent / "agent.py").read_text()
        self._process = subprocess.Popen(
            inside(world, [sys.executable, "-c", program], netns=netns),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._next = 0
        self._lock = threading.Lock()

    def calls(self, asked: Sequence[dict[str, object]]) -> list[dict[str, Any]]:
        """Make all calls at once."""
        assert self._process.stdin
        assert self._process.stdout
        with self._lock:
            first = self._next
            self._next += len(asked)
            lines = [json.dumps({"id": first + n, **each}) + "\n" for n, each in enumerate(asked)]
            self._process.stdin.write("".join(lines))
            self._process.stdin.flush()
            found = [json.loads(self._process.stdout.readline()) for _ in asked]
        return sorted(found, key=lambda result: result["id"])

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()


@dataclass
class Site:
    """The network, and what a test may do to it."""

    world: World
    ec2: Any
    vpc: str = ""
    ids: dict[str, str] = field(default_factory=dict)
    """Ids of subnets, tables (table-NAME), groups, ACLs (acl-NAME), interfaces (eni-NAME), instances, gateways."""
    addresses: dict[str, str] = field(default_factory=dict)
    """Of instances (NAME, NAME.public), and of what they hold besides."""
    agents: dict[str, Agent] = field(default_factory=dict)
    owned: ExitStack = field(default_factory=ExitStack)
    _marks: int = 20000
    _now: dict[str, object] = field(default_factory=dict)
    """What is set, so that only what differs is set again."""

    # -- changing

    def set(
        self,
        groups: Mapping[str, tuple[Iterable[Entry], Iterable[Entry]]] | None = None,
        wears: Mapping[str, Sequence[str]] | None = None,
        acls: Mapping[str, Sequence[tuple[object, ...]]] | None = None,
        routes: Mapping[str, Mapping[str, str]] | None = None,
        unchecked: Sequence[str] = (),
    ) -> None:
        """From now on these rules, and everything else open; returns when they are in force.

        `groups`: name → (ingress, egress). `wears`: instance → groups. `acls`: subnet → entries (number, way, action,
        protocol, ports, peer). `routes`: subnet → {destination: gateway}. `unchecked`: instances without a
        source/destination check.
        """
        for name in GROUPS:
            ingress, egress = (groups or {}).get(name, ((), ()))
            self._group(name, "ingress", tuple(ingress))
            self._group(name, "egress", tuple(egress))
        for name in set(HOMES) - {"m"}:
            self._once(f"wears-{name}", tuple((wears or {}).get(name, (USUAL.get(name, "open"),))), self._wear)
        for name in ACLS:
            self._once(f"acl-{name}", tuple((acls or {}).get(name, ())), self._acl)
        self._once("check-t", "t" not in unchecked, self._check)
        for name in (*SUBNETS, *OTHERS):
            if name not in ("hole", "mark"):
                self._once(f"table-{name}", tuple((routes or {}).get(name, self._usual(name)).items()), self.routes)
        self.settle()

    def settle(self) -> None:
        """Wait until all that the AWS API was told so far is in force: a rule told last is."""
        self._marks += 1
        self._group("marker", "ingress", (("tcp", self._marks, f"{LAPTOP}/32"),))
        wait_for(lambda: self._marked(self._marks), what="a rule told last to be in force", seconds=10, poll=0.001)

    def _marked(self, port: int) -> bool:
        asked = {"protocol": "tcp", "to": self.addresses["m.public"], "port": port, "from": "", "seconds": 0.05}
        return self.agents["laptop"].calls([asked])[0]["result"] == "refused"

    def _once(self, key: str, wanted: object, change: Callable[[str, Any, Any], None]) -> None:
        if self._now.get(key) != wanted:
            change(key.partition("-")[2], wanted, self._now.get(key, ()))
            self._now[key] = wanted

    def _group(self, name: str, way: str, entries: tuple[Entry, ...]) -> None:
        def change(_: str, wanted: tuple[Entry, ...], now: tuple[Entry, ...]) -> None:
            if now:
                told = self._told(name, egress=way == "egress")
                getattr(self.ec2, f"revoke_security_group_{way}")(GroupId=self.ids[name], SecurityGroupRuleIds=told)
            if wanted:
                authorize = getattr(self.ec2, f"authorize_security_group_{way}")
                authorize(GroupId=self.ids[name], IpPermissions=[self._permission(entry) for entry in wanted])

        self._once(f"{way}-{name}", entries, change)

    def _told(self, group: str, *, egress: bool) -> list[str]:
        """Ids of the rules of a group. The answer to Authorize… names but one of several."""
        own = [{"Name": "group-id", "Values": [self.ids[group]]}]
        found = self.ec2.describe_security_group_rules(Filters=own)["SecurityGroupRules"]
        return [rule["SecurityGroupRuleId"] for rule in found if rule["IsEgress"] == egress]

    def _permission(self, entry: Entry) -> dict[str, object]:
        protocol, ports, peer = entry
        made: dict[str, object] = {"IpProtocol": "-1" if protocol == "all" else protocol}
        if ports is not None:
            first, last = ports if isinstance(ports, tuple) else (ports, ports)
            made |= {"FromPort": first, "ToPort": last}
        if peer in ("list", "s3-list"):
            return {**made, "PrefixListIds": [{"PrefixListId": self.ids[peer]}]}
        if peer in self.ids:
            return {**made, "UserIdGroupPairs": [{"GroupId": self.ids[peer]}]}
        return {**made, "IpRanges": [{"CidrIp": self.cidr(peer)}]}

    def cidr(self, peer: str) -> str:
        """A CIDR, or the one of a place."""
        found = self.addresses.get(peer, peer)
        return found if "/" in found else f"{found}/32"

    def _wear(self, name: str, groups: tuple[str, ...], _: object) -> None:
        wanted = [self.ids[group] for group in groups]
        self.ec2.modify_network_interface_attribute(NetworkInterfaceId=self.ids[f"eni-{name}"], Groups=wanted)

    def _check(self, name: str, wanted: bool, _: object) -> None:
        eni = self.ids[f"eni-{name}"]
        self.ec2.modify_network_interface_attribute(NetworkInterfaceId=eni, SourceDestCheck={"Value": wanted})

    def _acl(self, name: str, wanted: Sequence[tuple[Any, ...]], now: Sequence[tuple[Any, ...]]) -> None:
        acl = self.ids[f"acl-{name}"]
        for number, way, *_ in now:
            self.ec2.delete_network_acl_entry(NetworkAclId=acl, RuleNumber=number, Egress=way == "out")
        for number, way, action, protocol, ports, peer in wanted:
            given: dict[str, Any] = {"Protocol": {"all": "-1", "tcp": "6", "udp": "17", "icmp": "1"}[protocol]}
            if ports is not None:
                first, last = ports if isinstance(ports, tuple) else (ports, ports)
                key, names = ("IcmpTypeCode", ("Type", "Code")) if protocol == "icmp" else ("PortRange", ("From", "To"))
                given[key] = dict(zip(names, (first, last), strict=True))
            given |= {"RuleAction": action, "CidrBlock": self.cidr(peer), "Egress": way == "out"}
            self.ec2.create_network_acl_entry(NetworkAclId=acl, RuleNumber=number, **given)
        if bool(wanted) != bool(now):
            self._associate(name, acl if wanted else self.ids["acl"])

    def _associate(self, name: str, acl: str) -> None:
        where = [{"Name": "association.subnet-id", "Values": [self.ids[name]]}]
        for found in self.ec2.describe_network_acls(Filters=where)["NetworkAcls"]:
            for association in found["Associations"]:
                if association["SubnetId"] == self.ids[name]:
                    self.ec2.replace_network_acl_association(
                        AssociationId=association["NetworkAclAssociationId"], NetworkAclId=acl
                    )

    def _usual(self, name: str) -> dict[str, str]:
        ways = {"isolated": {}, "private": {"0.0.0.0/0": "nat"}, "third": {"10.0.0.0/8": "pcx-third"}}
        ways["third"]["0.0.0.0/0"] = "igw-third"
        ways["peer"] = {"0.0.0.0/0": "igw-peer", "10.7.0.0/16": "pcx", "10.9.0.0/16": "pcx-third"}
        return ways.get(name, {"0.0.0.0/0": "igw"})

    def routes(self, name: str, wanted: Sequence[tuple[str, str]], now: Sequence[tuple[str, str]]) -> None:
        """Replace the routes `now` of a subnet's table."""
        table = self.ids[f"table-{name}"]
        for destination, _ in now:
            self.ec2.delete_route(RouteTableId=table, DestinationCidrBlock=destination)
        for destination, target in wanted:
            key = _TARGETS.get(target.partition("-")[0], "GatewayId")
            self.ec2.create_route(RouteTableId=table, DestinationCidrBlock=destination, **{key: self.ids[target]})

    # -- calling

    def packets(self, calls: Sequence[tuple[Call, str]]) -> list[str]:
        """What comes of each call, given what is expected of it: silence is waited for less long than an answer."""
        found: dict[Call, str] = {}
        threads = []
        for source in {call.source for call, _ in calls}:
            own = [(call, expected) for call, expected in calls if call.source == source]
            thread = threading.Thread(target=lambda s=source, o=own: found.update(self._from(s, o)))
            thread.start()
            threads.append(thread)
        for thread in threads:
            thread.join()
        return [found[call] for call, _ in calls]

    def _from(self, source: str, calls: Sequence[tuple[Call, str]]) -> dict[Call, str]:
        asked = [
            {
                "protocol": call.protocol,
                "to": self.address(call),
                "port": call.port,
                "from": self.addresses[source] if "." in source else "",
                "seconds": QUIET if expected == "times out" else PATIENT,
            }
            for call, expected in calls
        ]
        results = self.agents[source.partition(".")[0]].calls(asked)
        return {call: result.get("error", result["result"]) for (call, _), result in zip(calls, results, strict=True)}

    def address(self, call: Call) -> str:
        """Where a call goes: to the private address within the VPC, to the public one from the laptop."""
        if f"group-{call.to}" in self.ids:
            # An endpoint has no name before its cluster is ACTIVE. `test_names` holds what that resolves to.
            return self.world.explain(call.source, call.to, call.port).destination.rpartition("(")[2].rstrip(")")
        if call.source == "laptop" and f"{call.to}.public" in self.addresses:
            return self.addresses[f"{call.to}.public"]
        return self.addresses.get(call.to, call.to)

    def verdict(self, call: Call) -> tuple[str, str]:
        """What the world says of a call: the verdict in the words of `agent.py`, and how it is told."""
        source = self.addresses[call.source] if "." in call.source else call.source
        # An instance of another VPC has a private address and a public one: which is meant is said.
        to = call.to if call.to in HOMES and call.to not in USUAL else self.address(call)
        port = call.port if call.protocol in ("tcp", "udp") else None
        told = self.world.explain(source, to, port, protocol=call.protocol)
        said = "\n".join(f"{'✓' if hop.passed else '✗'} {hop.text}" for hop in told.hops)
        return told.verdict, said
