"""Endpoint: how a cluster's Kubernetes API is reached, from where, and what EKS has in the subnets for it."""

import ipaddress
import time
from typing import Any

from kubernetes import client
from pytest_bdd import parsers, then

from checks.steps.nodes import is_ready
from eks_labs.checks import CheckFailed, true_of_nothing
from eks_labs.checks.context import CheckContext

LIMIT = 120.0
"""Seconds for the Kubernetes API and its nodes to follow a change of the endpoint."""

UPDATE = 900.0
"""Seconds for EKS to change an endpoint: on AWS it takes minutes."""

DIAL = 3
"""Seconds to wait for a connection that may be dropped. One that is let in is there after a few milliseconds."""

ACCESS = {(True, False): "public", (False, True): "private", (True, True): "public and private"}
"""(endpointPublicAccess, endpointPrivateAccess) → in words."""

HINT = "`aws eks describe-cluster --name … --query cluster.resourcesVpcConfig` shows how the endpoint is configured"


@then(parsers.re(r"the cluster's endpoint is (?P<access>public|private|public and private)"))
def endpoint_is(lab: CheckContext, access: str) -> None:
    """EKS has come to rest, and offers the Kubernetes API in this way and in no other."""
    _config(lab, lambda vpc: _access(vpc) == access, expected=f"the endpoint {access}", seen=_access)


@then(parsers.parse('the public endpoint is open to "{cidrs}"'))
def endpoint_open_to(lab: CheckContext, cidrs: str) -> None:
    """EKS has come to rest, and its public endpoint lets in these CIDRs (with commas between them) and no others."""
    wanted = {cidr.strip() for cidr in cidrs.split(",")}
    _config(
        lab,
        lambda vpc: set(vpc["publicAccessCidrs"]) == wanted,
        expected=f"the public endpoint open to {cidrs}",
        seen=lambda vpc: ", ".join(vpc["publicAccessCidrs"]),
    )


@then("the public endpoint is open to the laptop alone")
def endpoint_open_to_laptop(lab: CheckContext) -> None:
    """EKS has come to rest, its public endpoint lets in one single address, and the laptop reaches it."""
    _config(
        lab,
        lambda vpc: [cidr.partition("/")[2] for cidr in vpc["publicAccessCidrs"]] == ["32"],
        expected="the public endpoint open to one address",
        seen=lambda vpc: ", ".join(vpc["publicAccessCidrs"]),
    )
    lab.eventually(
        lambda: _dials(lab), bool, expected="the laptop reaches it", seen=lambda _: "silence", hint=HINT, seconds=LIMIT
    )


@then(parsers.parse('the Kubernetes API answers the address "{address}"'))
def api_answers(lab: CheckContext, address: str) -> None:
    """Who comes from this address of the internet gets a connection to the public endpoint.

    The laptop is given the address and tries. Where it cannot be given one, the endpoint's CIDRs decide.
    """
    lab.eventually(
        lambda: _answers(lab, address),
        bool,
        expected=f"an answer of the Kubernetes API for {address}",
        seen=lambda _: "none: the connection times out",
        hint=HINT,
        seconds=20.0,
    )


@then(parsers.parse('the Kubernetes API does not answer the address "{address}"'))
@true_of_nothing
def api_does_not_answer(lab: CheckContext, address: str) -> None:
    """Who comes from this address of the internet gets no connection to the public endpoint: it times out.

    The laptop is given the address and tries. Where it cannot be given one, the endpoint's CIDRs decide.
    """
    if _answers(lab, address):
        raise CheckFailed(f"no answer of the Kubernetes API for {address}", "a connection", HINT)


@then("each node still reports to the cluster")
def nodes_report(lab: CheckContext) -> None:
    """From now on every node renews its lease once more: its kubelet reaches the Kubernetes API."""
    began = time.time()
    core, leases = client.CoreV1Api(lab.kubernetes()), client.CoordinationV1Api(lab.kubernetes())

    def silent() -> list[str] | None:
        names = [node.metadata.name for node in core.list_node().items]
        heard = {
            lease.metadata.name: lease.spec.renew_time.timestamp()
            for lease in leases.list_namespaced_lease("kube-node-lease").items
            if lease.spec.renew_time
        }
        return [name for name in names if heard.get(name, 0.0) < began] if names else None

    lab.eventually(
        silent,
        lambda nodes: nodes == [],
        expected="each node renews its lease",
        seen=lambda nodes: f"nothing was heard of {', '.join(nodes)}" if nodes else "no nodes",
        hint="a kubelet renews every ten seconds: does it reach the endpoint, by its public or its private address?",
        seconds=LIMIT,
    )


@then("no node is Ready")
def no_node_ready(lab: CheckContext) -> None:
    """There are nodes, and none of them is Ready."""

    def ready() -> list[str] | None:
        nodes = client.CoreV1Api(lab.kubernetes()).list_node().items
        return [node.metadata.name for node in nodes if is_ready(node)] if nodes else None

    lab.eventually(
        ready,
        lambda names: names == [],
        expected="nodes of which none is Ready",
        seen=lambda names: f"Ready: {', '.join(names)}" if names else "no nodes",
        hint="`kubectl get nodes`: the controller manager waits some 40 seconds before it gives up on a silent node",
        seconds=LIMIT,
    )


@then(parsers.parse("EKS has {count:d} network interfaces in the cluster's subnets"))
def cluster_interfaces(lab: CheckContext, count: int) -> None:
    """So many interfaces of the control plane are in the cluster's subnets, all with the cluster security group."""
    name = lab.cluster_name
    vpc = lab.aws("eks").describe_cluster(name=name)["cluster"]["resourcesVpcConfig"]
    described = [{"Name": "description", "Values": [f"Amazon EKS {name}"]}]
    found = lab.aws("ec2").describe_network_interfaces(Filters=described)["NetworkInterfaces"]
    right = [
        interface["NetworkInterfaceId"]
        for interface in found
        if interface["SubnetId"] in vpc["subnetIds"]
        and vpc["clusterSecurityGroupId"] in [group["GroupId"] for group in interface["Groups"]]
    ]
    if len(right) != count or len(found) != count:
        raise CheckFailed(
            f"{count} interfaces of EKS in the cluster's subnets, with its security group",
            f"{len(right)} of {len(found)} interfaces are there: {', '.join(right)}",
            "`aws ec2 describe-network-interfaces --filters 'Name=description,Values=Amazon EKS …'` shows them",
        )


def _config(lab: CheckContext, accept: Any, *, expected: str, seen: Any) -> None:
    eks = lab.aws("eks")
    lab.eventually(
        lambda: eks.describe_cluster(name=lab.cluster_name)["cluster"],
        lambda cluster: cluster["status"] == "ACTIVE" and accept(cluster["resourcesVpcConfig"]),
        expected=expected,
        seen=lambda cluster: f"{seen(cluster['resourcesVpcConfig'])} ({cluster['status']})",
        hint=HINT,
        seconds=UPDATE if _updating(eks, lab.cluster_name) else 5.0,
    )


def _updating(eks: Any, cluster: str) -> bool:
    return bool(eks.describe_cluster(name=cluster)["cluster"]["status"] == "UPDATING")


def _access(vpc: dict[str, Any]) -> str:
    return ACCESS[vpc["endpointPublicAccess"], vpc["endpointPrivateAccess"]]


def _answers(lab: CheckContext, address: str) -> bool:
    with lab.laptop_at(address) as moved:
        if moved:
            return _dials(lab)
    vpc = lab.aws("eks").describe_cluster(name=lab.cluster_name)["cluster"]["resourcesVpcConfig"]
    cidrs = vpc["publicAccessCidrs"] if vpc["endpointPublicAccess"] else []
    return any(ipaddress.ip_address(address) in ipaddress.ip_network(cidr) for cidr in cidrs)


def _dials(lab: CheckContext) -> bool:
    """Whether the laptop gets a TCP connection to the endpoint, however long the rest then takes."""
    url = lab.aws("eks").describe_cluster(name=lab.cluster_name)["cluster"]["endpoint"]
    command = f"curl --silent --insecure --output /dev/null --connect-timeout {DIAL} --max-time 60 {url}/readyz"
    return lab.probe("laptop", command).exit_code == 0
