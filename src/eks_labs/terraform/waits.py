"""What of an apply or a destroy was the provider's own waiting.

hashicorp/aws 5.100 has sleeps that no emulation can shorten: it waits for a fixed (or random) time before it first
looks whether an attribute has changed or a resource is gone. Measured as the time from a resource's start to its end;
below `NOISE` it counts as work.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from eks_labs.events import Wait

HARD_CODED = {
    ("aws_vpc", "create"): "enable_dns_hostnames is looked at 10 s after it was set",
    ("aws_subnet", "create"): "map_public_ip_on_launch is looked at 10 s after it was set",
    ("aws_eks_cluster", "delete"): "a random 0 to 60 s before the first look",
    ("aws_nat_gateway", "delete"): "the first look is after 10 s",
    ("aws_instance", "create"): "the first look is after 10 s",
    ("aws_instance", "delete"): "the first look is after 10 s",
    ("aws_iam_instance_profile", "create"): "5 s for IAM to be consistent",
    ("aws_lb", "create"): "the first look is after 60 s",
    ("aws_sqs_queue", "create"): "25 s of steady answers are wanted",
}
"""(resource type, action) → what the provider waits for. Source: its code, and measurements."""

NOISE = 2.0
"""Seconds that a resource of these types takes for its API calls, generously."""


@dataclass(frozen=True)
class Span:
    """When a resource was worked on, in seconds of one clock."""

    address: str
    action: str
    start: float
    end: float


def type_of(address: str) -> str:
    """The resource type in an address: module.a.aws_vpc.b["c"] → aws_vpc."""
    parts = address.split("[")[0].split(".") if "module." not in address else address.split(".")
    return next((part for part in parts if part.startswith("aws_")), "")


def measure(spans: Sequence[Span]) -> tuple[float, tuple[Wait, ...]]:
    """(seconds in which only waits went on, the waits, longest first)."""
    waiting = [span for span in spans if _waits(span)]
    working = [span for span in spans if not _waits(span)]
    alone = _length(_union([(s.start, s.end) for s in spans])) - _length(_union([(s.start, s.end) for s in working]))
    waits = sorted((Wait(s.address, s.action, round(s.end - s.start, 1)) for s in waiting), key=lambda w: -w.seconds)
    return max(0.0, alone), tuple(waits)


def _waits(span: Span) -> bool:
    return (type_of(span.address), span.action) in HARD_CODED and span.end - span.start > NOISE


def _union(intervals: list[tuple[float, float]]) -> list[tuple[float, float]]:
    merged: list[tuple[float, float]] = []
    for start, end in sorted(intervals):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _length(intervals: list[tuple[float, float]]) -> float:
    return sum(end - start for start, end in intervals)
