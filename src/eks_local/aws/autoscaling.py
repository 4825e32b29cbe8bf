"""Auto Scaling groups as EC2's launch templates and zones have it.

moto launches every instance of a group into the group's first subnet, from the template's default version, and keeps
counting instances that were terminated. Here a group spreads over its subnets, launches from the version it names,
takes instances away from the fullest zone, oldest first, and replaces what was terminated behind its back.
"""

import logging
from collections import Counter
from typing import Any

import moto.autoscaling.models as moto_autoscaling
from moto.autoscaling.models import ASG_NAME_TAG, FakeAutoScalingGroup, InstanceState
from moto.backends import get_backend

from eks_local.changes import Changes

log = logging.getLogger(__name__)
_ENDED = ("shutting-down", "terminated", "stopped", "stopping")


class AutoScalingGroup(FakeAutoScalingGroup):
    """moto's group, with launches and scale-in of its own."""

    instance_states: list[InstanceState]

    def set_desired_capacity(self, new_capacity: int | None) -> None:
        """Launch or terminate until there are that many; the group's minimum when None."""
        self.desired_capacity = int(self.min_size if new_capacity is None else new_capacity)
        missing = self.desired_capacity - len(self.active_instances())
        if missing > 0:
            self.replace_autoscaling_group_instances(missing, self.get_propagated_tags())
        elif missing < 0:
            self._scale_in(-missing)
        if self.name in self.autoscaling_backend.autoscaling_groups:
            self.autoscaling_backend.update_attached_elbs(self.name)
            self.autoscaling_backend.update_attached_target_groups(self.name)

    def replace_autoscaling_group_instances(self, count_needed: int, propagated_tags: dict[str, str]) -> None:
        """Launch instances one by one, each into the subnet that has the fewest of the group's."""
        tags = {**propagated_tags, **self.instance_tags, ASG_NAME_TAG: self.name}
        for _ in range(count_needed):
            self._launch(tags)

    def replace_terminated(self) -> bool:
        """Forget instances that ended, and launch others in their place. Returns whether there were any."""
        alive = [state for state in self.instance_states if state.instance.state not in _ENDED]
        if len(alive) == len(self.instance_states):
            return False
        self.instance_states = alive
        self.set_desired_capacity(self.desired_capacity)
        return True

    def _launch(self, tags: dict[str, str]) -> None:
        ec2 = self.autoscaling_backend.ec2_backend
        request: dict[str, Any] = {
            "tags": {"instance": tags},
            "launch_config": self.launch_config,
            "instance_type": self._instance_type(),
            "is_instance_type_default": False,
            "associate_public_ip": self.launch_config.associate_public_ip_address if self.launch_config else None,
            "subnet_id": self._emptiest_subnet(),
        }
        if request["subnet_id"] is None:
            request["placement"] = self.availability_zones[0]
        if self.ec2_launch_template:
            version = self.ec2_launch_template.get_version(self.launch_template_version)
            request["launch_template"] = {
                "LaunchTemplateId": self.ec2_launch_template.id,
                "Version": str(version.number),
            }
            if self._is_spot(version.data):
                request["instance_market_options"] = "spot"
        reservation = ec2.run_instances(self.image_id, 1, self.user_data, self.security_groups, **request)
        for instance in reservation.instances:
            instance.autoscaling_group = self
            self.instance_states.append(
                InstanceState(instance, protected_from_scale_in=self.new_instances_protected_from_scale_in)
            )

    def _scale_in(self, count: int) -> None:
        """The default termination policy: keep zones balanced, then the oldest goes first."""
        for _ in range(count):
            candidates = [state for state in self.active_instances() if not state.protected_from_scale_in]
            if not candidates:
                return
            zones = Counter(state.instance.availability_zone for state in self.active_instances())
            fullest = max(zones[state.instance.availability_zone] for state in candidates)
            gone = next(state for state in candidates if zones[state.instance.availability_zone] == fullest)
            self.instance_states = [state for state in self.instance_states if state is not gone]
            self.autoscaling_backend.ec2_backend.terminate_instances([gone.instance.id])

    def _emptiest_subnet(self) -> str | None:
        subnets = [subnet for subnet in str(self.vpc_zone_identifier or "").split(",") if subnet]
        used = Counter(state.instance.subnet_id for state in self.instance_states)
        return min(subnets, key=lambda subnet: used[subnet], default=None)

    def _instance_type(self) -> str:
        """The first override of a mixed instances policy, as the `prioritized` strategy has it."""
        policy = (self.mixed_instances_policy or {}).get("LaunchTemplate", {})
        overrides = [item["InstanceType"] for item in policy.get("Overrides", []) if item.get("InstanceType")]
        return overrides[0] if overrides else str(self.instance_type)

    def _is_spot(self, template: dict[str, Any]) -> bool:
        market = template.get("InstanceMarketOptions") or {}
        distribution = (self.mixed_instances_policy or {}).get("InstancesDistribution", {})
        share = int(distribution.get("OnDemandPercentageAboveBaseCapacity", 100))
        base = int(distribution.get("OnDemandBaseCapacity", 0))
        return market.get("MarketType") == "spot" or (share == 0 and len(self.instance_states) >= base)


class GroupKeeper:
    """A reconciler: replaces instances of groups that were terminated by somebody else."""

    name = "auto-scaling"

    def __init__(self, account: str, region: str, changes: Changes) -> None:
        self._account = account
        self._region = region
        self._changes = changes

    def reconcile(self) -> None:
        """Look at every group once."""
        groups = get_backend("autoscaling")[self._account][self._region].autoscaling_groups
        replaced = [group.name for group in list(groups.values()) if group.replace_terminated()]
        if replaced:
            log.info("instances replaced in %s", ", ".join(replaced))
            self._changes.notify()


def install() -> None:
    """Put the group of this module in the place of moto's. Again does nothing."""
    moto_autoscaling.FakeAutoScalingGroup = AutoScalingGroup
