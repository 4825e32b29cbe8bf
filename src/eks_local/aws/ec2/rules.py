"""Security group rules where moto falls short: protocols without ports, groups of other VPCs.

Source: AuthorizeSecurityGroupIngress of the EC2 API reference; "Update your security groups to reference peer security
groups" of the Amazon VPC peering guide.
"""

from typing import Any

from eks_local.aws.ec2.endpoints import EndpointBackend
from eks_local.aws.ec2.exceptions import InvalidAddress, OtherNetwork
from eks_local.aws.ec2.peering import PeeringBackend

_NEED_PORTS = ("tcp", "udp", "6", "17")


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

    def _iterate_security_rules(
        self, ip_protocol: Any, group_id: str, from_port: Any, to_port: Any, *args: Any, **kwargs: Any
    ) -> Any:
        if from_port is None or to_port is None:
            if str(ip_protocol).lower() in _NEED_PORTS:
                raise InvalidAddress("Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange.")
            from_port = to_port = -1
        return super()._iterate_security_rules(ip_protocol, group_id, from_port, to_port, *args, **kwargs)
