"""Why one place in a world reaches another, or does not: the shapes that cross the control socket."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from eks_local.sandbox.errors import WorldError

REACHES, TIMES_OUT = "reaches", "times out"
NOWHERE = "nowhere"
"""Kind of the hop that ends a packet for whose address there is no place."""


class UnknownPlace(WorldError):
    """Nothing in the world is called what was asked for."""


@dataclass(frozen=True)
class Hop:
    """One decision on a packet's way."""

    passed: bool
    kind: str
    """route, group, acl, address, gateway, peering, check, endpoint, service, nowhere."""
    text: str
    resource: str = ""
    """Id of the AWS resource that decides; a cluster's name for its endpoint."""
    rule: str = ""
    """Within the resource: a rule's id (sgr-…), an ACL entry's number or `*`, a route's destination."""
    also: tuple[str, ...] = ()
    """Ids of other resources that could have decided otherwise: an interface's further groups, a route's target."""
    way: str = ""
    """in or out, of groups and ACLs."""


@dataclass(frozen=True)
class Explanation:
    """All decisions on the way of one request and its replies, up to the first that stops it."""

    source: str
    destination: str
    traffic: str
    """As in "tcp 443"."""
    hops: tuple[Hop, ...]

    @property
    def verdict(self) -> str:
        """`REACHES` or `TIMES_OUT`."""
        return REACHES if self.hops[-1].passed else TIMES_OUT

    @property
    def sentence(self) -> str:
        """The verdict as a person reads it."""
        last = self.hops[-1]
        if last.kind == NOWHERE:
            return f"{self.verdict}: nothing has that address"
        return self.verdict if last.passed else f"{self.verdict} at {last.resource or last.kind}"

    def to_json(self) -> dict[str, Any]:
        """As the control socket carries it, and as programs read it."""
        return {**asdict(self), "verdict": self.verdict, "sentence": self.sentence}

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> "Explanation":
        """The inverse of `to_json`."""
        hops = tuple(Hop(**{**hop, "also": tuple(hop["also"])}) for hop in fields["hops"])
        return cls(fields["source"], fields["destination"], fields["traffic"], hops)


def target(text: str, protocol: str) -> tuple[str, int | None]:
    """`TO:PORT` as (to, port); of protocols without ports `TO` alone. Raises ValueError with a sentence."""
    name, _, port = text.rpartition(":")
    if protocol not in ("tcp", "udp"):
        if name:
            raise ValueError(f"{protocol} has no ports: write {name}")
        return text, None
    if not name or not port.isdecimal() or not 0 < int(port) < 65536:
        raise ValueError(f"“{text}” names no port: write {name or text}:443, or --protocol icmp")
    return name, int(port)


def lines(explanation: Explanation, notes: Sequence[str] = ()) -> Iterator[str]:
    """For people: a head line, one line a hop with its note, the verdict."""
    yield f"{explanation.source} → {explanation.destination}, {explanation.traffic}"
    width = max(len(hop.text) for hop in explanation.hops)
    for hop, note in zip(explanation.hops, notes or [""] * len(explanation.hops), strict=True):
        yield f"{'✓' if hop.passed else '✗'} {hop.kind:<8} {hop.text:<{width}}  {note}".rstrip()
    yield explanation.sentence
