"""Labels and taints of a node group, changed on the Nodes it already has."""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from eks_local.aws.eks.models import Update
from eks_local.kube import NODES, KubeClient, Object
from eks_local.node.template import EFFECTS
from eks_local.node.watch import instance_id


@dataclass(frozen=True)
class Settings:
    """What updates add to a group's Nodes and take from them. Taints are (key, effect) and their value."""

    labels: Mapping[str, str | None] = field(default_factory=dict)  # None: away with it
    taints: Mapping[tuple[str, str], str | None] = field(default_factory=dict)

    @classmethod
    def of(cls, updates: Iterable[Update]) -> "Settings":
        """What the updates ask for, the latest last."""
        labels: dict[str, str | None] = {}
        taints: dict[tuple[str, str], str | None] = {}
        for update in updates:
            params = {param.type: param.value for param in update.params}
            labels.update(_json(params, "LabelsToAdd", {}))
            labels.update(dict.fromkeys(_json(params, "LabelsToRemove", [])))
            for taint in _json(params, "TaintsToRemove", []):
                taints[taint["key"], EFFECTS[taint["effect"]]] = None
            for taint in _json(params, "TaintsToAdd", []):
                taints[taint["key"], EFFECTS[taint["effect"]]] = taint.get("value") or ""
        return cls(labels, taints)


def follow_settings(
    client: KubeClient, nodes: Mapping[str, Object], members: Collection[str], updates: Iterable[Update]
) -> None:
    """Change the Nodes whose instance is one of `members` as the updates say."""
    settings = Settings.of(updates)
    for name, node in nodes.items():
        if instance_id(node) in members and (patch := changes(node, settings)):
            client.patch(f"{NODES}/{name}", patch)


def changes(node: Object, settings: Settings) -> Object | None:
    """The merge patch that makes a Node as `settings` want it; None when it is."""
    labels = node["metadata"].get("labels") or {}
    wanted = {key: value for key, value in settings.labels.items() if labels.get(key) != value}
    present = node["spec"].get("taints") or []
    kept = [taint for taint in present if (taint["key"], taint["effect"]) not in settings.taints]
    added = [
        {"key": key, "value": value, "effect": effect}
        for (key, effect), value in settings.taints.items()
        if value is not None
    ]
    patch: Object = {}
    if wanted:
        patch["metadata"] = {"labels": wanted}
    if _comparable([*kept, *added]) != _comparable(present):
        # Taints are one list: the version makes sure that nobody's change of it is lost.
        patch.setdefault("metadata", {})["resourceVersion"] = node["metadata"]["resourceVersion"]
        patch["spec"] = {"taints": [*kept, *added] or None}
    return patch or None


def _comparable(taints: Iterable[Mapping[str, Any]]) -> set[tuple[str, str, str]]:
    return {(taint["key"], taint["effect"], taint.get("value") or "") for taint in taints}


def _json(params: Mapping[str, str], name: str, default: Any) -> Any:
    return json.loads(params[name]) if params.get(name) else default
