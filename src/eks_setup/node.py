"""The node binaries: Kubernetes' components, the VPC CNI, CoreDNS and the images' programs.

Taken from where they already are, else built from the Go modules under `node/`:
`$EKS_LABS_NODE_BIN`, the installed wheel, the cache (keyed by a hash of the sources), a build.
A module says what it makes in its `build.toml`: `[[binary]]` with `output`, `package` and `ldflags`.
"""

import os
import platform
import subprocess
import tempfile
import time
import tomllib
from dataclasses import dataclass
from pathlib import Path

from eks_setup import go
from eks_setup.places import cache, checkout, digest
from eks_setup.progress import Progress, SetupError

_SOURCES = ("*.go", "go.mod", "go.sum", "build.toml")
_PACE = {"GOGC": "400", "GOMEMLIMIT": "3GiB"}
"""The compiler collects its garbage seldom: a fifth less time, at most 2.8 GB instead of 2.5 (for EC2's client)."""
_COMPILER = "-gcflags=all=-dwarf=false"
"""Nothing that only debuggers read, and the linker leaves out: a tenth less time."""


@dataclass(frozen=True)
class Binary:
    """One program a Go module makes."""

    module: Path
    output: str
    package: str
    ldflags: tuple[str, ...]


def binaries(progress: Progress) -> Path:
    """The folder that holds the node binaries; builds them when there are none. Raises `SetupError`."""
    if given := os.environ.get("EKS_LABS_NODE_BIN"):
        return Path(given)
    packaged = Path(__file__).resolve().parents[1] / "eks_local" / "bin"
    if packaged.is_dir():
        return packaged
    root = checkout()
    if root is None:
        raise SetupError("this installation carries no node binaries for this platform: run from a source checkout")
    folder = cache() / "node" / fingerprint(root)
    if not folder.is_dir():
        build(root, folder, progress)
    return folder


def fingerprint(root: Path) -> str:
    """A hash of all that decides what the binaries are."""
    sources = [path for pattern in _SOURCES for path in (root / "node").rglob(pattern)]
    return digest([p for p in sources if not p.name.endswith("_test.go")], platform.system(), platform.machine())


def declared(root: Path) -> list[Binary]:
    """What the modules under `node/` declare in their build.toml; a binary without `ldflags` has its module's."""
    return [
        Binary(file.parent, entry["output"], entry["package"], tuple(entry.get("ldflags", module.get("ldflags", ()))))
        for file in sorted((root / "node").rglob("build.toml"))
        for module in [tomllib.loads(file.read_text())]
        for entry in module["binary"]
    ]


def build(root: Path, folder: Path, progress: Progress) -> None:
    """Build into a folder beside the final one and rename: a build that was interrupted leaves nothing half done."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    progress("building the node binaries from Go modules (once; about ten minutes on two cores)")
    oldest = max(_go_directive(binary.module / "go.mod") for binary in declared(root))
    tool = go.toolchain(root, oldest, progress)
    with tempfile.TemporaryDirectory(prefix="build-", dir=folder.parent) as scratch:
        for binary in declared(root):
            _build_one(tool, binary, Path(scratch) / binary.output, progress)
        Path(scratch).chmod(0o755)
        try:
            Path(scratch).rename(folder)
        except OSError:
            if not folder.is_dir():  # another run of set-up was first: its result is the same
                raise
        else:
            Path(scratch).mkdir()  # for TemporaryDirectory to remove


def _build_one(tool: str, binary: Binary, target: Path, progress: Progress) -> None:
    environment = {**_PACE, **os.environ, "CGO_ENABLED": "0", "GOFLAGS": "-mod=readonly"}
    total = _packages(tool, binary, environment)
    linker = f"-ldflags=-s -w {' '.join(binary.ldflags)}"
    command = [tool, "build", "-v", "-trimpath", "-buildvcs=false", _COMPILER, linker]
    started = time.monotonic()
    child = subprocess.Popen(
        [*command, "-o", str(target), binary.package],
        cwd=binary.module,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    lines: list[str] = []
    with child:
        for line in child.stdout or ():
            lines.append(line)
            if len(lines) % 250 == 0:
                progress(f"  {binary.output}: {len(lines)} of at most {total} packages")
    if child.returncode:
        said = "".join(lines)[-1500:]
        raise SetupError(f"{' '.join(command)} {binary.package} in {binary.module} failed:\n{said}")
    progress(f"  {binary.output}: {time.monotonic() - started:.0f} s, {target.stat().st_size / 2**20:.0f} MB")


def _packages(tool: str, binary: Binary, environment: dict[str, str]) -> int:
    """How many packages a build has at most; listing them also fetches the modules."""
    listed = subprocess.run(
        [tool, "list", "-deps", binary.package], cwd=binary.module, env=environment, capture_output=True, text=True
    )
    if listed.returncode:
        raise SetupError(f"the Go modules of {binary.output} cannot be had: {listed.stderr.strip()[-800:]}")
    return len(listed.stdout.splitlines())


def _go_directive(mod: Path) -> tuple[int, int]:
    line = next(line for line in mod.read_text().splitlines() if line.startswith("go "))
    major, minor = line.split()[1].split(".")[:2]
    return int(major), int(minor)
