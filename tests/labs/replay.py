"""A run of chapter07 as its events, with the seconds before each; as a program, it replays them on its terminal.

python -m tests.labs.replay [passing|failing] [SPEED] [crash|notice]
"""

import os
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from eks_labs import events
from eks_labs.course import Scenario, find_course
from eks_labs.display.live import Live
from eks_labs.errors import Abandoned
from eks_labs.events import CommandRan, Event, ResourceChanged, StepEnded, StepStarted
from eks_labs.run.interrupts import Interrupts

Timed = tuple[float, Event]

BUNDLE = str(Path.home() / ".local/state/eks-labs/chapter07/diagnostics/20261123-184455")
RESOURCES = {
    "module.cluster.aws_iam_role.cluster": 1.2,
    "module.network.aws_vpc.this": 11.0,
    "module.nodes.aws_iam_role.node": 1.1,
    'module.network.aws_subnet.public["us-east-1a"]': 11.3,
    'module.network.aws_subnet.public["us-east-1b"]': 11.2,
    "module.network.aws_internet_gateway.this": 0.4,
    "module.network.aws_route_table.public": 0.6,
    'module.cluster.aws_iam_role_policy_attachment.cluster["AmazonEKSClusterPolicy"]': 0.3,
    "module.cluster.aws_eks_cluster.this": 9.0,
    'module.cluster.aws_eks_addon.node["vpc-cni"]': 3.2,
    "module.nodes.aws_eks_node_group.this": 6.4,
}
FAILED = {
    "expected": '7 Pods with label "app=web" Running',
    "seen": "5 Running, 4 Pending; 0/1 nodes are available: 1 Too many pods. preemption: 0/1 nodes are available: 1 No "
    "preemption victims found for incoming pod. (after 120 s)",
    "hint": "`kubectl describe pods -l app=web` shows what the scheduler says of each",
}


def terraform(command: str) -> Iterator[Timed]:
    """Three at a time; the order in which they end is theirs."""
    action = "create" if command == "apply" else "delete"
    moments: list[tuple[float, str, str]] = []
    free = [0.0, 0.1, 0.2]
    for address, took in RESOURCES.items():
        start = free.pop(free.index(min(free)))
        moments += [(start, "started", address), (start + took, "done", address)]
        free.append(start + took)
    now = 0.0
    for at, state, address in sorted(moments):
        yield at - now, ResourceChanged(address, action, state, float(int(RESOURCES[address])) * (state == "done"))
        now = at
    waits = (events.Wait("module.network.aws_vpc.this", "create", 11.0),) if command == "apply" else ()
    yield 0.1, events.WaitsMeasured(command, now, 20.4 if waits else 0.0, waits)


def stage(name: str, title: str, inner: Iterator[Timed], outcome: str = "passed") -> Iterator[Timed]:
    yield 0.0, events.StageStarted(name, title)
    total = 0.0
    for delay, event in inner:
        total += delay
        yield delay, event
    yield 0.1, events.StageEnded(name, outcome, round(total + 0.1, 1))


def scenario(found: Scenario, fail: bool) -> Iterator[Timed]:
    yield 0.0, events.ScenarioStarted(found.name, found.fidelity, found.exercise)
    total = 0.0
    for step in found.steps:
        took = 2.0 if step.docstring else 0.4
        total += took
        yield 0.0, StepStarted(found.name, step.keyword, step.text, step.docstring)
        ran = (CommandRan("laptop", step.docstring, "NAME   \nnode  \n", 0, took),) if step.docstring else ()
        failed = fail and not step.docstring
        passed = StepEnded(found.name, step.keyword, step.text, step.docstring, "passed", took, ran)
        yield took, replace(passed, outcome="failed", **FAILED) if failed else passed
        if failed:
            break
    yield 0.0, events.ScenarioEnded(found.name, found.fidelity, found.exercise, "failed" if fail else "passed", total)


def manifests() -> Iterator[Timed]:
    yield 0.4, events.ManifestApplied("Deployment", "default", "web")
    yield 0.1, events.ManifestApplied("Service", "default", "web")


def checks(failing: bool) -> Iterator[Timed]:
    for number, found in enumerate(walkthrough()):
        yield from scenario(found, failing and number == 4)
    if failing:
        reason = "needs a GPU, which this machine cannot give"
        yield 0.0, events.ScenarioEnded("A node with a GPU", "skipped", False, "skipped", 0.0, reason)


def walkthrough() -> list[Scenario]:
    return [found for found in find_course().lab("chapter07").scenarios() if not found.exercise]


def run(failing: bool = False) -> Iterator[Timed]:
    number = len(walkthrough())
    folder = str(Path(BUNDLE).parents[1])
    yield 0.0, events.RunStarted("chapter07", "How many Pods fit on a node", "local", folder, BUNDLE, number)
    starting = [(1.2, events.Progress("start", "the AWS API answers at http://127.0.0.1:40123"))]
    yield from stage("start", "A world starts", iter(starting))
    yield from stage("apply", "Terraform applies", terraform("apply"))
    yield from stage("manifests", "Manifests are applied", manifests())
    yield from stage("verify", "Scenarios run", checks(failing))
    if failing:
        yield from stage("collect", "Diagnostics are collected", iter([]))
    yield from stage("destroy", "Terraform destroys what it made", terraform("destroy"))
    nothing = "no cluster, instance, network interface, volume, log group or VPC is left"
    yield from stage("prove", "Is anything left?", iter([(0.2, events.Progress("prove", nothing))]))
    yield from stage("stop", "The target ends", iter([]))
    passed = number - failing
    code, bundle = (1, BUNDLE) if failing else (0, "")
    yield 0.0, events.RunEnded("chapter07", code, 98.4, passed, int(failing), int(failing), False, bundle)


def main(kind: str = "passing", speed: str = "1", extra: str = "") -> int:
    def play(live: Live) -> None:
        for delay, event in run(kind == "failing"):
            time.sleep(delay / float(speed))
            live(event)
            if isinstance(event, events.StageStarted) and event.stage == "verify" and extra:
                disturb(extra)

    with Live(sys.stdout) as live, Interrupts().handling() as interrupts:
        try:
            try:
                play(live)
            except KeyboardInterrupt:
                live(events.Interrupted(1))
                interrupts.shield()
                live(events.StageStarted("destroy", "Terraform destroys what it made"))
                time.sleep(2)
                live(events.RunEnded("chapter07", 130, 10.0, 0, 0, 0, False, ""))
                return 130
        except Abandoned:
            live(events.Interrupted(2))
            live(events.RunEnded("chapter07", 130, 12.0, 0, 0, 0, False, ""))
            return 130
    return int(kind == "failing")


def disturb(extra: str) -> None:
    if extra == "crash":
        raise RuntimeError("a defect")
    if extra == "notice":
        os.write(2, b"\nThe run is being cleaned up already. Once more to end it at once.\n")


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
