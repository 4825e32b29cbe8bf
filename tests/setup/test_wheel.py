"""The wheel: installed where there is no checkout, it has all of the course, and the binaries it was built with."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.runs import ROOT

pytestmark = pytest.mark.world


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment in which the wheel is installed; what it depends on comes from ours."""
    folder = tmp_path_factory.mktemp("wheel")
    binaries = folder / "binaries"
    binaries.mkdir()
    (binaries / "eks-node").write_text("#!/bin/sh\necho a stand-in\n")
    (binaries / "eks-node").chmod(0o755)
    _run(
        [
            sys.executable,
            "-c",
            "from setuptools import build_meta; print(build_meta.build_wheel('DIR'))".replace("DIR", str(folder)),
        ],
        env={**os.environ, "EKS_LABS_NODE_BIN": str(binaries)},
        cwd=_copy(folder),
    )
    (wheel,) = folder.glob("*.whl")
    assert wheel.name.startswith("eks_labs-")
    assert "-py3-none-linux_" in wheel.name
    _run([sys.executable, "-m", "venv", str(folder / "venv")])
    python = folder / "venv" / "bin" / "python"
    _run([str(python), "-m", "pip", "install", "--quiet", "--no-deps", str(wheel)])
    ours = next(entry for entry in sys.path if entry.endswith("site-packages"))
    # The packages of this environment, without the file that leads to this checkout.
    site = next((folder / "venv" / "lib").glob("python3*/site-packages"))
    for package in Path(ours).iterdir():
        if package.suffix != ".pth" and not (site / package.name).exists():
            (site / package.name).symlink_to(package)
    return python


def _copy(folder: Path) -> Path:
    """The sources, so that the build's own files stay out of the checkout."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    source = folder / "source"
    for name in filter(None, listed.split("\0")):
        target = source / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((ROOT / name).read_bytes())
    return source


def _run(argv: list[str], **how: object) -> str:
    done = subprocess.run(argv, capture_output=True, text=True, timeout=300, **how)  # type: ignore[call-overload]
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return str(done.stdout)


def test_it_has_the_course(installed: Path, tmp_path: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    labs = installed.with_name("labs")
    listed = json.loads(_run([str(labs), "list", "--json"], cwd=tmp_path, env=environment))
    assert [lab["name"] for lab in listed] == sorted(file.parent.name for file in ROOT.glob("labs/*/lab.toml"))
    assert _run([str(labs), "lint"], cwd=tmp_path, env=environment).endswith("no problems\n")
    assert "AWS API" in _run([str(installed.with_name("eks-local")), "up", "--help"], cwd=tmp_path, env=environment)


def test_it_has_the_binaries_it_was_built_with_and_they_run(installed: Path, tmp_path: Path) -> None:
    program = "from eks_setup import node; print(node.binaries(print) / 'eks-node')"
    path = _run([str(installed), "-c", program], cwd=tmp_path, env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)})
    assert str(installed.parents[1]) in path
    assert _run([path.strip()]) == "a stand-in\n"


def test_it_has_every_file_that_the_packages_read(installed: Path, tmp_path: Path) -> None:
    for name in ("eks_local", "eks_labs", "eks_setup"):
        program = f"import {name}; print({name}.__path__[0])"
        package = Path(_run([str(installed), "-c", program], cwd=tmp_path).strip())
        source = ROOT / "src" / name
        wanted = {p.relative_to(source) for p in source.rglob("*") if p.is_file() and "__pycache__" not in p.parts}
        assert {path for path in wanted if not (package / path).is_file()} == set()
