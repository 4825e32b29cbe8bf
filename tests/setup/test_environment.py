"""The Python environment: when it counts as ready, and which requirement set-up installs for itself."""

from pathlib import Path

import pytest

from eks_setup import environment


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "requirements").mkdir()
    (tmp_path / ".venv").mkdir()
    for kind in ("runtime", "dev"):
        environment.requirements(tmp_path, kind).write_text(f"{kind}==1\n")
    return tmp_path


def mark(root: Path, kind: str) -> None:
    (root / ".venv" / f"ready-{kind}").write_text(environment._fingerprint(root, kind))


def test_dev_requirements_serve_the_runtime_but_not_the_other_way_round(root: Path) -> None:
    assert not environment.ready(root, "runtime")
    mark(root, "runtime")
    assert environment.ready(root, "runtime")
    assert not environment.ready(root, "dev")
    (root / ".venv" / "ready-runtime").unlink()
    mark(root, "dev")
    assert environment.ready(root, "runtime")
    assert environment.ready(root, "dev")


def test_changed_requirements_are_not_ready(root: Path) -> None:
    mark(root, "runtime")
    environment.requirements(root, "runtime").write_text("runtime==2\n")
    assert not environment.ready(root, "runtime")


def test_only_the_asked_requirement_is_taken(root: Path) -> None:
    wanted = "uv==2 \\\n    --hash=sha256:bb \\\n    --hash=sha256:cc\n"
    before, after = "a==1 \\\n    --hash=sha256:aa\n    # via x\n", "z==3 \\\n    --hash=sha256:dd\n"
    environment.requirements(root, "setup").write_text(before + wanted + after)
    assert environment._requirement(root, "uv") == wanted
