"""Saving the AWS API's state to a file, and loading it back.

All of moto's backends and ours are pickled together, so that what they share stays shared. The file is trusted: it
is the world's own, in its state folder.
"""

import copyreg
import os
import pickle
import tempfile
from collections import defaultdict
from functools import partial
from pathlib import Path
from typing import Any

from moto.backends import get_backend
from moto.core.base_backend import BackendDict
from moto.ssm.models import ParameterDict, SimpleSystemManagerBackend

from eks_local.aws.eks.models import EksBackend, Settings

FORMAT = 1
_ATTEMPTS = 20


class SnapshotError(Exception):
    """The file is not a snapshot, or of another format."""


def save(path: Path) -> None:
    """Write the state to `path`, whole or not at all. Safe while calls are served."""
    blob = _pickled()
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=path.name, delete=False) as file:
        try:
            file.write(blob)
            file.flush()
            os.fsync(file.fileno())
            Path(file.name).replace(path)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise


def load(path: Path, settings: Settings) -> None:
    """Put the saved state in the place of the present one. Raises SnapshotError, OSError.

    EKS offers what `settings` says. Call it before requests are served: what is in progress would be lost.
    """
    try:
        found: Any = pickle.loads(path.read_bytes())  # noqa: S301 - the world's own file
    except (pickle.UnpicklingError, EOFError, AttributeError, ImportError, IndexError) as error:
        raise SnapshotError(f"{path} is not a snapshot of this version: {type(error).__name__}: {error}") from error
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise SnapshotError(f"{path} is not a snapshot of format {FORMAT}")
    for service, account, region, backend in found["backends"]:
        if isinstance(backend, EksBackend):
            backend.settings = settings
        # Past moto's own way, which would first make a backend that is new: IAM's takes half a second.
        dict.__setitem__(get_backend(service)[account], region, backend)
        for name in backend.buckets if service == "s3" else ():
            _names_of_buckets(get_backend("s3"))[name] = (region, account)


def forget() -> None:
    """Drop all state of the process. moto's own reset would make all of it anew at once, which takes seconds."""
    for backends in list(BackendDict._instances):
        _names_of_buckets(backends).clear()
        backends.clear()
    BackendDict._instances.clear()


def _names_of_buckets(backends: Any) -> dict[str, tuple[str, str]]:
    """S3's names are the whole world's: kept beside its backends. Empty for other services."""
    names: dict[str, tuple[str, str]] = getattr(backends, "bucket_accounts", {})
    return names


def _pickled() -> bytes:
    """moto's tables have no locks: try again when a call changed one meanwhile."""
    for attempt in range(_ATTEMPTS):
        try:
            return pickle.dumps({"format": FORMAT, "backends": _backends()}, protocol=pickle.HIGHEST_PROTOCOL)
        except RuntimeError as error:
            if "changed size" not in str(error) or attempt == _ATTEMPTS - 1:
                raise
    raise AssertionError("unreachable: the last attempt returns or raises")


def _backends() -> list[tuple[str, str, str, Any]]:
    return [
        (backends.service_name, account, region, _picklable(backend))
        for backends in list(BackendDict._instances)
        for account, regions in list(backends.items())
        for region, backend in list(regions.items())
    ]


def _picklable(backend: Any) -> Any:
    """moto's SSM has a table whose default is made by a lambda, which no pickle takes: a function that it takes."""
    if isinstance(backend, SimpleSystemManagerBackend):
        backend._resource_tags.default_factory = partial(defaultdict, dict)
    return backend


def _parameters(table: ParameterDict) -> tuple[Any, ...]:
    """moto's table of SSM parameters is a defaultdict whose arguments pickle would not give back to it."""
    return ParameterDict, (table.account_id, table.region_name), vars(table), None, iter(list(table.items()))


copyreg.pickle(ParameterDict, _parameters)
