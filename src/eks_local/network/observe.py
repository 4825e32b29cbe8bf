"""EC2's and EKS's state → what the network should be. Reads; changes nothing."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

from eks_local.aws import views
from eks_local.aws.eks.models import Cluster
from eks_local.aws.state import AwsState
from eks_local.network import model, security

_GONE = {"terminated", "shutting-down"}


def network(
    aws: AwsState,
    clusters: Sequence[Cluster],
    endpoints: Mapping[str, IPv4Address],
    laptop: IPv4Address = model.LAPTOP_ADDRESS,
) -> model.Network:
    """The network that `aws` and `clusters` (of the same state) describe.

    `endpoints`: public address of each cluster's endpoint, by the cluster's unique id.
    """
    instances = {instance.id for instance in aws.instances() if instance.vpc_id and instance.state not in _GONE}
    interfaces = sorted(aws.network_interfaces(), key=lambda interface: interface.id)
    planes = tuple(_control_plane(cluster, interfaces, endpoints[cluster.unique_id]) for cluster in clusters)
    owners = {i.id: p.netns for p in planes for i in cross_account(p.cluster, interfaces)}
    owners |= {eni: made.id for made in aws.vpc_endpoints() for eni in made.network_interface_ids}
    return model.Network(
        vpcs=_vpcs(aws, [(i, owner) for i in interfaces if (owner := _owner(i, owners, instances))]),
        instances=tuple(sorted(instances)),
        control_planes=tuple(sorted(planes, key=lambda plane: plane.cluster)),
        laptop=laptop,
    )


def cross_account(cluster: str, interfaces: Sequence[views.NetworkInterface]) -> list[views.NetworkInterface]:
    """The interfaces that EKS has made for the cluster."""
    return [i for i in interfaces if i.requester_managed and i.description == f"Amazon EKS {cluster}"]


def _control_plane(
    cluster: Cluster, interfaces: Sequence[views.NetworkInterface], public: IPv4Address
) -> model.ControlPlane:
    access = cluster.resources_vpc_config
    cidrs = access.public_access_cidrs if access.endpoint_public_access else ()
    return model.ControlPlane(
        cluster=cluster.name,
        netns=model.control_plane_netns(cluster.name),
        public=public,
        host=cluster.endpoint_host,
        vpc=access.vpc_id,
        private=tuple(
            IPv4Address(i.private_ip)
            for i in cross_account(cluster.name, interfaces)
            if i.subnet_id in access.subnet_ids  # one that the cluster leaves works, and is no longer named
        ),
        private_access=access.endpoint_private_access,
        public_cidrs=tuple(sorted({IPv4Network(cidr, strict=False) for cidr in cidrs})),
    )


def _owner(interface: views.NetworkInterface, planes: Mapping[str, str], instances: set[str]) -> str | None:
    """The namespace that an interface is plugged into."""
    if interface.id in planes:
        return planes[interface.id]
    return interface.instance_id if interface.instance_id in instances else None


def _vpcs(aws: AwsState, plugged: Sequence[tuple[views.NetworkInterface, str]]) -> tuple[model.Vpc, ...]:
    subnets = sorted(aws.subnets(), key=lambda subnet: subnet.id)
    tables = {table.id: table for table in aws.route_tables()}
    gateways = {gateway.vpc_id: gateway.id for gateway in aws.internet_gateways()}
    nats = sorted(aws.nat_gateways(), key=lambda nat: nat.id)
    cidrs = {subnet.id: IPv4Network(subnet.cidr) for subnet in subnets}
    groups, acls = security.groups(aws, [interface for interface, _ in plugged]), security.acls(aws)
    lists = {found.id: found.cidrs for found in aws.prefix_lists()}
    connections = sorted(aws.peerings(), key=lambda peering: peering.id)
    endpoints = sorted(aws.vpc_endpoints(), key=lambda made: made.id)
    found: list[model.Vpc] = []
    for vpc in sorted(aws.vpcs(), key=lambda vpc: vpc.id):
        public_nats = tuple(
            model.NatGateway(nat.id, IPv4Address(nat.public_ip), cidrs[nat.subnet_id])
            for nat in nats
            if nat.vpc_id == vpc.id and nat.public_ip and nat.state == "available" and nat.subnet_id in cidrs
        )
        own = tuple(
            _interface(interface, owner, cidrs[interface.subnet_id])
            for interface, owner in plugged
            if interface.vpc_id == vpc.id and interface.subnet_id in cidrs
        )
        peerings = [peering.id for peering in connections if peering.active and vpc.id in peering.vpc_ids]
        gateway, inside = gateways.get(vpc.id), [_endpoint(made) for made in endpoints if made.vpc_id == vpc.id]
        ways = [*filter(None, [gateway]), *(nat.id for nat in public_nats), *peerings, *(i.id for i in own)]
        ways += [made.id for made in inside if made.gateway]
        targets = {way: way for way in ways} | {i.netns: i.id for i in own if i.boots}
        found.append(
            model.Vpc(
                id=vpc.id,
                cidrs=tuple(IPv4Network(cidr) for cidr in vpc.cidrs if ":" not in cidr),
                internet_gateway=gateway,
                subnets=tuple(
                    model.Subnet(
                        id=s.id,
                        cidr=cidrs[s.id],
                        routes=_routes(tables.get(s.route_table_id or ""), targets, lists),
                        acl=s.network_acl_id,
                        table=s.route_table_id,
                    )
                    for s in subnets
                    if s.vpc_id == vpc.id
                ),
                interfaces=own,
                nat_gateways=public_nats,
                groups=tuple(groups.get(vpc.id, ())),
                acls=tuple(acls.get(vpc.id, ())),
                endpoints=tuple(inside),
            )
        )
    return _peered(found, connections)


def _endpoint(made: views.VpcEndpoint) -> model.Endpoint:
    service = made.service_name.rpartition(".")[2]
    return model.Endpoint(made.id, service, made.type == "Gateway", made.private_names, made.names)


def _peered(vpcs: Sequence[model.Vpc], connections: Sequence[views.Peering]) -> tuple[model.Vpc, ...]:
    """The VPCs with what they see of each other."""
    by_id = {vpc.id: vpc for vpc in vpcs}

    def sides(vpc: str) -> Iterator[model.Peering]:
        for made in connections:
            if made.active and vpc in made.vpc_ids:
                other = by_id.get(made.vpc_ids[made.vpc_ids[0] == vpc])
                if other:
                    yield model.Peering(made.id, other.id, other.interfaces, other.id in made.resolves)

    return tuple(replace(vpc, peerings=tuple(sides(vpc.id))) for vpc in vpcs)


def _routes(
    table: views.RouteTable | None, targets: Mapping[str, str], lists: Mapping[str, Sequence[str]]
) -> tuple[model.Route, ...]:
    """The routes that leave the VPC. One whose target is gone, or of a kind that leads nowhere here, is a blackhole.

    A route to a prefix list is one to each of its CIDRs. One of the table's own to the same CIDR comes first ("Route
    priority and prefix lists" of the Amazon VPC User Guide).
    """
    found: dict[IPv4Network, model.Route] = {}
    for route in sorted(table.routes if table else (), key=lambda route: route.destination in lists):
        if route.target == "local":
            continue
        listed = route.destination if route.destination in lists else None
        for cidr in lists[listed] if listed else (route.destination,):
            if "/" in cidr and ":" not in cidr:
                to = IPv4Network(cidr)
                found.setdefault(to, model.Route(to, targets.get(route.target), route.target, listed))
    return tuple(found.values())


def _interface(interface: views.NetworkInterface, owner: str, subnet: IPv4Network) -> model.Interface:
    index = interface.device_index if interface.instance_id == owner else None
    return model.Interface(
        id=interface.id,
        mac=interface.mac,
        netns=owner,
        link=model.link_name("eni", interface.id) if index is None else f"eth{index}",
        subnet=subnet,
        primary=IPv4Address(interface.private_ip),
        secondary=tuple(sorted(IPv4Network(each) for each in (*interface.secondary_ips, *interface.prefixes))),
        public=IPv4Address(interface.public_ip) if interface.public_ip else None,
        boots=index == 0,
        groups=tuple(sorted(interface.security_group_ids)),
        forwards=not interface.source_dest_check,
    )
