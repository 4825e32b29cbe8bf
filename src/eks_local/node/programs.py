"""Programs that an instance has besides those of this machine's /usr: `aws` and `kubectl`.

`aws` lives in the Python environment that the world itself runs in, which may be anywhere, a home included. That
environment and its Python are shown in the instance at the paths they have outside, read-only, and nothing around them.
"""

import shutil
import sys
from pathlib import Path

from eks_local.node.spec import LAYOUT
from eks_local.paths import INSTANCE_PROGRAMS
from eks_local.sandbox import machine

_SHOWN = Path("/usr")
"""What an instance shows of the host anyway."""


def folders() -> list[Path]:
    """The folders of the host that have to be shown for `aws` to run."""
    wanted = dict.fromkeys((Path(sys.prefix), Path(sys.base_prefix)))
    hidden = [folder for folder in wanted if not folder.is_relative_to(_SHOWN)]
    return [folder for folder in hidden if not any(parent in hidden for parent in folder.parents)]


def install(root: Path) -> None:
    """Put the programs into the instance whose root file system is `root`."""
    folder = root / INSTANCE_PROGRAMS.lstrip("/")
    folder.mkdir(parents=True, exist_ok=True)
    for name, target in (("aws", Path(sys.prefix) / "bin" / "aws"), ("kubectl", _kubectl())):
        (folder / name).unlink(missing_ok=True)
        (folder / name).symlink_to(target)


def _kubectl() -> Path:
    """The host's kubectl where it can be seen inside, else the one in the node binary."""
    found = shutil.which("kubectl", path=machine.SEARCH)
    if found and Path(found).resolve().is_relative_to(_SHOWN):
        return Path(found)
    return Path(LAYOUT.binaries) / "eks-node"
