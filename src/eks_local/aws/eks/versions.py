"""The Kubernetes versions that EKS offers, with the dates of their support.

Dates: Amazon EKS Kubernetes release calendar.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True)
class KubernetesVersion:
    """One minor version."""

    version: str
    platform_version: str
    released: datetime
    end_of_standard_support: datetime
    end_of_extended_support: datetime

    def status(self, now: datetime) -> str:
        """STANDARD_SUPPORT, EXTENDED_SUPPORT or UNSUPPORTED at `now`."""
        if now < self.end_of_standard_support:
            return "STANDARD_SUPPORT"
        return "EXTENDED_SUPPORT" if now < self.end_of_extended_support else "UNSUPPORTED"

    @property
    def order(self) -> tuple[int, int]:
        """Sorts versions as numbers: 1.9 before 1.10."""
        major, _, minor = self.version.partition(".")
        return int(major), int(minor)


def _day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _version(version: str, platform: str, released: str, standard: str, extended: str) -> KubernetesVersion:
    return KubernetesVersion(version, platform, _day(released), _day(standard), _day(extended))


KNOWN = (
    _version("1.33", "eks.30", "2025-05-29", "2026-07-29", "2027-07-29"),
    _version("1.34", "eks.20", "2025-10-02", "2026-12-02", "2027-12-02"),
    _version("1.35", "eks.12", "2026-01-27", "2027-03-27", "2028-03-27"),
)

DEFAULT_VERSION = "1.35"


@dataclass(frozen=True)
class Offer:
    """The versions a world can run, and the one CreateCluster takes when none is asked for."""

    versions: tuple[KubernetesVersion, ...]
    default: str

    @classmethod
    def of(cls, names: Sequence[str] = ("1.33", "1.34", "1.35"), default: str = DEFAULT_VERSION) -> "Offer":
        """Offer the named minor versions. Raises ValueError for one whose dates are not known."""
        known = {version.version: version for version in KNOWN}
        missing = sorted(set(names) | {default}, key=str)
        missing = [name for name in missing if name not in known or name not in names]
        if missing:
            raise ValueError(f"no support dates or no offer for Kubernetes {', '.join(missing)}")
        return cls(tuple(sorted((known[name] for name in names), key=lambda version: version.order)), default)

    def get(self, name: str) -> KubernetesVersion | None:
        """The offered version of that name, or None."""
        return next((version for version in self.versions if version.version == name), None)
