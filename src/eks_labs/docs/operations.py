"""Which operations of the EKS API a world answers: read from the code that answers them, without running it."""

import ast
import importlib.util
from dataclasses import dataclass
from pathlib import Path

from eks_labs.docs.sources import read


@dataclass(frozen=True)
class Subject:
    """The operations of one module; `name` is the module's."""

    name: str
    operations: tuple[str, ...]


@dataclass(frozen=True)
class Operations:
    """All operations of AWS's service model: those that are here, by subject, and those that are not."""

    here: tuple[Subject, ...]
    missing: tuple[str, ...]

    @property
    def count(self) -> int:
        """How many are here."""
        return sum(len(subject.operations) for subject in self.here)


def source() -> Path:
    """The folder of the modules that answer EKS's operations."""
    found = importlib.util.find_spec("eks_local")
    locations = found.submodule_search_locations if found else None
    return Path(next(iter(locations or ["."]))) / "aws" / "eks" / "api"


def read_operations(folder: Path) -> Operations:
    """Compare the methods in `folder` with the service model that botocore has."""
    import botocore.session
    from botocore import xform_name

    wanted = {xform_name(name): name for name in botocore.session.Session().get_service_model("eks").operation_names}
    subjects = []
    for path in sorted(folder.glob("[!_]*.py")):
        module = ast.parse(read(path))
        found = [name for name in _methods(module) if name in wanted]
        if found:
            subjects.append(Subject(path.stem, tuple(sorted(wanted.pop(name) for name in found))))
    return Operations(tuple(subjects), tuple(sorted(wanted.values())))


def _methods(module: ast.Module) -> list[str]:
    classes = [node for node in module.body if isinstance(node, ast.ClassDef)]
    return [node.name for found in classes for node in found.body if isinstance(node, ast.FunctionDef)]
