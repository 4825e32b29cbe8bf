"""VPC peering connections where moto falls short: ranges that overlap, pairs that are peered already, filters.

Source: CreateVpcPeeringConnection of the EC2 API reference; "VPC peering connection lifecycle" of the Amazon VPC
peering guide.
"""

from ipaddress import ip_network
from typing import Any

from moto.ec2.exceptions import InvalidVPCPeeringConnectionIdError, InvalidVPCPeeringConnectionStateTransitionError
from moto.ec2.models import EC2Backend
from moto.ec2.models.vpc_peering_connections import VPCPeeringConnection
from moto.ec2.utils import random_vpc_peering_connection_id

from eks_local.aws.ec2.exceptions import AlreadyPeered

_OPEN = ("pending-acceptance", "active")
_FAILED = "Failed due to incorrect VPC-ID, Account ID, or overlapping CIDR range"


class PeeringConnection(VPCPeeringConnection):
    """moto's connection, with all ranges of both sides and the filters of DescribeVpcPeeringConnections."""

    @property
    def open(self) -> bool:
        """Whether it is in force, or can still be accepted."""
        return self._status.code in _OPEN

    @property
    def requester_vpc_info(self) -> dict[str, Any]:
        """The side that asked."""
        return {**super().requester_vpc_info, "CidrBlockSet": _ranges(self.vpc)}

    @property
    def accepter_vpc_info(self) -> dict[str, Any]:
        """The side that is asked."""
        return {**super().accepter_vpc_info, "CidrBlockSet": _ranges(self.peer_vpc)}

    def get_filter_value(self, filter_name: str, method_name: str | None = None) -> Any:
        """The value, or values, which a filter compares."""
        side, _, what = filter_name.partition(".")
        sides = {"requester-vpc-info": self.vpc, "accepter-vpc-info": self.peer_vpc}
        if side in sides:
            vpc = sides[side]
            values = {"vpc-id": vpc.id, "owner-id": vpc.owner_id, "cidr-block": [r["CidrBlock"] for r in _ranges(vpc)]}
            return values.get(what)
        own = {"status-code": self._status.code, "status-message": self._status.message}
        own["vpc-peering-connection-id"] = self.id
        return own[filter_name] if filter_name in own else super().get_filter_value(filter_name, method_name)


class PeeringBackend(EC2Backend):
    """Peering connections between VPCs of this account and region, and the routes to them."""

    def create_vpc_peering_connection(
        self, vpc: Any, peer_vpc: Any, tags: dict[str, str] | None = None
    ) -> VPCPeeringConnection:
        """Ask for a connection. One between VPCs whose ranges overlap is made, and has failed."""
        pair = {vpc.id, peer_vpc.id}
        if any(made.open and {made.vpc.id, made.peer_vpc.id} == pair for made in list(self.vpc_pcxs.values())):
            raise AlreadyPeered
        made = PeeringConnection(self, random_vpc_peering_connection_id(), vpc, peer_vpc, tags)
        made._status.pending()
        if any(ip_network(one["CidrBlock"]).overlaps(ip_network(other["CidrBlock"]))
               for one in _ranges(vpc) for other in _ranges(peer_vpc)):  # fmt: skip
            made._status.code, made._status.message = "failed", _FAILED
        self.vpc_pcxs[made.id] = made
        return made

    def describe_vpc_peering_connections(
        self, vpc_peering_ids: list[str] | None = None, filters: dict[str, list[str]] | None = None
    ) -> list[VPCPeeringConnection]:
        """The connections named, or all, that pass every filter."""
        for wanted in vpc_peering_ids or ():
            if wanted not in self.vpc_pcxs:
                raise InvalidVPCPeeringConnectionIdError(wanted)
        found = super().describe_vpc_peering_connections(vpc_peering_ids)
        return [made for made in found if all(_matches(made, *each) for each in (filters or {}).items())]

    def delete_vpc_peering_connection(self, vpc_pcx_id: str) -> VPCPeeringConnection:
        """Delete one that is in force or waits; once only."""
        made = self.get_vpc_peering_connection(vpc_pcx_id)
        if isinstance(made, PeeringConnection) and not made.open:
            raise InvalidVPCPeeringConnectionStateTransitionError(vpc_pcx_id)
        return super().delete_vpc_peering_connection(vpc_pcx_id)

    def delete_vpc(self, vpc_id: str) -> Any:
        """Delete a VPC, and with it the connections that it has."""
        deleted = super().delete_vpc(vpc_id)
        for made in list(self.vpc_pcxs.values()):
            if vpc_id in (made.vpc.id, made.peer_vpc.id):
                made._status.deleted(deleter_id=self.account_id)
        return deleted

    def create_route(self, *args: Any, interface_id: str | None = None, **kwargs: Any) -> Any:
        """Add a route; moto forgets the prefix list, and to look at the destination, of one to an interface."""
        interface = self.get_network_interface(interface_id) if interface_id else None
        route = super().create_route(*args, **kwargs)
        route.interface = interface
        return route

    def peered(self, one: str, other: str) -> bool:
        """Whether a connection between two VPCs (by id) is in force."""
        return any(
            made.status["Code"] == "active" and {made.vpc.id, made.peer_vpc.id} == {one, other}
            for made in list(self.vpc_pcxs.values())
        )


def _ranges(vpc: Any) -> list[dict[str, str]]:
    return [{"CidrBlock": block["cidr_block"]} for block in vpc.get_cidr_block_association_set()]


def _matches(made: VPCPeeringConnection, name: str, wanted: list[str]) -> bool:
    value = made.get_filter_value(name)
    return bool(set(value if isinstance(value, list) else [value]) & set(wanted))
