"""EKS's rules for the parts of a node group: scaling, taints, update config, launch template."""

from collections.abc import Iterable, Mapping
from typing import Any

from moto.backends import get_backend

from eks_local.aws.eks.errors import InvalidParameter, InvalidRequest
from eks_local.aws.eks.models.nodegroup import LaunchTemplateRef, Scaling, Taint, UpdateConfig

LARGEST_GROUP = 450  # EKS quota: nodes per managed node group
MOST_TAINTS = 50


def scaling(given: Mapping[str, Any] | None, before: Scaling) -> Scaling:
    """The sizes asked for, over those before. Raises InvalidParameter when they contradict each other."""
    given = given or {}
    sizes = Scaling(
        min_size=_or(given.get("minSize"), before.min_size),
        max_size=_or(given.get("maxSize"), before.max_size),
        desired_size=_or(given.get("desiredSize"), before.desired_size),
    )
    if sizes.min_size < 0 or sizes.max_size < 1:
        raise InvalidParameter("Minimum size can't be less than 0 and maximum capacity can't be less than 1")
    if sizes.max_size > LARGEST_GROUP:
        raise InvalidRequest(f"Maximum capacity {sizes.max_size} is larger than the limit of {LARGEST_GROUP} nodes")
    if sizes.min_size > sizes.max_size:
        raise InvalidParameter(f"Minimum capacity {sizes.min_size} can't be greater than maximum {sizes.max_size}")
    if sizes.desired_size > sizes.max_size:
        raise InvalidParameter(f"desired capacity {sizes.desired_size} can't be greater than max size {sizes.max_size}")
    if sizes.desired_size < sizes.min_size:
        raise InvalidParameter(
            f"Minimum capacity {sizes.min_size} can't be greater than desired size {sizes.desired_size}"
        )
    return sizes


def taints(given: Iterable[Mapping[str, Any]]) -> tuple[Taint, ...]:
    """Taints as asked for. Raises InvalidParameter for duplicates and incomplete ones."""
    result = []
    for taint in given:
        if not taint.get("key") or not taint.get("effect"):
            raise InvalidParameter("Taints need a key and an effect")
        result.append(Taint(taint["key"], taint["effect"], taint.get("value")))
    if len({(taint.key, taint.effect) for taint in result}) < len(result):
        raise InvalidParameter("Duplicate taint keys with the same effect")
    if len(result) > MOST_TAINTS:
        raise InvalidParameter(f"Nodegroup can have at most {MOST_TAINTS} taints")
    return tuple(result)


def update_config(given: Mapping[str, Any] | None) -> UpdateConfig:
    """How many nodes may be away; one when nothing is said."""
    given = given or {}
    number, percentage = given.get("maxUnavailable"), given.get("maxUnavailablePercentage")
    if number is not None and percentage is not None:
        raise InvalidParameter("maxUnavailable and maxUnavailablePercentage can't both be specified")
    if number is not None and not 1 <= number <= 100:
        raise InvalidParameter("maxUnavailable must be between 1 and 100")
    if percentage is not None and not 1 <= percentage <= 100:
        raise InvalidParameter("maxUnavailablePercentage must be between 1 and 100")
    if number is None and percentage is None:
        number = 1
    return UpdateConfig(number, percentage, given.get("updateStrategy"))


def repair_config(given: Mapping[str, Any] | None) -> Mapping[str, bool] | None:
    """Node auto repair is not there: only turning it off can be recorded."""
    if not given:
        return None
    if given.get("enabled"):
        raise NotImplementedError("the local EKS does not implement node auto repair (nodeRepairConfig.enabled)")
    return {"enabled": False}


def launch_template(account: str, region: str, given: Mapping[str, Any] | None) -> LaunchTemplateRef | None:
    """The template named by id or name, at a numbered version. Raises InvalidRequest when there is none."""
    if not given:
        return None
    if bool(given.get("id")) == bool(given.get("name")):
        raise InvalidParameter("Either launch template ID or launch template name must be specified, not both.")
    ec2: Any = get_backend("ec2")[account][region]
    templates = list(ec2.launch_templates.values())
    found = next((item for item in templates if given.get("id") == item.id or given.get("name") == item.name), None)
    if found is None:
        raise InvalidRequest(f"Launch template {given.get('id') or given.get('name')} not found.")
    version = given.get("version") or str(found.default_version_number)
    if version == "$Latest":
        version = str(found.latest_version_number)
    elif version == "$Default":
        version = str(found.default_version_number)
    if version not in {str(item.number) for item in found.versions}:
        raise InvalidRequest(f"Launch template version {version} not found for {found.id}.")
    return LaunchTemplateRef(found.id, found.name, version)


def _or(given: int | None, before: int) -> int:
    return before if given is None else int(given)
