"""DescribeClusterVersions."""

from datetime import UTC, datetime
from typing import Any

from moto.core.responses import ActionResult

from eks_local.aws.eks.api.base import EksCalls
from eks_local.aws.eks.versions import KubernetesVersion


class VersionCalls(EksCalls):
    """Kubernetes versions."""

    def describe_cluster_versions(self) -> ActionResult:
        """The versions on offer, newest first; filters: clusterVersions, clusterType, defaultOnly, status."""
        given, offer = self.params, self.backend.settings.versions
        now = datetime.now(UTC)
        status = given.get("versionStatus") or str(given.get("status") or "").upper().replace("-", "_")
        shown = [
            version
            for version in reversed(offer.versions)
            if (not given.get("clusterVersions") or version.version in given["clusterVersions"])
            and given.get("clusterType", "eks") == "eks"
            and (not given.get("defaultOnly") or version.version == offer.default)
            and (not status or version.status(now) == status)
        ]
        return self.page("clusterVersions", [self._shown(version, now) for version in shown])

    def _shown(self, version: KubernetesVersion, now: datetime) -> dict[str, Any]:
        status = version.status(now)
        return {
            "clusterVersion": version.version,
            "clusterType": "eks",
            "defaultPlatformVersion": version.platform_version,
            "defaultVersion": version.version == self.backend.settings.versions.default,
            "releaseDate": version.released,
            "endOfStandardSupportDate": version.end_of_standard_support,
            "endOfExtendedSupportDate": version.end_of_extended_support,
            "status": status.lower().replace("_", "-"),
            "versionStatus": status,
        }
