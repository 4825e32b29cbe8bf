"""Add-ons as Kubernetes objects: versioned manifests, filled in for a cluster and configured as asked for.

A manifest is `addons/<name>/<version>.yaml` beside this file: plain YAML documents with `${NAME}` placeholders.
"""

import json
import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from eks_local.kube import Object

FOLDER = Path(__file__).parent / "addons"
#: What EKS puts on a cluster that was not told otherwise (bootstrapSelfManagedAddons).
DEFAULT = ("vpc-cni", "kube-proxy", "coredns")

_WORKLOADS = ("DaemonSet", "Deployment")
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class InvalidConfiguration(ValueError):
    """configurationValues that the add-on does not know; the message says which."""


@dataclass(frozen=True)
class Values:
    """What a manifest's placeholders stand for."""

    cluster_name: str
    cluster_endpoint: str
    region: str
    vpc_id: str
    service_cidr: str
    cluster_dns: str
    kubernetes_version: str

    def mapping(self) -> dict[str, str]:
        """Placeholder to text."""
        return {name.upper(): value for name, value in vars(self).items()}


@dataclass(frozen=True)
class Configuration:
    """How one add-on differs from its manifest."""

    values: Mapping[str, Any]
    role_arn: str | None = None

    @classmethod
    def parse(cls, text: str | None, role_arn: str | None) -> "Configuration":
        """Read configurationValues (JSON or YAML). Raises `InvalidConfiguration`."""
        try:
            values = yaml.load(text or "{}", _LOADER)  # noqa: S506 - CSafeLoader, the same in C
        except yaml.YAMLError as error:
            raise InvalidConfiguration(f"configurationValues is neither JSON nor YAML: {error}") from error
        if not isinstance(values, dict):
            raise InvalidConfiguration("configurationValues is not an object")
        return cls(values, role_arn)


def load(name: str, version: str, values: Values, configuration: Configuration) -> list[Object]:
    """The objects of an add-on. Raises FileNotFoundError, `InvalidConfiguration`."""
    text = (FOLDER / name / f"{version}.yaml").read_text()
    filled = string.Template(text).substitute(values.mapping())
    objects: list[Object] = [item for item in yaml.load_all(filled, _LOADER) if item]
    _configure(objects, configuration)
    return objects


def workloads(objects: list[Object]) -> Iterator[Object]:
    """Those objects whose Pods decide about an add-on's health."""
    return (item for item in objects if item["kind"] in _WORKLOADS)


def _configure(objects: list[Object], configuration: Configuration) -> None:
    if configuration.role_arn:
        for item in objects:
            if item["kind"] == "ServiceAccount":
                annotations = item["metadata"].setdefault("annotations", {})
                annotations["eks.amazonaws.com/role-arn"] = configuration.role_arn
    for key, value in configuration.values.items():
        setter = _SETTERS.get(key)
        if setter is None:
            raise InvalidConfiguration(f"ConfigurationValue provided in request is not supported: {key}")
        for item in objects:
            setter(item, value)


def _pod(item: Object) -> Object:
    template: Object = item["spec"]["template"]["spec"]
    return template


def _env(container: Object, value: Mapping[str, Any]) -> None:
    listed = container.setdefault("env", [])
    for name, wanted in value.items():
        entry = {"name": name, "value": _text(wanted)}
        index = next((i for i, present in enumerate(listed) if present["name"] == name), None)
        if index is None:
            listed.append(entry)
        else:
            listed[index] = entry


def _text(value: Any) -> str:
    # What YAML read as a boolean or number is text again in an environment.
    return value if isinstance(value, str) else json.dumps(value)


def _set_env(item: Object, value: Any) -> None:
    if item["kind"] in _WORKLOADS:
        _env(_pod(item)["containers"][0], value)


def _set_init(item: Object, value: Any) -> None:
    if item["kind"] in _WORKLOADS and _pod(item).get("initContainers"):
        _env(_pod(item)["initContainers"][0], value.get("env") or {})


def _set_replicas(item: Object, value: Any) -> None:
    if item["kind"] == "Deployment":
        item["spec"]["replicas"] = int(value)


def _set_resources(item: Object, value: Any) -> None:
    if item["kind"] in _WORKLOADS:
        _pod(item)["containers"][0]["resources"] = value


def _set_in_pod(field: str) -> Any:
    def set_field(item: Object, value: Any) -> None:
        if item["kind"] in _WORKLOADS:
            _pod(item)[field] = value

    return set_field


def _set_in_metadata(field: str) -> Any:
    def set_field(item: Object, value: Any) -> None:
        if item["kind"] in _WORKLOADS:
            item["spec"]["template"].setdefault("metadata", {}).setdefault(field, {}).update(value)

    return set_field


def _set_corefile(item: Object, value: Any) -> None:
    if item["kind"] == "ConfigMap" and "Corefile" in (item.get("data") or {}):
        item["data"]["Corefile"] = value


def _set_network_policy(item: Object, value: Any) -> None:
    if item["kind"] == "ConfigMap" and item["metadata"]["name"] == "amazon-vpc-cni":
        item.setdefault("data", {})["enable-network-policy-controller"] = _text(value)


_SETTERS: Mapping[str, Any] = {
    "env": _set_env,
    "init": _set_init,
    "replicaCount": _set_replicas,
    "resources": _set_resources,
    "tolerations": _set_in_pod("tolerations"),
    "nodeSelector": _set_in_pod("nodeSelector"),
    "affinity": _set_in_pod("affinity"),
    "topologySpreadConstraints": _set_in_pod("topologySpreadConstraints"),
    "podAnnotations": _set_in_metadata("annotations"),
    "podLabels": _set_in_metadata("labels"),
    "corefile": _set_corefile,
    "enableNetworkPolicy": _set_network_policy,
}
