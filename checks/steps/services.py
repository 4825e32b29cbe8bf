"""Services: who answers at a port, asked from the internet."""

from typing import Any

from kubernetes import client
from pytest_bdd import parsers, then

from eks_labs.checks import CheckFailed
from eks_labs.checks.context import CheckContext

LIMIT = 45.0
"""Seconds for rules and kube-proxy to be ready for a connection, once Pods are."""

DIAL = 5
"""Seconds to wait for one answer."""


@then(parsers.parse("each node answers port {port:d} at its public address"))
def nodes_answer(lab: CheckContext, port: int) -> None:
    """The laptop gets a web page, by HTTP, from this port of every node's public address."""

    def look() -> dict[str, str]:
        nodes = client.CoreV1Api(lab.kubernetes()).list_node().items
        return {node.metadata.name: _ask(lab, _public_address(node), port) for node in nodes}

    lab.eventually(
        look,
        lambda said: bool(said) and all(answer == "200" for answer in said.values()),
        expected=f"a page from port {port} of each node's public address",
        seen=lambda said: "; ".join(f"{node}: {answer}" for node, answer in said.items()) or "no nodes",
        hint=f"is there a Service with nodePort {port}, has it endpoints, and does a security group let you in? "
        f"`labs explain laptop NODE:{port}` says what stops you",
        seconds=LIMIT,
    )


@then(parsers.re(r"no other port of a node is open to the internet, such as (?P<ports>\d+(?:, \d+)*)"))
def nodes_are_closed(lab: CheckContext, ports: str) -> None:
    """Nothing comes back when the laptop dials these ports of each node's public address: not even a refusal.

    A refusal is the node's own, of a port that nothing listens at: the packet was let in.
    """
    nodes = client.CoreV1Api(lab.kubernetes()).list_node().items
    expected = f"no answer from ports {ports} of each node"
    if not nodes:
        raise CheckFailed(expected, "no nodes")
    places = [f"{_public_address(node)} {port}" for node in nodes for port in ports.split(", ")]
    # All at once: each takes as long as one waits.
    dial = f"timeout {DIAL} bash -c '</dev/tcp/$0/$1' $1 $2 2> /dev/null"
    tell = f"try() {{ code=0; {dial} || code=$?; [ $code = 124 ] || echo $1:$2; }}"
    done = lab.probe("laptop", f"{tell}; {' '.join(f'try {place} &' for place in places)} wait")
    if done.exit_code:
        raise CheckFailed(expected, f"the ports could not be tried: {done.output.strip()}")
    if done.output.strip():
        hint = "open one port, and not a range of them: the rule's from_port and to_port are the first and the last"
        raise CheckFailed(expected, f"an answer from {', '.join(sorted(done.output.split()))}", hint)


def _ask(lab: CheckContext, address: str | None, port: int) -> str:
    """The status of the answer to a request from the laptop, or why there is none."""
    if address is None:
        return "no public address"
    page = f"http://{address}:{port}/"
    command = f"curl --silent --show-error --output /dev/null --max-time {DIAL} --write-out '%{{http_code}}' {page}"
    done = lab.probe("laptop", command)
    return done.output if done.exit_code == 0 else done.output.strip().splitlines()[0]


def _public_address(node: Any) -> str | None:
    found = [address.address for address in node.status.addresses or [] if address.type == "ExternalIP"]
    return found[0] if found else None
