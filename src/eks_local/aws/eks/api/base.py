"""What every EKS operation stands on: parsing, checking, answering."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from moto.core.exceptions import ServiceException
from moto.core.request import Request
from moto.core.responses import ActionResult, BaseResponse
from moto.core.utils import camelcase_to_underscores, get_service_model
from moto.eks.models import eks_backends

from eks_local.aws.eks.api import shapes
from eks_local.aws.eks.errors import InvalidParameter
from eks_local.aws.eks.models.store import EksBackend
from eks_local.aws.identity import Directory

LARGEST_PAGE = 100


class UnknownOperation(ServiceException):
    """A path and method that EKS does not have."""

    code = "UnknownOperationException"


class SerializationError(ServiceException):
    """A body that is not JSON, or not an object."""

    code = "SerializationException"


class EksCalls(BaseResponse):
    """Base of the operations. `self.params` are the checked input, with the service model's names."""

    def __init__(self) -> None:
        super().__init__(service_name="eks")
        self.automated_parameter_parsing = True
        self._operation: str | None = None

    @property
    def backend(self) -> EksBackend:
        """The EKS of the request's account and region."""
        backend: EksBackend = eks_backends[self.current_account][self.region]
        return backend

    @property
    def caller_arn(self) -> str:
        """The IAM principal (user or role) that signed the request; the account's root when nobody did."""
        identity = Directory(self.current_account).identity(self.get_access_key())
        return identity.principal_arn if identity else f"arn:aws:iam::{self.current_account}:root"

    def arn(self, resource: str) -> str:
        """The ARN of one of EKS's resources."""
        return f"arn:{self.partition}:eks:{self.region}:{self.current_account}:{resource}"

    def page(self, member: str, items: Iterable[Any]) -> ActionResult:
        """One page of a list, by maxResults and nextToken."""
        everything = list(items)
        size = min(int(self.params.get("maxResults") or LARGEST_PAGE), LARGEST_PAGE)
        try:
            start = int(self.params.get("nextToken") or 0)
        except ValueError:
            raise InvalidParameter("The nextToken is invalid.") from None
        answer: dict[str, Any] = {member: everything[start : start + size]}
        if start + size < len(everything):
            answer["nextToken"] = str(start + size)
        return ActionResult(answer)

    # -- what moto calls

    def _get_action(self) -> str:
        """The operation, from method and path alone, never from what a body or a header says."""
        if self._operation is None:
            self._operation = self._get_action_from_method_and_request_uri(self.normalized_request) or ""
        return self._operation

    def parse_parameters(self, request: Request) -> None:
        """Parse and check the input against the service model; what is wrong is found again in `call_action`."""
        self._defect: ServiceException | None = None
        self.params: dict[str, Any] = {}
        try:
            body = json.loads(request.data or b"{}")
            if not isinstance(body, dict):
                raise SerializationError("The request body is not a JSON object.")
            super().parse_parameters(request)
            shapes.check(self.params, get_service_model("eks").operation_model(self._operation).input_shape)
        except (UnicodeDecodeError, json.JSONDecodeError) as error:
            self._defect = SerializationError(f"The request body is not JSON: {error}")
        except ServiceException as error:
            self._defect = error
        except (TypeError, ValueError, AttributeError, KeyError) as error:
            self._defect = SerializationError(f"The request does not fit {self._operation}: {error}")

    def call_action(self) -> Any:
        """Run the operation under the backend's lock, or say by name that there is none."""
        if not self._operation:
            return self.serialized(ActionResult(UnknownOperation(f"EKS has no {self.method} {self.path}")))
        if not hasattr(self, camelcase_to_underscores(self._operation)):
            raise NotImplementedError(f"the local EKS does not implement {self._operation}")
        if self._defect:
            return self.serialized(ActionResult(self._defect))
        with self.backend.lock:
            token = self.params.get("clientRequestToken")
            if not token:
                return super().call_action()
            # An SDK that lost the answer asks again with the same token, and must not meet its own work.
            asked = json.dumps([self._operation, self.params], sort_keys=True, default=str)
            known: tuple[int, Any, Any] | None = self.backend.answers.find(asked)
            if known is not None:
                return known
            answer = super().call_action()
            if answer[0] < 400:
                self.backend.answers.keep(asked, answer)
            return answer


def texts(values: Iterable[Any] | None) -> tuple[str, ...]:
    """A list of the wire as a tuple; empty for None."""
    return tuple(values or ())


def tags_of(params: Mapping[str, Any]) -> dict[str, str]:
    """The tags of a request. Raises InvalidParameter for those EKS keeps to itself."""
    tags = dict(params.get("tags") or {})
    if any(key.lower().startswith("aws:") for key in tags):
        raise InvalidParameter("Invalid tag key: aws: prefixed tag key names are not allowed for external use.")
    return tags
