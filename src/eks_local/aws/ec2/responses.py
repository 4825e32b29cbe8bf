"""EC2's wire: the operations that this package replaces, as moto's response classes do theirs."""

from collections.abc import Callable
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.ec2.responses import EC2Response
from moto.ec2.utils import add_tag_specification

from eks_local.aws.ec2.addresses import Request
from eks_local.aws.ec2.exceptions import ConflictingParameters, MissingAddresses


class Response(EC2Response):
    """moto's EC2 operations, with some replaced."""

    def _get_param(self, param_name: str, if_none: Any = None) -> Any:
        # moto asks for a kind of icmp by its name on the wire, and has parsed it by its name in the API's shapes.
        return super()._get_param(param_name.replace("Icmp.", "IcmpTypeCode."), if_none)

    def create_network_interface(self) -> ActionResult:
        """CreateNetworkInterface, with prefixes."""
        self.error_on_dryrun()
        named = self._get_param("PrivateIpAddresses", [])
        prefixes = tuple(item["Ipv4Prefix"] for item in self._get_param("Ipv4Prefixes", []))
        count = self._get_int_param("SecondaryPrivateIpAddressCount", 0)
        prefix_count = self._get_int_param("Ipv4PrefixCount", 0)
        _require_one_way(
            privateIpAddresses=named,
            secondaryPrivateIpAddressCount=count,
            ipv4PrefixCount=prefix_count,
            ipv4Prefixes=prefixes,
        )
        eni = self.ec2_backend.create_network_interface(
            self._get_param("SubnetId"),
            self._get_param("PrivateIpAddress"),
            named,
            self._get_param("Groups", []),
            self._get_param("Description"),
            add_tag_specification(self._get_param("TagSpecifications", [])),
            request=Request(count=count, prefixes=prefixes, prefix_count=prefix_count),
            ipv6_addresses=[item["Ipv6Address"] for item in self._get_param("Ipv6Addresses", [])],
            ipv6_address_count=self._get_int_param("Ipv6AddressCount", 0),
        )
        return ActionResult({"NetworkInterface": eni})

    def describe_network_interfaces(self) -> ActionResult:
        """DescribeNetworkInterfaces, in pages."""
        self.error_on_dryrun()
        enis = self.ec2_backend.get_all_network_interfaces(
            self._get_param("NetworkInterfaceIds", []), self._filters_from_querystring()
        )
        start = int(self._get_param("NextToken") or 0)
        end = start + (self._get_int_param("MaxResults") or len(enis))
        token = str(end) if end < len(enis) else None
        return ActionResult({"NetworkInterfaces": enis[start:end], "NextToken": token})

    def modify_network_interface_attribute(self) -> ActionResult:
        """ModifyNetworkInterfaceAttribute, with the attachment's DeleteOnTermination."""
        attachment = self._get_param("Attachment")
        if attachment:
            self.error_on_dryrun()
            self.ec2_backend.modify_attachment(
                self._get_param("NetworkInterfaceId"),
                attachment["AttachmentId"],
                attachment.get("DeleteOnTermination") in (True, "true"),
            )
            return EmptyResult()
        return super().modify_network_interface_attribute()

    def assign_private_ip_addresses(self) -> ActionResult:
        """AssignPrivateIpAddresses: by count or by name, addresses or prefixes."""
        request = Request(
            addresses=tuple(self._get_param("PrivateIpAddresses", [])),
            count=self._get_int_param("SecondaryPrivateIpAddressCount", 0),
            prefixes=tuple(self._get_param("Ipv4Prefixes", [])),
            prefix_count=self._get_int_param("Ipv4PrefixCount", 0),
        )
        _require_one_way(
            privateIpAddresses=request.addresses,
            secondaryPrivateIpAddressCount=request.count,
            ipv4Prefixes=request.prefixes,
            ipv4PrefixCount=request.prefix_count,
        )
        if request == Request():
            raise MissingAddresses
        eni_id = self._get_param("NetworkInterfaceId")
        grant = self.ec2_backend.assign_addresses(eni_id, request, self._get_bool_param("AllowReassignment", False))
        return ActionResult(
            {
                "NetworkInterfaceId": eni_id,
                "AssignedPrivateIpAddresses": [{"PrivateIpAddress": address} for address in grant.addresses],
                "AssignedIpv4Prefixes": [{"Ipv4Prefix": prefix} for prefix in grant.prefixes],
            }
        )

    def unassign_private_ip_addresses(self) -> ActionResult:
        """UnassignPrivateIpAddresses: addresses or prefixes."""
        self.ec2_backend.unassign_addresses(
            self._get_param("NetworkInterfaceId"),
            self._get_param("PrivateIpAddresses", []),
            self._get_param("Ipv4Prefixes", []),
        )
        return EmptyResult()

    def authorize_security_group_ingress(self) -> ActionResult:
        """AuthorizeSecurityGroupIngress; moto names one rule of several."""
        return self._authorize(self.ec2_backend.authorize_security_group_ingress)

    def authorize_security_group_egress(self) -> ActionResult:
        """AuthorizeSecurityGroupEgress, the same."""
        return self._authorize(self.ec2_backend.authorize_security_group_egress)

    def _authorize(self, authorize: Callable[..., Any]) -> ActionResult:
        self.error_on_dryrun()
        asked = list(self._process_rules_from_querystring())
        rules = [rule for each in asked for rule in authorize(**each)[0]]
        return ActionResult({"Return": True, "SecurityGroupRules": rules})

    def modify_vpc_endpoint(self) -> ActionResult:
        """ModifyVpcEndpoint, with private DNS."""
        enabled = self._get_param("PrivateDnsEnabled")
        if enabled is not None:
            self.ec2_backend.set_private_dns(self._get_param("VpcEndpointId"), str(enabled).lower() == "true")
        return super().modify_vpc_endpoint()

    def describe_vpc_peering_connections(self) -> ActionResult:
        """DescribeVpcPeeringConnections, with filters."""
        found = self.ec2_backend.describe_vpc_peering_connections(
            self._get_param("VpcPeeringConnectionIds", []), self._filters_from_querystring()
        )
        return ActionResult({"VpcPeeringConnections": found})


def _require_one_way(**ways: Any) -> None:
    used = [name for name, value in ways.items() if value]
    if len(used) > 1:
        raise ConflictingParameters(used)
