"""What a state file names, read without Terraform: it takes seconds to say it, and needs its provider."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Resource:
    """One instance of a managed resource."""

    module: str
    type: str
    name: str
    index: str
    attributes: Mapping[str, Any]

    @property
    def address(self) -> str:
        """As `terraform state list` shows it."""
        return ".".join(filter(None, (self.module, self.type, self.name))) + self.index


def resources(state: Path) -> Iterator[Resource]:
    """The managed resources in the file `state`; none when it is not there, or half a file."""
    try:
        found = json.loads(state.read_text())
    except (OSError, ValueError):
        # Nothing deployed yet, or a file that Terraform is writing, or that a full disk cut short.
        return
    for resource in found.get("resources", ()):
        if resource.get("mode") != "managed":
            continue
        for instance in resource.get("instances", ()):
            key = instance.get("index_key")
            index = "" if key is None else f"[{json.dumps(key)}]"
            attributes = instance.get("attributes") or {}
            yield Resource(resource.get("module", ""), resource["type"], resource.get("name", ""), index, attributes)


def outputs(state: Path) -> dict[str, Any]:
    """Outputs by name, as `terraform output` gives them; none when the file is not there, or half a file."""
    try:
        found = json.loads(state.read_text())
    except (OSError, ValueError):
        return {}
    return {name: output["value"] for name, output in found.get("outputs", {}).items()}
