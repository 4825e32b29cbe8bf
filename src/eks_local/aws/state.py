"""What the AWS API's state is now, for the rest of the world: read-only, typed, safe under concurrent calls.

Reconcilers read here and compare; they change AWS's state only through the API, or through `eks()`'s life cycle.
"""

import base64
import binascii
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from moto.backends import get_backend

from eks_local.aws import views
from eks_local.aws.ec2.endpoints import private_names
from eks_local.aws.eks.models import (
    AccessEntry,
    Addon,
    Cluster,
    EksBackend,
    IdentityProvider,
    Nodegroup,
    PodIdentityAssociation,
    Update,
)
from eks_local.aws.identity import Directory, Identity

T = TypeVar("T")


class AwsState:
    """Views of one account in one region."""

    def __init__(self, account: str = "123456789012", region: str = "us-east-1") -> None:
        self.account = account
        self.region = region
        self._directory = Directory(account)

    # -- backends

    def eks(self) -> EksBackend:
        """The EKS backend: records, and the life cycle that reconcilers drive."""
        backend: EksBackend = get_backend("eks")[self.account][self.region]
        return backend

    def ec2(self) -> Any:
        """moto's EC2 backend."""
        return get_backend("ec2")[self.account][self.region]

    def autoscaling(self) -> Any:
        """moto's Auto Scaling backend."""
        return get_backend("autoscaling")[self.account][self.region]

    def logs(self) -> Any:
        """moto's CloudWatch Logs backend."""
        return get_backend("logs")[self.account][self.region]

    # -- EKS

    def clusters(self) -> tuple[Cluster, ...]:
        """All clusters, oldest first, whatever their status."""
        return _stable(lambda: tuple(self.eks().clusters.values()))

    def cluster(self, name: str) -> Cluster | None:
        """One cluster, or None."""
        return self.eks().clusters.get(name)

    def nodegroups(self, cluster: str) -> tuple[Nodegroup, ...]:
        """A cluster's managed node groups."""
        return _stable(lambda: self.eks().nodegroups.of(cluster))

    def addons(self, cluster: str) -> tuple[Addon, ...]:
        """A cluster's addons."""
        return _stable(lambda: self.eks().addons.of(cluster))

    def access_entries(self, cluster: str) -> tuple[AccessEntry, ...]:
        """A cluster's access entries, with their policies."""
        return _stable(lambda: self.eks().access_entries.of(cluster))

    def pod_identity_associations(self, cluster: str) -> tuple[PodIdentityAssociation, ...]:
        """A cluster's pod identity associations."""
        return _stable(lambda: self.eks().pod_identities.of(cluster))

    def identity_providers(self, cluster: str) -> tuple[IdentityProvider, ...]:
        """A cluster's external OIDC providers."""
        return _stable(lambda: self.eks().identity_providers.of(cluster))

    def open_updates(self, cluster: str) -> tuple[Update, ...]:
        """Updates that somebody has to bring about."""
        return _stable(lambda: self.eks().open_updates(cluster))

    # -- identities

    def identity(self, access_key: str) -> Identity | None:
        """Who an access key stands for, or None."""
        return self._directory.identity(access_key)

    def instance_profile(self, arn: str) -> views.InstanceProfile | None:
        """The instance profile of that ARN, or None."""
        iam: Any = get_backend("iam")[self.account]["aws"]
        for profile in _stable(lambda: list(iam.instance_profiles.values())):
            if profile.arn == arn:
                role = profile.roles[0] if profile.roles else None
                return views.InstanceProfile(profile.arn, profile.id, profile.name, role.arn if role else None)
        return None

    # -- EC2

    def vpcs(self) -> tuple[views.Vpc, ...]:
        """All VPCs, the default one included."""
        return self._read("vpcs", self._vpc)

    def subnets(self) -> tuple[views.Subnet, ...]:
        """All subnets."""

        def read() -> tuple[views.Subnet, ...]:
            tables = self.route_tables()
            acls = self.network_acls()
            zones = list(self.ec2().subnets.values())
            return tuple(self._subnet(subnet, tables, acls) for zone in zones for subnet in list(zone.values()))

        return _stable(read)

    def route_tables(self) -> tuple[views.RouteTable, ...]:
        """All route tables."""
        return self._read("route_tables", self._route_table)

    def internet_gateways(self) -> tuple[views.InternetGateway, ...]:
        """All internet gateways."""
        return self._read(
            "internet_gateways",
            lambda gateway: views.InternetGateway(gateway.id, gateway.vpc.id if gateway.vpc else None),
        )

    def nat_gateways(self) -> tuple[views.NatGateway, ...]:
        """All NAT gateways that are not deleted."""
        gateways = self._read("nat_gateways", _nat_gateway)
        return tuple(gateway for gateway in gateways if gateway.state != "deleted")

    def peerings(self) -> tuple[views.Peering, ...]:
        """All VPC peering connections, whatever their status."""
        return self._read("vpc_pcxs", _peering)

    def elastic_addresses(self) -> tuple[str, ...]:
        """The public addresses that the account has allocated, in use or not."""
        return tuple(str(address.public_ip) for address in list(self.ec2().addresses))

    def security_groups(self) -> tuple[views.SecurityGroup, ...]:
        """All security groups."""

        def read() -> tuple[views.SecurityGroup, ...]:
            by_vpc = list(self.ec2().groups.values())
            return tuple(self._security_group(group) for groups in by_vpc for group in list(groups.values()))

        return _stable(read)

    def prefix_lists(self) -> tuple[views.PrefixList, ...]:
        """All managed prefix lists, AWS's own included, in their newest version."""
        return self._read("managed_prefix_lists", _prefix_list)

    def network_acls(self) -> tuple[views.NetworkAcl, ...]:
        """All network ACLs."""
        return self._read("network_acls", _network_acl)

    def public_key(self, key_pair: str) -> str | None:
        """The public half of a key pair in OpenSSH's format, None when there is no such pair."""
        found = self.ec2().key_pairs.get(key_pair)
        return str(found.public_key) if found else None

    def network_interfaces(self) -> tuple[views.NetworkInterface, ...]:
        """All network interfaces, attached or not."""
        return self._read("enis", self._interface)

    def instances(self) -> tuple[views.Instance, ...]:
        """All instances, terminated ones included for as long as EC2 shows them."""

        def read() -> tuple[views.Instance, ...]:
            reservations = list(self.ec2().reservations.values())
            return tuple(
                self._instance(instance, reservation.id)
                for reservation in reservations
                for instance in list(reservation.instances)
            )

        return _stable(read)

    def images(self) -> tuple[views.Image, ...]:
        """All machine images."""
        return self._read(
            "amis", lambda ami: views.Image(ami.id, ami.name or "", ami.architecture or "", ami.description or "")
        )

    def vpc_endpoints(self) -> tuple[views.VpcEndpoint, ...]:
        """All VPC endpoints that are not deleted."""
        return tuple(made for made in self._read("vpc_end_points", _vpc_endpoint) if made.state != "deleted")

    def auto_scaling_groups(self) -> tuple[views.AutoScalingGroup, ...]:
        """All Auto Scaling groups."""
        groups = self.autoscaling().autoscaling_groups
        return _stable(lambda: tuple(_auto_scaling_group(group) for group in list(groups.values())))

    # -- reading moto's objects

    def _read(self, table: str, view: Callable[[Any], T]) -> tuple[T, ...]:
        return _stable(lambda: tuple(view(item) for item in list(getattr(self.ec2(), table).values())))

    def _tags(self, resource_id: str) -> Mapping[str, str]:
        tags = self.ec2().tags
        return dict(tags[resource_id]) if resource_id in tags else {}

    def _vpc(self, vpc: Any) -> views.Vpc:
        associated = [block["cidr_block"] for block in vpc.get_cidr_block_association_set()]
        others = tuple(cidr for cidr in associated if cidr != vpc.cidr_block)
        return views.Vpc(
            vpc.id,
            (vpc.cidr_block, *others),
            _flag(vpc.enable_dns_support),
            _flag(vpc.enable_dns_hostnames),
            vpc.is_default,
            self._tags(vpc.id),
        )

    def _subnet(
        self, subnet: Any, tables: tuple[views.RouteTable, ...], acls: tuple[views.NetworkAcl, ...]
    ) -> views.Subnet:
        own = next((table.id for table in tables if subnet.id in table.subnet_ids), None)
        main = next((table.id for table in tables if table.is_main and table.vpc_id == subnet.vpc_id), None)
        return views.Subnet(
            id=subnet.id,
            vpc_id=subnet.vpc_id,
            cidr=subnet.cidr_block,
            zone=subnet.availability_zone,
            zone_id=subnet.availability_zone_id,
            map_public_ip=_flag(subnet.map_public_ip_on_launch),
            route_table_id=own or main,
            network_acl_id=next((acl.id for acl in acls if subnet.id in acl.subnet_ids), None),
            is_default=_flag(subnet.default_for_az),
            tags=self._tags(subnet.id),
        )

    def _route_table(self, table: Any) -> views.RouteTable:
        return views.RouteTable(
            id=table.id,
            vpc_id=table.vpc_id,
            is_main=table.main_association_id is not None,
            subnet_ids=tuple(target for target in list(table._associations.values()) if target.startswith("subnet")),
            routes=tuple(route for route in map(_route, table.routes) if route),
            tags=self._tags(table.id),
        )

    def _security_group(self, group: Any) -> views.SecurityGroup:
        return views.SecurityGroup(
            id=group.id,
            name=group.name,
            vpc_id=group.vpc_id,
            ingress=tuple(map(_rule, list(group.ingress_rules))),
            egress=tuple(map(_rule, list(group.egress_rules))),
            tags=self._tags(group.id),
        )

    def _interface(self, eni: Any) -> views.NetworkInterface:
        addresses = [item["PrivateIpAddress"] for item in list(eni.private_ip_addresses)]
        return views.NetworkInterface(
            id=eni.id,
            subnet_id=eni.subnet.id,
            vpc_id=eni.subnet.vpc_id,
            zone=eni.subnet.availability_zone,
            mac=eni.mac_address,
            private_ip=eni.private_ip_address,
            secondary_ips=tuple(address for address in addresses if address != eni.private_ip_address),
            prefixes=tuple(prefix["Ipv4Prefix"] for prefix in list(getattr(eni, "ipv4_prefixes", ()))),
            public_ip=eni.public_ip,
            security_group_ids=tuple(group.id for group in list(eni.group_set)),
            instance_id=eni.instance.id if eni.instance else None,
            device_index=eni.device_index if eni.instance else None,
            attachment_id=eni.attachment_id,
            source_dest_check=_flag(eni.source_dest_check),
            requester_managed=bool(eni.requester_managed),
            description=eni.description or "",
            status=eni.status,
            tags=self._tags(eni.id),
        )

    def _instance(self, instance: Any, reservation_id: str) -> views.Instance:
        interfaces = [eni for _, eni in sorted(instance.nics.items())]
        tags = self._tags(instance.id)
        return views.Instance(
            id=instance.id,
            state=instance.state,
            type=instance.instance_type,
            image_id=instance.image_id,
            vpc_id=instance.vpc_id or "",
            subnet_id=instance.subnet_id or "",
            zone=instance.availability_zone or "",
            private_ip=interfaces[0].private_ip_address if interfaces else "",
            private_dns_name=instance.private_dns_name if interfaces else "",
            public_ip=interfaces[0].public_ip if interfaces else None,
            public_dns_name=instance.public_dns_name if interfaces else None,
            network_interface_ids=tuple(eni.id for eni in interfaces),
            security_group_ids=tuple(group.id for group in list(interfaces[0].group_set)) if interfaces else (),
            user_data=_decoded(instance.user_data),
            instance_profile_arn=_profile_arn(instance),
            key_name=instance.key_name,
            launch_time=instance.launch_time,
            reservation_id=reservation_id,
            metadata=_metadata(instance.metadata_options),
            is_spot=instance.lifecycle == "spot",
            auto_scaling_group=tags.get("aws:autoscaling:groupName"),
            tags=tags,
        )


def _stable(read: Callable[[], T]) -> T:
    """Read again when a call changed what was being read: moto's tables have no locks."""
    for _ in range(20):
        try:
            return read()
        except RuntimeError as error:
            if "changed size" not in str(error) and "mutated" not in str(error):
                raise
    return read()


def _flag(value: Any) -> bool:
    """moto keeps some booleans as the text they came in."""
    return str(value).lower() == "true"


def _route(route: Any) -> views.Route | None:
    destination = route.destination_cidr_block or route.destination_ipv6_cidr_block or route.destination_prefix_list_id
    target = (
        route.gateway_id
        or route.nat_gateway_id
        or route.network_interface_id
        or route.instance_id
        or route.vpc_peering_connection_id
        or route.transit_gateway_id
        or route.egress_only_internet_gateway_id
    )
    return views.Route(destination, target) if destination and target else None


def _rule(rule: Any) -> views.SecurityGroupRule:
    return views.SecurityGroupRule(
        id=rule.id,
        protocol=rule.ip_protocol or "-1",
        from_port=rule.from_port,
        to_port=rule.to_port,
        cidr=rule.cidr_ipv4,
        cidr_v6=rule.cidr_ipv6,
        group_id=(rule.source_group or {}).get("GroupId"),
        prefix_list_id=rule.prefix_list_id,
    )


def _prefix_list(found: Any) -> views.PrefixList:
    entries = found.entries[max(found.entries)] if found.entries else []
    return views.PrefixList(found.id, found.prefix_list_name, tuple(entry["Cidr"] for entry in entries))


def _nat_gateway(gateway: Any) -> views.NatGateway:
    eni = gateway._eni
    return views.NatGateway(
        gateway.id, gateway.vpc_id, gateway.subnet_id, eni.id, eni.private_ip_address, eni.public_ip, gateway.state
    )


def _peering(made: Any) -> views.Peering:
    options = {made.vpc.id: made.requester_options, made.peer_vpc.id: made.accepter_options}
    return views.Peering(
        made.id,
        (made.vpc.id, made.peer_vpc.id),
        made.status["Code"] == "active",
        tuple(vpc for vpc, own in options.items() if _flag(own.get("AllowDnsResolutionFromRemoteVpc"))),
    )


def _network_acl(acl: Any) -> views.NetworkAcl:
    return views.NetworkAcl(
        id=acl.id,
        vpc_id=acl.vpc_id,
        is_default=_flag(acl.default),
        subnet_ids=tuple(association.subnet_id for association in list(acl._associations.values())),
        entries=tuple(
            views.NetworkAclEntry(
                number=int(entry.rule_number),
                egress=_flag(entry.egress),
                protocol=str(entry.protocol),
                allow=str(entry.rule_action).lower() == "allow",
                cidr=entry.cidr_block,
                from_port=_number(entry.icmp_type if _is_icmp(entry) else entry.port_range_from),
                to_port=_number(entry.icmp_code if _is_icmp(entry) else entry.port_range_to),
            )
            for entry in list(acl.network_acl_entries)
        ),
    )


def _is_icmp(entry: Any) -> bool:
    """Whether an ACL's entry has a type and a code in the place of ports."""
    return str(entry.protocol) in ("1", "icmp")


def _vpc_endpoint(endpoint: Any) -> views.VpcEndpoint:
    return views.VpcEndpoint(
        id=endpoint.id,
        vpc_id=endpoint.vpc_id,
        service_name=endpoint.service_name,
        type=endpoint.vpc_endpoint_type or "Gateway",
        subnet_ids=tuple(endpoint.subnet_ids or ()),
        network_interface_ids=tuple(endpoint.network_interface_ids or ()),
        private_names=private_names(endpoint.service_name) if _flag(endpoint.private_dns_enabled) else (),
        names=tuple(entry["DnsName"] for entry in list(endpoint.dns_entries or ())[:1]),
        state=endpoint.state,
    )


def _auto_scaling_group(group: Any) -> views.AutoScalingGroup:
    template = getattr(group, "ec2_launch_template", None) or getattr(group, "launch_template", None)
    return views.AutoScalingGroup(
        name=group.name,
        min_size=int(group.min_size),
        max_size=int(group.max_size),
        desired_capacity=int(group.desired_capacity),
        subnet_ids=tuple(subnet for subnet in str(group.vpc_zone_identifier or "").split(",") if subnet),
        instance_ids=tuple(state.instance.id for state in list(group.instance_states)),
        launch_template_id=template.id if template else None,
        launch_template_version=str(getattr(group, "launch_template_version", None) or "") or None,
        tags={tag["key"]: tag["value"] for tag in _lower_keys(group.tags or [])},
    )


def _lower_keys(tags: list[dict[str, str]]) -> list[dict[str, str]]:
    return [{name.lower(): value for name, value in tag.items()} for tag in list(tags)]


def _metadata(options: Any) -> views.MetadataOptions:
    return views.MetadataOptions(
        tokens_required=options.http_tokens == "required",
        hop_limit=int(options.http_put_response_hop_limit),
        enabled=options.http_endpoint == "enabled",
        instance_tags=options.instance_metadata_tags == "enabled",
    )


def _profile_arn(instance: Any) -> str | None:
    profile = instance.iam_instance_profile
    if isinstance(profile, Mapping):
        return profile.get("Arn") or profile.get("arn")
    return getattr(profile, "arn", None)


def _decoded(user_data: Any) -> bytes:
    """User data as the instance sees it: moto keeps the base64 that came over the wire."""
    if not user_data:
        return b""
    raw = user_data if isinstance(user_data, bytes) else str(user_data).encode()
    try:
        return base64.b64decode(raw, validate=True)
    except (binascii.Error, ValueError):
        return raw


def _number(value: Any) -> int | None:
    return int(value) if value not in (None, "") else None
