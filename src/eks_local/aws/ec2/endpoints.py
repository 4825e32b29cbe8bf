"""VPC endpoints where moto falls short: interfaces that are seen, names, security groups, changes, what is refused.

Source: CreateVpcEndpoint, ModifyVpcEndpoint of the EC2 API reference; "Access AWS services through AWS PrivateLink".
"""

import secrets
from typing import Any

from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models import EC2Backend
from moto.ec2.models.vpcs import VPCEndPoint
from moto.ec2.utils import random_vpc_ep_id

GATEWAYS = ("s3", "dynamodb")
"""Services that have gateway endpoints."""
_INTERFACE, _GATEWAY = "Interface", "Gateway"


class InvalidEndpoint(EC2ClientError):
    """The endpoint cannot be made as asked."""

    def __init__(self, message: str) -> None:
        super().__init__("InvalidParameter", message)


class InvalidServiceName(EC2ClientError):
    """There is no endpoint service of that name."""

    def __init__(self, name: str) -> None:
        super().__init__("InvalidServiceName", f"The Vpc Endpoint Service '{name}' does not exist")


class Endpoint(VPCEndPoint):
    """moto's endpoint, with what AWS tells besides."""

    requester_managed = False
    ip_address_type = "ipv4"
    dns_options = {"DnsRecordIpType": "ipv4"}  # noqa: RUF012 - moto's shape: read by the name of the response's member


def private_names(service_name: str) -> tuple[str, ...]:
    """What a service is called where an endpoint of it has private DNS: com.amazonaws.REGION.ecr.api → api.ecr.…"""
    _, _, region, *service = service_name.split(".")
    host = ".".join(reversed(service))
    wild = ("*.",) if service[0] in ("ecr", "s3") else ()
    return tuple(f"{start}{host}.{region}.{domain}" for domain in ("amazonaws.com", "api.aws") for start in ("", *wild))


class EndpointBackend(EC2Backend):
    """Interface and gateway endpoints of AWS's own services."""

    def create_vpc_endpoint(
        self, vpc_id: str, service_name: str, endpoint_type: str | None, policy_document: str | None,
        route_table_ids: list[str], subnet_ids: list[str] | None = None, **kwargs: Any,
    ) -> VPCEndPoint:  # fmt: skip
        """Make an endpoint: of type Interface with an interface in each subnet, of type Gateway with routes."""
        kind = (endpoint_type or _GATEWAY).capitalize()
        vpc = self.get_vpc(vpc_id)
        service = self._service(service_name, kind)
        private_dns = kind == _INTERFACE and str(kwargs.get("private_dns_enabled")).lower() == "true"
        if private_dns:
            self._require_names(vpc, service_name)
        lists = [pl.id for pl in self.managed_prefix_lists.values() if pl.prefix_list_name == service_name]
        made = Endpoint(
            self, random_vpc_ep_id(), vpc_id, service_name, kind, policy_document,
            route_table_ids=list(route_table_ids or ()), subnet_ids=[], network_interface_ids=[], dns_entries=[],
            client_token=kwargs.get("client_token"), security_group_ids=list(kwargs.get("security_group_ids") or ()),
            tags=kwargs.get("tags"), private_dns_enabled=private_dns,
            destination_prefix_list_id=lists[0] if kind == _GATEWAY else None,
        )  # fmt: skip
        if kind == _INTERFACE:
            if not made.security_group_ids:
                made.security_group_ids = [self.get_default_security_group(vpc_id).id]
            made.dns_entries = _names(made, service, self.region_name)
            self._enter(made, subnet_ids or [])
        self.vpc_end_points[made.id] = made
        for table in made.route_table_ids if kind == _GATEWAY else ():
            self._route(made, table)
        return made

    def modify_vpc_endpoint(
        self, vpc_id: str, policy_doc: str, add_subnets: list[str] | None, remove_subnets: list[str] | None,
        remove_route_tables: list[str] | None, add_route_tables: list[str] | None,
        add_security_groups: list[str] | None, remove_security_groups: list[str] | None,
    ) -> None:  # fmt: skip
        """Change where an endpoint is, and who may use it. `vpc_id`: moto's name for the endpoint's id."""
        made = self.get_vpc_end_point(vpc_id)
        made.modify(policy_doc, None, None, None, None, add_security_groups, remove_security_groups)
        groups = [self.get_security_group_from_id(group) for group in made.security_group_ids]
        for eni in made.network_interface_ids:
            self.enis[eni]._group_set = groups
        self._leave(made, remove_subnets or [])
        self._enter(made, add_subnets or [])
        for table in remove_route_tables or ():
            self.delete_route(table, made.destination_prefix_list_id)
        for table in add_route_tables or ():
            self._route(made, table)
        made.modify(None, None, None, add_route_tables, remove_route_tables, None, None)

    def set_private_dns(self, endpoint: str, enabled: bool) -> None:
        """Say whether the service's own names mean the endpoint in its VPC."""
        made = self.get_vpc_end_point(endpoint)
        if enabled:
            self._require_names(self.get_vpc(made.vpc_id), made.service_name)
        made.private_dns_enabled = enabled

    def delete_vpc_endpoints(self, vpce_ids: list[str] | None = None) -> None:
        """Delete endpoints, and with them their interfaces or routes."""
        for made in filter(None, map(self.vpc_end_points.get, vpce_ids or ())):
            self._leave(made, list(made.subnet_ids or ()))
            for table in made.route_table_ids:
                self.delete_route(table, made.destination_prefix_list_id)
            made.route_table_ids = []
            made.state = "deleted"

    def _service(self, name: str, kind: str) -> str:
        start = f"com.amazonaws.{self.region_name}."
        service = name.removeprefix(start)
        if not name.startswith(start) or not service or (kind == _GATEWAY and service not in GATEWAYS):
            raise InvalidServiceName(name)
        return service

    def _require_names(self, vpc: Any, service_name: str) -> None:
        if not all(str(flag).lower() == "true" for flag in (vpc.enable_dns_support, vpc.enable_dns_hostnames)):
            raise InvalidEndpoint(
                "Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true "
                f"for {vpc.id}"
            )
        for other in list(self.vpc_end_points.values()):
            taken = (other.vpc_id, other.service_name, other.private_dns_enabled) == (vpc.id, service_name, True)
            if taken and other.state != "deleted":
                raise InvalidEndpoint(
                    f"private-dns-enabled cannot be set because there is already a conflicting DNS domain for "
                    f"{private_names(service_name)[0]} in the VPC {vpc.id}"
                )

    def _enter(self, made: VPCEndPoint, subnets: list[str]) -> None:
        from eks_local.aws.ec2.interfaces import ServiceAttachment

        for subnet in subnets:
            text = f"VPC Endpoint Interface {made.id}"
            eni: Any = self.create_network_interface(subnet, group_ids=made.security_group_ids, description=text)
            eni.hand_to(self.account_id, ServiceAttachment("amazon-aws"))
            eni.interface_type = "vpc_endpoint"
            made.network_interface_ids = [*made.network_interface_ids, eni.id]
            made.subnet_ids = [*(made.subnet_ids or ()), subnet]

    def _leave(self, made: VPCEndPoint, subnets: list[str]) -> None:
        for eni in [self.enis[each] for each in made.network_interface_ids]:
            if eni.subnet.id in subnets:
                made.network_interface_ids = [each for each in made.network_interface_ids if each != eni.id]
                made.subnet_ids = [each for each in made.subnet_ids or () if each != eni.subnet.id]
                eni.service_attachment = None
                self.delete_network_interface(eni.id)

    def _route(self, made: VPCEndPoint, table: str) -> None:
        self.create_route(table, None, gateway_id=made.id, destination_prefix_list_id=made.destination_prefix_list_id)


def _names(made: VPCEndPoint, service: str, region: str) -> list[dict[str, str]]:
    """The names that an endpoint has everywhere, and those of the service where it has private DNS."""
    zone = f"Z{secrets.token_hex(7).upper()}"
    own = f"{made.id}-{secrets.token_hex(4)}.{service}.{region}.vpce.amazonaws.com"
    named = [own, *(private_names(made.service_name)[:1] if made.private_dns_enabled else ())]
    return [{"DnsName": name, "HostedZoneId": zone} for name in named]
