"""Stage: the lab's manifests, applied on the server's side as `kubectl apply --server-side` does."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from eks_labs.checks import cluster_client
from eks_labs.errors import LabsError
from eks_labs.events import Bus, ManifestApplied
from eks_labs.lint.manifests import read, shape
from eks_labs.lint.problem import Broken
from eks_local.waiting import WaitTimeout, wait_for

MANAGER = "eks-labs"
"""Field manager of what we apply."""

PATIENCE = 30.0
"""Seconds in which a new cluster may still refuse: namespaces and service accounts come a moment after it is ACTIVE."""


def documents(folder: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """(file, object) of every manifest in `folder`, in the files' order. Raises `LabsError`."""
    for file in sorted([*folder.glob("*.yaml"), *folder.glob("*.yml")]):
        try:
            found, problems = read(file)
        except Broken as broken:
            found, problems = [], list(broken.problems)
        problems += [problem for document in found for problem in shape(document)]
        if problems:
            first = problems[0]
            raise LabsError(f"{file}:{first.line}: {first.message}", "Correct the manifest.")
        for document in found:
            yield file, document.value


def apply(folder: Path, api: Any, bus: Bus) -> None:
    """Apply every manifest in `folder` through the Kubernetes `ApiClient`. Raises `LabsError`."""
    objects = list(documents(folder)) if folder.is_dir() else []
    if not objects:
        return
    dynamic = _patiently(lambda: cluster_client.dynamic(api))
    for file, body in objects:
        _patiently(lambda file=file, body=body: _apply_one(dynamic, file, body))
        bus(ManifestApplied(body["kind"], body["metadata"].get("namespace", "default"), body["metadata"]["name"]))


def _apply_one(dynamic: Any, file: Path, body: dict[str, Any]) -> None:
    from kubernetes.dynamic.exceptions import ApiException, ResourceNotFoundError

    try:
        kind = dynamic.resources.get(api_version=body["apiVersion"], kind=body["kind"])
        namespace = body["metadata"].get("namespace", "default") if kind.namespaced else None
        kind.server_side_apply(
            body=body, name=body["metadata"]["name"], namespace=namespace, field_manager=MANAGER, force_conflicts=True
        )
    except ResourceNotFoundError as error:
        raise LabsError(
            f"{file}: the cluster knows no {body['kind']} of {body['apiVersion']}",
            "kubectl api-resources lists what it knows.",
        ) from error
    except ApiException as error:
        # Not 403: what lets somebody in (an access entry, a role) takes effect a moment after it is made.
        if error.status in (400, 422):
            raise LabsError(f"{file}: {body['kind']} {body['metadata']['name']}: {_message(error)}", "") from error
        raise


def _patiently(act: Any) -> Any:
    """`act`, again until `PATIENCE` is over while the cluster does not answer as it should."""
    what = "the cluster to take the lab's manifests"
    try:
        (done,) = wait_for(lambda: (act(),), what=what, seconds=PATIENCE, poll=0.25, final=(LabsError,))
    except WaitTimeout as timeout:
        error = timeout.last_seen
        if not isinstance(error, Exception):
            raise
        raise _refused(error) from error
    return done


def _refused(error: Exception) -> LabsError:
    from eks_labs.errors import TargetError

    if getattr(error, "status", None) == 403:
        return LabsError(
            f"the cluster refuses the lab's manifests: {_message(error)}",
            "Access entries say who may do what: aws eks list-access-entries",
        )
    if _unanswered(error):
        return LabsError(
            f"nothing of the lab's manifests reaches the cluster's endpoint: {_message(error)}",
            "Who may connect: public_access_cidrs, and for a private endpoint its security groups",
        )
    return TargetError(
        f"the cluster did not take the lab's manifests within {PATIENCE:g} s: {_message(error)}",
        "Look at its nodes and logs with: labs run … --keep, then labs shell",
    )


def _unanswered(error: Exception) -> bool:
    """Whether what was sent to the endpoint got lost on its way, as a rule has it: whoever is there would refuse."""
    from urllib3.exceptions import ConnectTimeoutError, MaxRetryError

    reason = error.reason if isinstance(error, MaxRetryError) else error
    # The second is what the local target's proxy says of it.
    return isinstance(reason, ConnectTimeoutError) or "i/o timeout" in str(reason)


def _message(error: Exception) -> str:
    import json

    try:
        return str(json.loads(getattr(error, "body", "") or "")["message"])
    except (ValueError, KeyError, TypeError):
        return (str(error).strip().splitlines() or [type(error).__name__])[0]
