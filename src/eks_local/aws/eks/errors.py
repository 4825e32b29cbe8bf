"""EKS's own errors. Codes are the service model's, texts are those EKS answers with."""

from typing import Any

from moto.core.exceptions import ServiceException


class EksError(ServiceException):
    """An error in EKS's shape; names of what it concerns travel beside the message."""

    def __init__(self, message: str, **concerns: Any) -> None:
        """`concerns`: cluster_name, nodegroup_name, addon_name, fargate_profile_name, ... as the model has them."""
        super().__init__(message)
        for name, value in concerns.items():
            setattr(self, name, value)


class ResourceNotFound(EksError):
    """404."""

    code = "ResourceNotFoundException"


class ResourceInUse(EksError):
    """409."""

    code = "ResourceInUseException"


class InvalidParameter(EksError):
    """400: a value that can never be right."""

    code = "InvalidParameterException"


class InvalidRequest(EksError):
    """400: a value that is not right in the present state."""

    code = "InvalidRequestException"


class AccessDenied(EksError):
    """403."""

    code = "AccessDeniedException"
