"""Updates: making their receipts, DescribeUpdate, ListUpdates."""

import json
import uuid
from collections.abc import Mapping
from typing import Any

from moto.core.responses import ActionResult

from eks_local.aws.eks.api.base import EksCalls
from eks_local.aws.eks.models.store import EksBackend, now
from eks_local.aws.eks.models.update import Update, UpdateParam


class UpdateCalls(EksCalls):
    """Reading updates."""

    def describe_update(self) -> ActionResult:
        """One update of a cluster, node group or addon."""
        name = self.params["name"]
        self.backend.find_cluster(name)
        return ActionResult({"update": self.backend.updates.find(name, self.params["updateId"])})

    def list_updates(self) -> ActionResult:
        """Ids of the updates of a cluster, or of its node group or addon."""
        name = self.params["name"]
        self.backend.find_cluster(name)
        target = (self.params.get("nodegroupName"), self.params.get("addonName"))
        return self.page(
            "updateIds",
            [item.id for item in self.backend.updates.of(name) if (item.nodegroup_name, item.addon_name) == target],
        )


def open_update(
    backend: EksBackend,
    cluster: str,
    kind: str,
    params: Mapping[str, Any],
    *,
    nodegroup: str | None = None,
    addon: str | None = None,
) -> ActionResult:
    """Record an update that somebody has to bring about, and answer with it."""
    update = Update(
        id=str(uuid.uuid4()),
        cluster_name=cluster,
        status="InProgress",
        type=kind,
        created_at=now(),
        params=tuple(UpdateParam(name, _text(value)) for name, value in params.items() if value is not None),
        nodegroup_name=nodegroup,
        addon_name=addon,
    )
    return ActionResult({"update": backend.updates.put(update)})


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
