"""Who reaches whom, and what decides it: the network's rules as the model has them, told in AWS's words.

Pure: a model, two places and a port make a list of hops. It knows nothing of the kernel, and what it says has to agree
with what packets do there: `tests/network/test_reachability.py` compares the two.

    packet   what is sent, and what comes back
    places   what a person calls a place → where it is
    judges   what one security group, ACL, endpoint lets through
    path     the way from place to place, judge by judge
"""

from eks_local.explanation import Explanation
from eks_local.network.explain.packet import request
from eks_local.network.explain.path import hops
from eks_local.network.explain.places import Places

__all__ = ["Places", "explain"]


def explain(places: Places, source: str, destination: str, port: int | None, protocol: str = "tcp") -> Explanation:
    """Why `source` reaches `destination`, or does not. Raises `UnknownPlace`."""
    start = places.source(source)
    label, address = places.destination(destination, start)
    sent = request(start.address, address, protocol, port)
    return Explanation(start.label, label, sent.traffic, tuple(hops(places.network, start, sent)))
