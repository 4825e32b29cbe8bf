"""The Python environment of a checkout: `.venv`, made by uv from a hashed requirements file."""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

from eks_setup.places import cache
from eks_setup.progress import Progress, SetupError


def requirements(root: Path, kind: str) -> Path:
    """The hashed requirements of `kind`: "runtime" or "dev" (a superset)."""
    return root / "requirements" / f"{kind}.txt"


def ready(root: Path, kind: str) -> bool:
    """Whether `.venv` holds exactly what the requirements of `kind` say now."""
    return any(
        (stamp := _stamp(root, having)).is_file() and stamp.read_text() == _fingerprint(root, having)
        for having in {kind, "dev"}
    )


def ensure(root: Path, kind: str, progress: Progress) -> Path:
    """Make or mend `.venv`; returns its Python. Raises `SetupError` with the remedy."""
    python = root / ".venv" / "bin" / "python"
    if python.is_file() and ready(root, kind):
        return python
    progress(f"Python environment ({kind})")
    uv = _uv(root, progress)
    if not python.is_file():
        _run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(root / ".venv")])
    _run(
        [
            uv,
            "pip",
            "install",
            "--quiet",
            # Programs that are started a thousand times need not compile their libraries each time, as they would
            # where PYTHONDONTWRITEBYTECODE is set: in most containers.
            "--compile-bytecode",
            "--python",
            str(python),
            "--require-hashes",
            "-r",
            str(requirements(root, kind)),
        ]
    )
    site_packages = next((root / ".venv" / "lib").glob("python*/site-packages"))
    (site_packages / "eks-labs.pth").write_text(f"{root / 'src'}\n")
    _stamp(root, kind).write_text(_fingerprint(root, kind))
    return python


def _stamp(root: Path, kind: str) -> Path:
    return root / ".venv" / f"ready-{kind}"


def _fingerprint(root: Path, kind: str) -> str:
    return hashlib.sha256(requirements(root, kind).read_bytes()).hexdigest()


def install_only(root: Path, package: str, home: Path) -> None:
    """Install one package of requirements/setup.txt into an environment of its own at `home`."""
    if not (home / "bin" / "pip").is_file():
        _run([sys.executable, "-m", "venv", "--clear", str(home)], remedy="sudo apt-get install -y python3-venv")
    wanted = home / f"{package}.txt"
    wanted.write_text(_requirement(root, package))
    _run([str(home / "bin" / "pip"), "install", "--quiet", "--require-hashes", "--no-deps", "-r", str(wanted)])


def _uv(root: Path, progress: Progress) -> str:
    if found := shutil.which("uv"):
        return found
    home = cache() / "uv"
    uv = home / "bin" / "uv"
    if not uv.is_file():
        progress("installing uv")
        install_only(root, "uv", home)
    return str(uv)


def _requirement(root: Path, package: str) -> str:
    """The lines of requirements/setup.txt that pin one package and its hashes."""
    lines = requirements(root, "setup").read_text().splitlines()
    start = next(n for n, line in enumerate(lines) if line.startswith(f"{package}=="))
    end = next((n for n in range(start + 1, len(lines)) if not lines[n].startswith(" ")), len(lines))
    return "\n".join(lines[start:end]) + "\n"


def _run(command: list[str], remedy: str | None = None) -> None:
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode:
        said = (result.stderr or result.stdout).strip()[-800:]
        hint = f" Try: {remedy}" if remedy else ""
        raise SetupError(f"{' '.join(command)} failed: {said}.{hint}")
