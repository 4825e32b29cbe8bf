"""Reaching: from which places of the world the Kubernetes API is reached, at which address, and by whom."""

import ipaddress
import re
from dataclasses import dataclass
from typing import Any

from kubernetes import client
from kubernetes.client.exceptions import ApiException
from pytest_bdd import parsers, then, when

from checks.instances import first_node
from eks_labs.checks import CheckFailed, true_of_nothing
from eks_labs.checks.context import CheckContext

LIMIT = 45.0
"""Seconds for a rule that was changed to be in force."""

DIAL = 4
"""Seconds to wait for a connection that may be dropped. One that is let in is there after a few milliseconds."""

EXPLAIN = "`labs explain FROM CLUSTER:443` says which rule decides"
ACCESS = "`aws eks list-access-entries` and `list-associated-access-policies` show who has which policy, and where"


@dataclass(frozen=True)
class Reached:
    """What came of one connection: the address that was dialled, empty when nobody answered."""

    address: str
    said: str


@when("I run from the bastion, expecting an error")
def run_from_bastion_expecting_an_error(lab: CheckContext, docstring: str) -> None:
    """Run the lines between the quotes in a shell on the lab's bastion, exactly as they stand. They must fail."""
    if lab.run("bastion", docstring, allow_failure=True).exit_code == 0:
        raise CheckFailed("the command to fail", "it succeeded", "run it yourself: `labs ssh bastion`")


@then(parsers.parse("{place} reaches the Kubernetes API at a {kind:w} address"))
def reaches(lab: CheckContext, place: str, kind: str) -> None:
    """The endpoint's name leads to an answer, at a private address (of the cluster's VPC) or a public one (any other).

    The place is: the laptop, the bastion, a node, the instance "NAME".
    """
    if kind not in ("private", "public"):
        raise CheckFailed("a private or a public address in the step", kind)
    vpc = _vpc(lab)
    lab.eventually(
        lambda: _reach(lab, place),
        lambda reached: bool(reached.address) and _kind(reached.address, vpc) == kind,
        expected=f"{place} reaches the Kubernetes API at a {kind} address",
        seen=lambda reached: f"it answers at {reached.address}" if reached.address else reached.said,
        hint=EXPLAIN,
        seconds=LIMIT,
    )


@then(parsers.parse("{place} does not reach the Kubernetes API"))
@true_of_nothing
def does_not_reach(lab: CheckContext, place: str) -> None:
    """Connections to the endpoint's name stay without an answer, at whatever address it means there.

    The place is: the laptop, the bastion, a node, the instance "NAME".
    """
    lab.eventually(
        lambda: _reach(lab, place),
        lambda reached: not reached.address,
        expected=f"{place} does not reach the Kubernetes API",
        seen=lambda reached: f"it answers at {reached.address}",
        hint=EXPLAIN,
        seconds=LIMIT,
    )


@then(parsers.parse('the public endpoint lets in "{cidrs}" and nobody else'))
def public_endpoint_lets_in(lab: CheckContext, cidrs: str) -> None:
    """The public endpoint is on, for these CIDRs (with commas between them) and no others."""
    vpc = _cluster(lab)["resourcesVpcConfig"]
    seen = sorted(vpc["publicAccessCidrs"]) if vpc["endpointPublicAccess"] else []
    if seen != sorted(cidr.strip() for cidr in cidrs.split(",")):
        raise CheckFailed(
            f"the public endpoint open to {cidrs} alone",
            f"open to {', '.join(seen)}" if seen else "no public endpoint",
            "`aws eks describe-cluster --name … --query cluster.resourcesVpcConfig` shows it",
        )


@then(parsers.parse('EKS has {count:d} network interfaces in subnets of the size "/{size:d}"'))
def interfaces_in_subnets(lab: CheckContext, count: int, size: int) -> None:
    """So many network interfaces of the cluster's control plane are there, each in a subnet of that size."""
    ec2 = lab.aws("ec2")
    described = [{"Name": "description", "Values": [f"Amazon EKS {lab.cluster_name}"]}]
    found = ec2.describe_network_interfaces(Filters=described)["NetworkInterfaces"]
    ids = sorted({interface["SubnetId"] for interface in found})
    subnets = {s["SubnetId"]: s["CidrBlock"] for s in ec2.describe_subnets(SubnetIds=ids)["Subnets"]} if ids else {}
    right = [i for i in found if subnets[i["SubnetId"]].endswith(f"/{size}")]
    if len(right) != count or len(found) != count:
        raise CheckFailed(
            f"{count} interfaces of EKS in subnets of the size /{size}",
            f"{len(found)}, in {', '.join(sorted(subnets.values())) or 'no subnet'}",
            "`subnet_ids` of the cluster says where they are",
        )


@then(parsers.parse('the IAM role "{role}" may {verb:w} {resource:S} in namespace "{namespace}"'))
def role_may(lab: CheckContext, role: str, verb: str, resource: str, namespace: str) -> None:
    """The cluster answers somebody who has assumed this role: yes. A resource of a group is deployments.apps."""
    _authorized(lab, role, (verb, resource, namespace), wanted=True)


@then(parsers.parse('the IAM role "{role}" may not {verb:w} {resource:S} in namespace "{namespace}"'))
@true_of_nothing
def role_may_not(lab: CheckContext, role: str, verb: str, resource: str, namespace: str) -> None:
    """The cluster answers somebody who has assumed this role: no, or does not know the role."""
    _authorized(lab, role, (verb, resource, namespace), wanted=False)


def _authorized(lab: CheckContext, role: str, act: tuple[str, str, str], *, wanted: bool) -> None:
    expected = f"{role} may {'' if wanted else 'not '}{act[0]} {act[1]} in the namespace {act[2]}"
    lab.eventually(
        lambda: _asks(lab, role, act),
        lambda answer: answer.startswith("yes") == wanted,
        expected=expected,
        seen=lambda answer: f"the cluster says: {answer}",
        hint=ACCESS,
        seconds=LIMIT,
    )


def _asks(lab: CheckContext, role: str, act: tuple[str, str, str]) -> str:
    """What the cluster says to the role that asks what it may do itself."""
    verb, resource, namespace = act
    name, _, group = resource.partition(".")
    asked = client.V1ResourceAttributes(verb=verb, resource=name, group=group, namespace=namespace)
    review = client.V1SelfSubjectAccessReview(
        spec=client.V1SelfSubjectAccessReviewSpec(resource_attributes=asked),
    )
    try:
        answer = client.AuthorizationV1Api(lab.kubernetes_as(role)).create_self_subject_access_review(review)
    except ApiException as error:
        if error.status in (401, 403):
            return f"no: {error.reason}"
        raise
    return "yes" if answer.status.allowed else "no"


def _reach(lab: CheckContext, place: str) -> Reached:
    url = _cluster(lab)["endpoint"]
    done = lab.probe(
        _vantage(lab, place),
        f"curl -sSk -o /dev/null -w '%{{remote_ip}}' --connect-timeout {DIAL} -m 30 {url}/version",
        60,
    )
    lines = done.output.strip().splitlines() or ["nothing"]
    return Reached(lines[-1] if done.exit_code == 0 else "", lines[0])


def _vantage(lab: CheckContext, place: str) -> str:
    if place in ("the laptop", "the bastion"):
        return place.removeprefix("the ")
    if place == "a node":
        return f"instance {first_node(lab)}"
    named = re.fullmatch(r'the instance "([^"]+)"', place)
    if named:
        return f"instance {named.group(1)}"
    raise CheckFailed('the laptop, the bastion, a node, or the instance "NAME"', place)


def _cluster(lab: CheckContext) -> dict[str, Any]:
    found: dict[str, Any] = lab.aws("eks").describe_cluster(name=lab.cluster_name)["cluster"]
    return found


def _vpc(lab: CheckContext) -> list[str]:
    """The ranges of the cluster's VPC."""
    vpc = _cluster(lab)["resourcesVpcConfig"]["vpcId"]
    (found,) = lab.aws("ec2").describe_vpcs(VpcIds=[vpc])["Vpcs"]
    return [each["CidrBlock"] for each in found["CidrBlockAssociationSet"]]


def _kind(address: str, vpc: list[str]) -> str:
    inside = any(ipaddress.ip_address(address) in ipaddress.ip_network(cidr) for cidr in vpc)
    return "private" if inside else "public"
