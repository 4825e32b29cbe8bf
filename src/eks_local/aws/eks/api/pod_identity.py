"""Pod identity associations."""

import secrets
from dataclasses import replace
from typing import Any

from moto.core.responses import ActionResult

from eks_local.aws.eks.api import checks
from eks_local.aws.eks.api.base import EksCalls, tags_of
from eks_local.aws.eks.errors import ResourceInUse
from eks_local.aws.eks.models.pod_identity import PodIdentityAssociation
from eks_local.aws.eks.models.store import now


class PodIdentityCalls(EksCalls):
    """Which role a service account's Pods may take. In effect at once."""

    def create_pod_identity_association(self) -> ActionResult:
        """Bind a service account to a role; it need not exist yet."""
        given = self.params
        cluster = self.backend.find_cluster(given["clusterName"])
        account = (given["namespace"], given["serviceAccount"])
        for other in self.backend.pod_identities.of(cluster.name):
            if (other.namespace, other.service_account) == account:
                raise ResourceInUse(f"Association already exists: {other.association_id}", cluster_name=cluster.name)
        checks.role(self.current_account, given["roleArn"], "pods.eks", "roleArn")
        unique = f"a-{secrets.token_hex(9)[:17]}"
        association = PodIdentityAssociation(
            cluster_name=cluster.name,
            namespace=given["namespace"],
            service_account=given["serviceAccount"],
            role_arn=given["roleArn"],
            association_arn=self.arn(f"podidentityassociation/{cluster.name}/{unique}"),
            association_id=unique,
            created_at=now(),
            modified_at=now(),
            disable_session_tags=bool(given.get("disableSessionTags")),
            target_role_arn=given.get("targetRoleArn"),
            tags=tags_of(given),
        )
        return ActionResult({"association": self.backend.pod_identities.put(association)})

    def describe_pod_identity_association(self) -> ActionResult:
        """One association."""
        return ActionResult({"association": self._association()})

    def list_pod_identity_associations(self) -> ActionResult:
        """Summaries; filters: namespace, serviceAccount."""
        given = self.params
        cluster = self.backend.find_cluster(given["clusterName"])
        shown = [
            item
            for item in self.backend.pod_identities.of(cluster.name)
            if given.get("namespace") in (None, item.namespace)
            and given.get("serviceAccount") in (None, item.service_account)
        ]
        return self.page("associations", shown)

    def update_pod_identity_association(self) -> ActionResult:
        """Another role."""
        association, given = self._association(), self.params
        changed: dict[str, Any] = {}
        if given.get("roleArn"):
            checks.role(self.current_account, given["roleArn"], "pods.eks", "roleArn")
            changed["role_arn"] = given["roleArn"]
        if given.get("disableSessionTags") is not None:
            changed["disable_session_tags"] = bool(given["disableSessionTags"])
        if "targetRoleArn" in given:
            changed["target_role_arn"] = given["targetRoleArn"] or None
        updated = replace(association, modified_at=now(), **changed)
        return ActionResult({"association": self.backend.pod_identities.put(updated)})

    def delete_pod_identity_association(self) -> ActionResult:
        """Unbind; Pods that run keep their credentials until these expire."""
        association = self._association()
        self.backend.pod_identities.remove(association.cluster_name, association.association_id)
        return ActionResult({"association": association})

    def _association(self) -> PodIdentityAssociation:
        cluster = self.backend.find_cluster(self.params["clusterName"])
        return self.backend.pod_identities.find(cluster.name, self.params["associationId"])
