"""Trust policies: who may assume a role.

Knows principals (AWS, Federated), actions with wildcards, Deny over Allow, and the condition operators that trust
policies use. An operator it does not know raises NotImplementedError: a guess would let in or lock out the wrong one.
Source: IAM User Guide, "Policy evaluation logic" and "IAM JSON policy elements: Condition operators".
"""

import fnmatch
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote


def _like(value: str, pattern: str) -> bool:
    """IAM's wildcards: * and ?, and nothing else that fnmatch would take for one."""
    return fnmatch.fnmatchcase(value, pattern.replace("[", "[[]"))


def _same_word(value: str, wanted: str) -> bool:
    return value.lower() == wanted.lower()


_OPERATORS: Mapping[str, Callable[[str, str], bool]] = {
    "StringEquals": str.__eq__,
    "StringEqualsIgnoreCase": _same_word,
    "StringLike": _like,
    "ArnEquals": _like,
    "ArnLike": _like,
    "Bool": _same_word,
}
_NEGATED = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
}


@dataclass(frozen=True)
class Request:
    """Who asks for what. `principals` are all the names the caller goes by; keys of `context` are lower case."""

    action: str  # sts:AssumeRole, sts:AssumeRoleWithWebIdentity
    kind: str  # AWS, Federated
    principals: tuple[str, ...]
    context: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def allows(document: str | Mapping[str, Any], request: Request) -> bool:
    """Whether a trust policy lets the request through."""
    policy = json.loads(unquote(document)) if isinstance(document, str) else document
    effects = [statement.get("Effect") for statement in _many(policy.get("Statement")) if _applies(statement, request)]
    return "Allow" in effects and "Deny" not in effects


def _applies(statement: Mapping[str, Any], request: Request) -> bool:
    actions = _many(statement.get("Action"))
    if not any(_like(request.action.lower(), str(action).lower()) for action in actions):
        return False
    return _names(statement.get("Principal"), request) and _holds(statement.get("Condition") or {}, request.context)


def _names(principal: Any, request: Request) -> bool:
    if principal == "*":
        return True
    if not isinstance(principal, Mapping):
        return False
    named = {str(name) for name in _many(principal.get(request.kind))}
    return bool(named & set(request.principals)) or (request.kind == "AWS" and "*" in named)


def _holds(conditions: Mapping[str, Any], context: Mapping[str, tuple[str, ...]]) -> bool:
    """All operators and all their keys must hold; of several wanted values one is enough."""
    return all(
        _test(operator, context.get(key.lower()), tuple(map(str, _many(wanted))))
        for operator, keys in conditions.items()
        for key, wanted in keys.items()
    )


def _test(operator: str, values: tuple[str, ...] | None, wanted: tuple[str, ...]) -> bool:
    quantifier, _, name = operator.rpartition(":")
    if_exists = name.endswith("IfExists")
    name = name.removesuffix("IfExists")
    negated = name in _NEGATED
    if name == "Null":
        return (values is None) == (wanted[0].lower() == "true")
    test = _OPERATORS.get(_NEGATED.get(name, name))
    if test is None or quantifier not in ("", "ForAnyValue", "ForAllValues"):
        raise NotImplementedError(f"the condition operator {operator} of a trust policy")
    if values is None:
        return if_exists or negated or quantifier == "ForAllValues"
    hits = [any(test(value, one) for one in wanted) != negated for value in values]
    return all(hits) if quantifier == "ForAllValues" or negated else any(hits)


def _many(value: Any) -> Iterable[Any]:
    if value is None:
        return ()
    return value if isinstance(value, list) else (value,)
