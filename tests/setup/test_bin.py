"""The commands of a checkout, as a shell starts them."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.runs import ROOT


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """One that is set up: its Python is ours."""
    root = tmp_path / "checkout"
    shutil.copytree(ROOT / "bin", root / "bin")
    (root / "requirements").mkdir()
    (root / "requirements" / "runtime.txt").touch()
    os.utime(root / "requirements" / "runtime.txt", (0, 0))
    (root / ".venv" / "bin").mkdir(parents=True)
    (root / ".venv" / "ready-runtime").touch()
    python = root / ".venv" / "bin" / "python"
    python.write_text(f'#!/bin/sh\nPYTHONPATH={ROOT / "src"} exec {sys.executable} "$@"\n')
    python.chmod(0o755)
    return root


@pytest.mark.parametrize("command", [("labs", "--course", str(ROOT), "lint", "chapter07"), ("eks-local", "--help")])
def test_files_of_the_folder_one_is_in_are_no_modules(checkout: Path, tmp_path: Path, command: tuple[str, ...]) -> None:
    handed_in = tmp_path / "handed-in"
    for name in ("json", "yaml", "argparse", "subprocess", "eks_labs", "eks_local"):
        (handed_in / name).mkdir(parents=True)
        (handed_in / name / "__init__.py").write_text("raise SystemExit('somebody else has run')\n")
    program, *arguments = command
    done = subprocess.run(
        [str(checkout / "bin" / program), *arguments],
        cwd=handed_in,
        env={**os.environ, "XDG_STATE_HOME": str(tmp_path / "state")},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert "somebody else" not in done.stdout + done.stderr
    assert done.stdout, done.stderr
