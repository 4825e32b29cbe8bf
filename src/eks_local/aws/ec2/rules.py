"""Rules of security groups and network ACLs where moto falls short: ranges of ports, protocols without, other VPCs.

Source: AuthorizeSecurityGroupIngress of the EC2 API reference; "Update your security groups to reference peer security
groups" of the Amazon VPC peering guide.
"""

from typing import Any

from eks_local.aws.ec2.endpoints import EndpointBackend
from eks_local.aws.ec2.exceptions import InvalidParameterValue, OtherNetwork
from eks_local.aws.ec2.peering import PeeringBackend

_NEED_PORTS = ("tcp", "udp", "6", "17")
_LAST = 65535


class RulesBackend(PeeringBackend, EndpointBackend):
    """Rules as EC2 takes them."""

    def authorize_security_group_ingress(self, group_name_or_id: str, *args: Any, **kwargs: Any) -> Any:
        """Let something in."""
        self._require_reachable(group_name_or_id, kwargs.get("source_groups"))
        return super().authorize_security_group_ingress(group_name_or_id, *args, **kwargs)

    def authorize_security_group_egress(self, group_name_or_id: str, *args: Any, **kwargs: Any) -> Any:
        """Let something out."""
        self._require_reachable(group_name_or_id, kwargs.get("source_groups"))
        return super().authorize_security_group_egress(group_name_or_id, *args, **kwargs)

    def _require_reachable(self, group: str, named: list[dict[str, str]] | None) -> None:
        """A rule may name groups of its own VPC, and of those that are peered with it."""
        own = self.get_security_group_from_id(group)
        for each in named or ():
            other = self.get_security_group_from_id(each.get("GroupId", ""))
            if own and other and own.vpc_id != other.vpc_id and not self.peered(own.vpc_id, other.vpc_id):
                raise OtherNetwork

    def modify_security_group_rules(self, group_id: str, rules: dict[str, dict[str, Any]]) -> None:
        """Change rules."""
        for rule in rules.values():
            _require_range(rule.get("IpProtocol"), rule.get("FromPort"), rule.get("ToPort"))
        super().modify_security_group_rules(group_id, rules)

    def create_network_acl_entry(self, **entry: Any) -> Any:
        """Add a numbered rule."""
        _require_range(entry["protocol"], entry["port_range_from"], entry["port_range_to"])
        return super().create_network_acl_entry(**entry)

    def replace_network_acl_entry(self, **entry: Any) -> Any:
        """Put a rule in the place of the one that has its number, which stays when it cannot be."""
        _require_range(entry["protocol"], entry["port_range_from"], entry["port_range_to"])
        return super().replace_network_acl_entry(**entry)

    def _iterate_security_rules(
        self, ip_protocol: Any, group_id: str, from_port: Any, to_port: Any, *args: Any, **kwargs: Any
    ) -> Any:
        if from_port is None or to_port is None:
            if str(ip_protocol).lower() in _NEED_PORTS:
                raise InvalidParameterValue(
                    "Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange."
                )
            from_port = to_port = -1
        _require_range(ip_protocol, from_port, to_port)
        return super()._iterate_security_rules(ip_protocol, group_id, from_port, to_port, *args, **kwargs)


def _require_range(protocol: Any, first: Any, last: Any) -> None:
    """Ports of TCP and UDP are numbers of 16 bits, the first of a range before its last."""
    if str(protocol).lower() not in _NEED_PORTS or first is None or last is None:
        return
    for port in (int(first), int(last)):
        if not 0 <= port <= _LAST:
            raise InvalidParameterValue(f"TCP/UDP port ({port}) out of range")
    if int(first) > int(last):
        raise InvalidParameterValue(f"Invalid TCP/UDP port range ({first}:{last})")
