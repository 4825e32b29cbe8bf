"""Addons and the versions on offer."""

import json
import re
import uuid
from typing import Any

import yaml
from moto.core.responses import ActionResult

from eks_local.aws.eks.addon_offers import AddonOffer
from eks_local.aws.eks.api import checks
from eks_local.aws.eks.api.base import EksCalls, tags_of
from eks_local.aws.eks.api.updates import open_update
from eks_local.aws.eks.errors import InvalidParameter, InvalidRequest, ResourceInUse
from eks_local.aws.eks.models.addon import Addon
from eks_local.aws.eks.models.cluster import Cluster
from eks_local.aws.eks.models.store import now

_NAMESPACE = "kube-system"
_VERSION = re.compile(r"^v\d+\.\d+\.\d+-eksbuild\.\d+$")


class AddonCalls(EksCalls):
    """Addons: recorded here, applied to the cluster by their reconciler."""

    def create_addon(self) -> ActionResult:
        """Check, and record an addon that is CREATING."""
        given, cluster = self.params, self._addon_cluster()
        name = given["addonName"]
        if self.backend.addons.get(cluster.name, name):
            raise ResourceInUse("Addon already exists.", cluster_name=cluster.name, addon_name=name)
        if cluster.status not in ("ACTIVE", "UPDATING"):
            raise InvalidRequest(f"Cluster '{cluster.name}' is not in ACTIVE status", cluster_name=cluster.name)
        self._refuse_pod_identity(given)
        role = self._addon_role(given.get("serviceAccountRoleArn"))
        addon = Addon(
            addon_name=name,
            cluster_name=cluster.name,
            addon_version=self._addon_version(cluster, name, given.get("addonVersion")),
            addon_arn=self.arn(f"addon/{cluster.name}/{name}/{uuid.uuid4()}"),
            created_at=now(),
            modified_at=now(),
            status="CREATING",
            service_account_role_arn=role,
            configuration_values=_configuration(given.get("configurationValues")),
            tags=tags_of(given),
            resolve_conflicts=given.get("resolveConflicts") or "NONE",
        )
        return ActionResult({"addon": self.backend.addons.put(addon)})

    def describe_addon(self) -> ActionResult:
        """One addon."""
        return ActionResult({"addon": self._addon()})

    def list_addons(self) -> ActionResult:
        """Names, sorted."""
        return self.page(
            "addons", sorted(addon.addon_name for addon in self.backend.addons.of(self._addon_cluster().name))
        )

    def delete_addon(self) -> ActionResult:
        """Record that the addon is to go; with `preserve` its Kubernetes objects stay."""
        addon = self._addon()
        preserve = str(self.params.get("preserve") or "").lower() == "true"
        gone = self.backend.change_addon(addon.cluster_name, addon.addon_name, status="DELETING", preserve=preserve)
        return ActionResult({"addon": gone})

    def update_addon(self) -> ActionResult:
        """Another version, role or configuration."""
        addon, given = self._addon(), self.params
        cluster = self._addon_cluster()
        if addon.status in ("CREATING", "UPDATING", "DELETING"):
            raise ResourceInUse(
                f"Addon {addon.addon_name} cannot be updated as it is currently in {addon.status} state",
                cluster_name=cluster.name,
                addon_name=addon.addon_name,
            )
        self._refuse_pod_identity(given)
        changed: dict[str, Any] = {}
        if given.get("addonVersion"):
            changed["addon_version"] = self._addon_version(cluster, addon.addon_name, given["addonVersion"])
        if "serviceAccountRoleArn" in given:
            changed["service_account_role_arn"] = self._addon_role(given["serviceAccountRoleArn"])
        if "configurationValues" in given:
            changed["configuration_values"] = _configuration(given["configurationValues"])
        resolve = given.get("resolveConflicts") or "NONE"
        self.backend.change_addon(
            cluster.name,
            addon.addon_name,
            status="UPDATING",
            modified_at=now(),
            resolve_conflicts=resolve,
            **changed,
        )
        params = {
            "AddonVersion": given.get("addonVersion"),
            "ServiceAccountRoleArn": given.get("serviceAccountRoleArn"),
            "ResolveConflicts": given.get("resolveConflicts"),
            "ConfigurationValues": given.get("configurationValues"),
        }
        return open_update(self.backend, cluster.name, "AddonUpdate", params, addon=addon.addon_name)

    def describe_addon_versions(self) -> ActionResult:
        """What is on offer, newest version first; filters: addonName, kubernetesVersion, types, publishers, owners."""
        given, offers = self.params, self.backend.settings.addons
        wanted = given.get("addonName")
        if wanted and wanted not in offers.names:
            raise InvalidParameter(f"Addon {wanted} specified is not supported", addon_name=wanted)
        filters = (given.get("types"), given.get("publishers"), given.get("owners"))
        if any(asked and own not in asked for own, asked in zip(("networking", "eks", "aws"), filters, strict=True)):
            return self.page("addons", [])
        names = (wanted,) if wanted else offers.names
        shown = [self._offered(name, given.get("kubernetesVersion")) for name in names]
        return self.page("addons", [addon for addon in shown if addon["addonVersions"]])

    def _offered(self, name: str, kubernetes: str | None) -> dict[str, Any]:
        minors = [version.version for version in self.backend.settings.versions.versions]
        minors = [minor for minor in minors if not kubernetes or minor == kubernetes]
        versions = [self._offered_version(offer, minors) for offer in self.backend.settings.addons.of_addon(name)]
        return {
            "addonName": name,
            "type": "networking",
            "owner": "aws",
            "publisher": "eks",
            "defaultNamespace": _NAMESPACE,
            "addonVersions": [version for version in versions if version["compatibilities"]],
        }

    def _offered_version(self, offer: AddonOffer, minors: list[str]) -> dict[str, Any]:
        default = self.backend.settings.addons.default
        return {
            "addonVersion": offer.version,
            "architecture": ["amd64"],
            "computeTypes": ["ec2"],
            "compatibilities": [
                {
                    "clusterVersion": minor,
                    "platformVersions": ["*"],
                    "defaultVersion": default(offer.name, minor) == offer,
                }
                for minor in reversed(minors)
                if offer.runs_on(minor)
            ],
            "requiresConfiguration": False,
            "requiresIamPermissions": offer.name == "vpc-cni",
        }

    def _addon_cluster(self) -> Cluster:
        return self.backend.find_cluster(self.params["clusterName"])

    def _addon(self) -> Addon:
        return self.backend.addons.find(self._addon_cluster().name, self.params["addonName"])

    def _addon_version(self, cluster: Cluster, name: str, wanted: str | None) -> str:
        offers = self.backend.settings.addons
        if name not in offers.names:
            raise InvalidParameter(f"Addon {name} specified is not supported", addon_name=name)
        if wanted is None:
            default = offers.default(name, cluster.version)
            if default is None:
                raise InvalidParameter(f"Addon {name} has no version for Kubernetes {cluster.version}", addon_name=name)
            return default.version
        if not any(offer.version == wanted and offer.runs_on(cluster.version) for offer in offers.of_addon(name)):
            raise InvalidParameter(
                f'Addon version specified is not supported, AddonName: "{name}", Version: "{wanted}"',
                addon_name=name,
                cluster_name=cluster.name,
            )
        return wanted

    def _addon_role(self, arn: str | None) -> str | None:
        if arn:
            checks.role_exists(self.current_account, arn, "serviceAccountRoleArn")
        return arn or None

    def _refuse_pod_identity(self, given: dict[str, Any]) -> None:
        if given.get("podIdentityAssociations"):
            raise NotImplementedError("the local EKS does not make pod identity associations for addons")


def _configuration(text: str | None) -> str | None:
    """EKS takes JSON or YAML, of an object."""
    if not text:
        return None
    try:
        value = json.loads(text) if text.lstrip().startswith("{") else yaml.safe_load(text)
    except (ValueError, yaml.YAMLError) as error:
        raise InvalidParameter(f"ConfigurationValue provided in request is not valid JSON or YAML: {error}") from None
    if not isinstance(value, dict):
        raise InvalidParameter("ConfigurationValue provided in request is not supported: it must be an object")
    return text
