"""Security groups and network ACLs: from the AWS API's state to the model's words."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from ipaddress import IPv4Network
from typing import TypeVar

from eks_local.aws import views
from eks_local.aws.state import AwsState
from eks_local.network import model

T = TypeVar("T")

LAST = 32767
"""Number of the entry that denies whatever no other one has decided (`*` in the console)."""

_PROTOCOLS = {"-1": "all", "1": "icmp", "6": "tcp", "17": "udp"}
_WITH_PORTS = ("tcp", "udp")
_EVERY_PORT = (0, 65535)


ByVpc = Mapping[str, Sequence[T]]
"""By the id of the VPC; a VPC that has none is not in it."""


def groups(aws: AwsState, interfaces: Sequence[views.NetworkInterface]) -> ByVpc[model.SecurityGroup]:
    """The groups that an interface has, by id; what nobody has decides nothing."""
    used = {group for interface in interfaces for group in interface.security_group_ids}
    lists = {found.id: found.cidrs for found in aws.prefix_lists()}
    found: dict[str, list[model.SecurityGroup]] = defaultdict(list)
    for group in sorted(aws.security_groups(), key=lambda group: group.id):
        if group.vpc_id and group.id in used:
            ingress, egress = _rules(group.ingress, lists), _rules(group.egress, lists)
            found[group.vpc_id].append(model.SecurityGroup(group.id, ingress, egress, group.name))
    return found


def acls(aws: AwsState) -> ByVpc[model.NetworkAcl]:
    """The network ACLs, by id."""
    found: dict[str, list[model.NetworkAcl]] = defaultdict(list)
    for acl in sorted(aws.network_acls(), key=lambda acl: acl.id):
        entries = model.NetworkAcl(acl.id, _entries(acl, egress=False), _entries(acl, egress=True))
        found[acl.vpc_id].append(entries)
    return found


def _rules(rules: Sequence[views.SecurityGroupRule], lists: dict[str, tuple[str, ...]]) -> tuple[model.Rule, ...]:
    found = [_rule(rule, lists) for rule in rules if rule.cidr or rule.group_id or rule.prefix_list_id]
    return tuple(sorted(found, key=lambda rule: rule.id))


def _rule(rule: views.SecurityGroupRule, lists: dict[str, tuple[str, ...]]) -> model.Rule:
    protocol = _protocol(rule.protocol)
    named = [rule.cidr] if rule.cidr else list(lists.get(rule.prefix_list_id or "", ()))
    return model.Rule(
        id=rule.id,
        protocol=protocol,
        ports=_ports(protocol, rule.from_port, rule.to_port),
        cidrs=tuple(IPv4Network(cidr, strict=False) for cidr in named if ":" not in cidr),
        group=rule.group_id,
        prefix_list=rule.prefix_list_id,
    )


def _entries(acl: views.NetworkAcl, *, egress: bool) -> tuple[model.AclEntry, ...]:
    """By number, as they are evaluated. IPv6 ones decide nothing here."""
    return tuple(
        model.AclEntry(
            number=entry.number,
            allow=entry.allow,
            protocol=(protocol := _protocol(entry.protocol)),
            cidr=IPv4Network(entry.cidr, strict=False),
            ports=_ports(protocol, entry.from_port, entry.to_port),
        )
        for entry in sorted(acl.entries, key=lambda entry: entry.number)
        if entry.egress == egress and entry.cidr and entry.number != LAST
    )


def _protocol(name: str) -> str:
    return _PROTOCOLS.get(name, name)


def _ports(protocol: str, first: int | None, last: int | None) -> model.Ports | None:
    if protocol == "icmp" and first is not None and first != -1:
        return (first, -1 if last is None else last)
    if protocol not in _WITH_PORTS or first is None or first == -1:
        return None
    ports = (first, first if last is None else last)
    return None if ports == _EVERY_PORT else ports
