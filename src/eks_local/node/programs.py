"""Programs that an instance has besides those of this machine's /usr: `aws` and `kubectl`.

`aws` is a Python package of the environment that the world itself runs in, and that and its Python may be anywhere, a
home included. An instance shows them read-only in a folder of its own: no path of the host's homes is seen inside.
"""

import importlib.util
import shutil
import sys
from pathlib import Path

from eks_local.node.spec import LAYOUT
from eks_local.paths import INSTANCE_PROGRAMS
from eks_local.sandbox import machine

_SHOWN = Path("/usr")
"""What an instance shows of the host anyway."""
_PYTHON, _PACKAGES = Path("/opt/aws/python"), Path("/opt/aws/packages")

_AWS = """\
#!/bin/sh
{libraries}exec {python} -I -c 'import site, sys
site.addsitedir("{packages}")
sys.argv[0] = "aws"
from awscli.clidriver import main
sys.exit(main())' "$@"
"""


def folders() -> dict[Path, Path]:
    """The folders of the host that have to be shown for `aws` to run, and where."""
    inside = {Path(sys.base_prefix): _PYTHON, _packages(): _PACKAGES}
    return {outside: place for outside, place in inside.items() if not outside.is_relative_to(_SHOWN)}


def install(root: Path) -> None:
    """Put the programs into the instance whose root file system is `root`."""
    folder = root / INSTANCE_PROGRAMS.lstrip("/")
    folder.mkdir(parents=True, exist_ok=True)
    aws, kubectl = folder / "aws", folder / "kubectl"
    aws.unlink(missing_ok=True)
    aws.write_text(_aws())
    aws.chmod(0o755)
    kubectl.unlink(missing_ok=True)
    kubectl.symlink_to(_kubectl())


def _packages() -> Path:
    found = importlib.util.find_spec("awscli")
    if found is None or found.origin is None:
        raise RuntimeError("the package awscli is not installed beside this program; install the project anew")
    return Path(found.origin).parent.parent


def _aws() -> str:
    moved = folders()
    prefix = moved.get(Path(sys.base_prefix), Path(sys.base_prefix))
    # A Python that was built with shared libraries knows them by the path that it was built for.
    libraries = f"LD_LIBRARY_PATH={prefix}/lib " if prefix == _PYTHON else ""
    return _AWS.format(
        libraries=libraries,
        python=prefix / "bin" / f"python{sys.version_info.major}.{sys.version_info.minor}",
        packages=moved.get(_packages(), _packages()),
    )


def _kubectl() -> Path:
    """The host's kubectl where it can be seen inside, else the node's."""
    found = shutil.which("kubectl", path=machine.SEARCH)
    if found and Path(found).resolve().is_relative_to(_SHOWN):
        return Path(found)
    return Path(LAYOUT.binaries) / "kubectl"
