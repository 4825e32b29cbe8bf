"""Checking input against the service model, so that operations may trust the types of what they read."""

from typing import Any

from botocore.validate import ParamValidator

from eks_local.aws.eks.errors import InvalidParameter


def check(params: dict[str, Any], shape: Any) -> None:
    """Raise InvalidParameter when required members are missing, or types, ranges or enumerations are not met."""
    if shape is None:
        return
    report = ParamValidator().validate(params, shape)
    if report.has_errors():
        raise InvalidParameter(report.generate_report())
    wrong = _not_enumerated(params, shape, "")
    if wrong:
        raise InvalidParameter(wrong)


def _not_enumerated(value: Any, shape: Any, path: str) -> str | None:
    """EKS's complaint about the first value that is none of its enumeration's."""
    if value is None:
        return None
    if shape.type_name == "structure":
        members = ((value.get(name), member, f"{path}.{name}".lstrip(".")) for name, member in shape.members.items())
        return next(filter(None, (_not_enumerated(*member) for member in members)), None)
    if shape.type_name == "list":
        return next(filter(None, (_not_enumerated(item, shape.member, path) for item in value)), None)
    options = getattr(shape, "enum", None)
    if options and value not in options:
        return (
            f"1 validation error detected: Value '{value}' at '{path}' failed to satisfy constraint: "
            f"Member must satisfy enum value set: [{', '.join(options)}]"
        )
    return None
