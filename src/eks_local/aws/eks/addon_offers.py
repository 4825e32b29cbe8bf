"""The addon versions that EKS offers: those for which a world has manifests.

A folder holds one folder an addon, and in it one manifest a version: `coredns/v1.12.3-eksbuild.1.yaml`.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_NUMBERS = re.compile(r"\d+")


@dataclass(frozen=True)
class AddonOffer:
    """One version of one addon."""

    name: str
    version: str

    @property
    def order(self) -> tuple[int, ...]:
        """Sorts versions by their numbers: v1.9.3-eksbuild.7 before v1.11.4-eksbuild.2."""
        return tuple(int(number) for number in _NUMBERS.findall(self.version))

    def runs_on(self, kubernetes: str) -> bool:
        """Whether the version is for that Kubernetes minor version. Only kube-proxy is tied to one."""
        return self.name != "kube-proxy" or self.version.startswith(f"v{kubernetes}.")


@dataclass(frozen=True)
class AddonOffers:
    """All that is offered."""

    offers: tuple[AddonOffer, ...] = ()

    @classmethod
    def in_folder(cls, folder: Path) -> "AddonOffers":
        """Offer what has a manifest in `folder`; nothing when there is no such folder."""
        return cls.of((manifest.parent.name, manifest.stem) for manifest in folder.glob("*/*.yaml"))

    @classmethod
    def of(cls, pairs: Iterable[tuple[str, str]]) -> "AddonOffers":
        """Offer (addon, version) pairs."""
        offers = (AddonOffer(name, version) for name, version in pairs)
        return cls(tuple(sorted(offers, key=lambda offer: (offer.name, offer.order), reverse=True)))

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the addons, sorted."""
        return tuple(sorted({offer.name for offer in self.offers}))

    def of_addon(self, name: str) -> tuple[AddonOffer, ...]:
        """The versions of one addon, newest first."""
        return tuple(offer for offer in self.offers if offer.name == name)

    def default(self, name: str, kubernetes: str) -> AddonOffer | None:
        """What CreateAddon takes when no version is asked for: the newest that runs on `kubernetes`."""
        return next((offer for offer in self.of_addon(name) if offer.runs_on(kubernetes)), None)
