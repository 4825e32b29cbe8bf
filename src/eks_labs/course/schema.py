"""The schemas of `lab.toml` and of hidden checks, as JSON Schema and as the check that the runner makes with it.

That of `lab.toml` is published, for editors.
"""

import re
from collections.abc import Mapping
from typing import Any

from eks_labs.course.parameters import NAME

_EXERCISE = {
    "type": "object",
    "description": "A graded scenario.",
    "properties": {
        "name": {"type": "string", "description": "The scenario's name in the feature file."},
        "points": {"type": "integer", "minimum": 1, "maximum": 100, "description": "All of a lab add up to 100."},
        "hint": {
            "type": ["string", "array"],
            "items": {"type": "string"},
            "description": "For labs hint. A list has tiers: a nudge, then the concept and a link to its docs.",
        },
    },
    "required": ["name", "points"],
    "additionalProperties": False,
}

_PARAMETER = {
    "type": "object",
    "description": "Values that differ from learner to learner: one row of the table is drawn for each.",
    "properties": {
        "names": {
            "type": "array",
            "items": {"type": "string", "pattern": f"^{NAME}$"},
            "minItems": 1,
            "description": "What exercises, hints and solutions refer to as <name>.",
        },
        "rows": {
            "type": "array",
            "items": {"type": "array", "items": {"type": ["string", "integer"]}},
            "minItems": 2,
            "description": "A value for each name. The first row holds where nobody has drawn.",
        },
    },
    "required": ["names", "rows"],
    "additionalProperties": False,
}

_VARIANT = {
    "type": "object",
    "description": "Another way to deploy the lab.",
    "properties": {
        "title": {"type": "string", "description": "What is different, in a few words."},
        "variables": {"type": "object", "description": "Terraform variables: name and value."},
    },
    "required": ["title"],
    "additionalProperties": False,
}

LAB: Mapping[str, Any] = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "title": "lab.toml",
    "description": "What cannot be derived from a lab's name.",
    "type": "object",
    "properties": {
        "title": {"type": "string", "description": "The lab's heading."},
        "summary": {"type": "string", "description": "What a learner will do, in one sentence."},
        "minutes": {"type": "integer", "minimum": 1, "description": "How long a learner takes."},
        "cost_per_hour": {"type": "number", "minimum": 0, "description": "USD an hour on AWS, all resources."},
        "observe_from": {
            "type": "string",
            "pattern": "^(laptop|bastion|instance .+)$",
            "description": "From where the runner itself reaches the lab's cluster, to apply manifests and to check: "
            "laptop (when not given), bastion, or instance NAME. A private endpoint is not to be had from the laptop.",
        },
        "needs": {"type": "array", "items": {"type": "string"}, "description": "Labs to do before."},
        "exercise": {"type": "array", "items": _EXERCISE, "description": "Graded scenarios."},
        "parameter": {"type": "array", "items": _PARAMETER, "description": "Values drawn for each learner."},
        "variants": {"type": "object", "additionalProperties": _VARIANT, "description": "Variants by name."},
    },
    "required": ["title", "summary", "minutes"],
    "additionalProperties": False,
}

PRIVATE: Mapping[str, Any] = {
    "type": "object",
    "description": "LAB.toml beside an instructor's LAB.feature: points and hints of hidden checks.",
    "properties": {
        "exercise": {"type": "array", "items": _EXERCISE, "minItems": 1, "description": "Graded scenarios."},
    },
    "required": ["exercise"],
    "additionalProperties": False,
}

_TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "object": (dict,),
    "array": (list,),
}


def violations(value: Any, schema: Mapping[str, Any], where: str = "") -> list[str]:
    """Where `value` breaks `schema`; understands the words of JSON Schema that are used above."""
    at = where or "the file"
    types = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
    if isinstance(value, bool) or not isinstance(value, tuple(python for name in types for python in _TYPES[name])):
        return [f"{at} must be of type {' or '.join(types)}"]
    found = []
    if "minimum" in schema and value < schema["minimum"]:
        found.append(f"{at} must be at least {schema['minimum']}")
    if "maximum" in schema and value > schema["maximum"]:
        found.append(f"{at} must be at most {schema['maximum']}")
    if "pattern" in schema and isinstance(value, str) and not re.search(schema["pattern"], value):
        found.append(f"{at} must match {schema['pattern']}")
    if isinstance(value, list) and len(value) < schema.get("minItems", 0):
        found.append(f"{at} must have at least {schema['minItems']} item{'s' if schema['minItems'] > 1 else ''}")
    if isinstance(value, list):
        for number, item in enumerate(value, start=1):
            found += violations(item, schema["items"], f"{where} number {number}".strip())
    if isinstance(value, dict):
        found += _keys(value, schema, where)
    return found


def _keys(value: Mapping[str, Any], schema: Mapping[str, Any], where: str) -> list[str]:
    known = schema.get("properties", {})
    others = schema.get("additionalProperties", True)
    found = [_named("is missing", key, where) for key in schema.get("required", ()) if key not in value]
    for key, item in value.items():
        if key in known:
            found += violations(item, known[key], _path(key, where))
        elif isinstance(others, Mapping):
            found += violations(item, others, _path(key, where))
        elif others is False:
            from eks_labs.errors import closest

            found.append(f"{_named('is not a key', key, where)}. {closest(key, list(known))}")
    return found


def _named(verdict: str, key: str, where: str) -> str:
    return f"{_path(key, where)} {verdict}"


def _path(key: str, where: str) -> str:
    return f"{where}: {key}" if where else key
