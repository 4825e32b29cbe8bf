"""Managed node groups follow the AWS API: made, scaled, updated node by node, and taken apart again."""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from eks_local.aws.eks.models import Cluster, Issue, Nodegroup, Update, UpdateError
from eks_local.aws.state import AwsState
from eks_local.changes import Changes
from eks_local.kube import KubeClient, Object, ready
from eks_local.node import drain, group_access
from eks_local.node.fleet import Fleet
from eks_local.node.group_nodes import follow_settings
from eks_local.node.watch import instance_id

log = logging.getLogger(__name__)

#: Seconds for new nodes to become Ready (EKS gives up after some 15 minutes), and for a drain (EKS: 15 and 5 minutes).
_JOIN_LIMIT, _DRAIN_LIMIT = 300.0, 30.0


@dataclass(frozen=True)
class Place:
    """One cluster as its node groups see it: a client of its API, its Nodes, and why instances cannot boot."""

    cluster: Cluster
    client: KubeClient
    nodes: Mapping[str, Object]
    trouble: Callable[[str], str]


@dataclass
class _Progress:
    """What a group is waiting for, since when (monotonic seconds)."""

    since: float = field(default_factory=time.monotonic)
    draining: dict[str, float] = field(default_factory=dict)
    updates: frozenset[str] = frozenset()


class GroupKeeper:
    """Takes every node group one step further whenever it is called; never waits."""

    def __init__(self, aws: AwsState, changes: Changes) -> None:
        self._aws = aws
        self._changes = changes
        self._progress: dict[tuple[str, str], _Progress] = {}

    def step(self, place: Place, group: Nodegroup) -> None:
        """Compare one group's record with the world, and act."""
        key = (group.cluster_name, group.nodegroup_name)
        progress = self._progress.setdefault(key, _Progress())
        if group.status == "DELETING":
            if self._delete(place, group, progress):
                del self._progress[key]
        elif group.status == "CREATING":
            self._create(place, group, progress)
        elif group.status == "UPDATING":
            self._update(place, group, progress)
        elif group.status in ("ACTIVE", "DEGRADED"):
            self._maintain(place, group)

    def _create(self, place: Place, group: Nodegroup, progress: _Progress) -> None:
        eks = self._aws.eks()
        if group.auto_scaling_group is None:
            group_access.grant(eks, place.client, place.cluster, group)
            fleet = Fleet(self._aws, place.cluster, group)
            template = fleet.ensure_template()
            name = fleet.ensure_group(template)
            changed = eks.change_nodegroup(
                group.cluster_name, group.nodegroup_name, template_id=template, auto_scaling_group=name
            )
            if changed is None:
                return
            group = changed
            if Fleet(self._aws, place.cluster, group).resize():
                self._changes.notify()
        fleet = Fleet(self._aws, place.cluster, group)
        late = _late(place, fleet.active())
        if not late and len(fleet.active()) >= group.scaling_config.desired_size:
            eks.activate_nodegroup(group.cluster_name, group.nodegroup_name)
        elif time.monotonic() - progress.since > _JOIN_LIMIT:
            issue = _creation_failure(place, late)
            eks.fail_nodegroup(group.cluster_name, group.nodegroup_name, "CREATE_FAILED", issue)

    def _update(self, place: Place, group: Nodegroup, progress: _Progress) -> None:
        """Bring all open updates of the group about; each ends when the group is as it should be."""
        eks = self._aws.eks()
        updates = [u for u in eks.open_updates(group.cluster_name) if u.nodegroup_name == group.nodegroup_name]
        if (ids := frozenset(update.id for update in updates)) != progress.updates:
            progress.updates, progress.since = ids, time.monotonic()
        fleet = Fleet(self._aws, place.cluster, group)
        fleet.ensure_template()
        follow_settings(place.client, place.nodes, fleet.active(), updates)
        if any(update.type == "VersionUpdate" for update in updates):
            done = self._replace_next(place, group, fleet, progress)
        else:
            if fleet.resize():
                progress.since = time.monotonic()
                self._changes.notify()
            done = not _late(place, fleet.active())
        if done:
            for update in updates:
                eks.succeed_update(group.cluster_name, update.id)
        elif time.monotonic() - progress.since > _JOIN_LIMIT:
            self._give_up(place, group, fleet, updates)

    def _replace_next(self, place: Place, group: Nodegroup, fleet: Fleet, progress: _Progress) -> bool:
        """One node more, then away with an old one, until none is old; whether that is done."""
        old, active = fleet.outdated(), fleet.active()
        wanted = group.scaling_config.desired_size
        if not old:
            return len(active) == wanted and not _late(place, active)
        if len(active) <= wanted:
            progress.since = time.monotonic()
            fleet.set_desired(wanted + 1)
            self._changes.notify()
            return False
        new_ready = not _late(place, [name for name in active if name not in old])
        if new_ready and self._drained(place, old[0], progress):
            fleet.terminate(old[0])
            progress.since = time.monotonic()
            self._changes.notify()
        return False

    def _give_up(self, place: Place, group: Nodegroup, fleet: Fleet, updates: list[Update]) -> None:
        issue = _creation_failure(place, _late(place, fleet.active()))
        error = UpdateError(issue.code, issue.message, issue.resource_ids)
        for update in updates:
            self._aws.eks().fail_update(group.cluster_name, update.id, error)

    def _maintain(self, place: Place, group: Nodegroup) -> None:
        fleet = Fleet(self._aws, place.cluster, group)
        if fleet.heal():
            self._changes.notify()
        sizes = group.scaling_config
        if fleet.desired != sizes.desired_size:
            # An autoscaler, or a person at the Auto Scaling group, changed it: EKS shows what that says.
            scaling = type(sizes)(sizes.min_size, sizes.max_size, fleet.desired)
            self._aws.eks().change_nodegroup(group.cluster_name, group.nodegroup_name, scaling_config=scaling)

    def _delete(self, place: Place, group: Nodegroup, progress: _Progress) -> bool:
        """Drain all nodes at once, then take everything away; whether that is done."""
        fleet = Fleet(self._aws, place.cluster, group)
        drained = [self._drained(place, name, progress) for name in fleet.active()]
        if not all(drained):
            return False
        fleet.remove()
        eks = self._aws.eks()
        group_access.revoke(eks, place.client, place.cluster, group)
        eks.remove_nodegroup(group.cluster_name, group.nodegroup_name)
        self._changes.notify()
        return True

    def _drained(self, place: Place, instance: str, progress: _Progress) -> bool:
        node = next((name for name, node in place.nodes.items() if instance_id(node) == instance), None)
        if node is None or not ready(place.nodes[node]):
            return True  # nobody is there to end its Pods
        since = progress.draining.setdefault(instance, time.monotonic())
        drain.cordon(place.client, node)
        return drain.evict(place.client, node) == 0 or time.monotonic() - since > _DRAIN_LIMIT


def _late(place: Place, instances: list[str] | tuple[str, ...]) -> list[str]:
    """Those instances that are not yet Ready nodes."""
    joined = {instance_id(node) for node in place.nodes.values() if ready(node)}
    return [name for name in instances if name not in joined]


def _creation_failure(place: Place, late: list[str]) -> Issue:
    """In EKS's words; with what the instance itself knows of it, which EKS does not tell."""
    known = {instance_id(node) for node in place.nodes.values()}
    if late and all(name in known for name in late):
        message = "Unhealthy nodes in the kubernetes cluster"
    else:
        message = "Instances failed to join the kubernetes cluster"
    reasons = [f"{name}: {reason}" for name in late if (reason := place.trouble(name))]
    return Issue("NodeCreationFailure", "; ".join([message, *reasons]), tuple(late))
