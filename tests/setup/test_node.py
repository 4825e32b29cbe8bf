"""The node binaries: what decides their identity, and that a build is whole or not there."""

import shutil
import subprocess
from pathlib import Path

import pytest

from eks_setup import node
from eks_setup.progress import SetupError


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout whose only module makes one small program."""
    module = tmp_path / "node" / "hello"
    module.mkdir(parents=True)
    (module / "go.mod").write_text("module hello\n\ngo 1.21\n")
    (module / "main.go").write_text('package main\n\nvar name string\n\nfunc main() { println("hello " + name) }\n')
    (module / "build.toml").write_text(
        '[[binary]]\noutput = "hello"\npackage = "."\nldflags = ["-X main.name=world"]\n'
    )
    return tmp_path


def test_fingerprint_follows_every_source_but_tests(checkout: Path) -> None:
    module = checkout / "node" / "hello"
    before = node.fingerprint(checkout)
    (module / "main_test.go").write_text("package main\n")
    assert node.fingerprint(checkout) == before
    for name in ("main.go", "go.mod", "build.toml"):
        (module / name).write_text((module / name).read_text() + "\n")
        after = node.fingerprint(checkout)
        assert after != before, f"{name} does not count"
        before = after


def test_a_binary_without_linker_flags_has_its_modules(checkout: Path) -> None:
    two = '[[binary]]\noutput = "one"\npackage = "."\n[[binary]]\noutput = "other"\npackage = "."\nldflags = []\n'
    (checkout / "node" / "hello" / "build.toml").write_text(f'ldflags = ["-X main.name=world"]\n{two}')
    assert [(b.output, b.ldflags) for b in node.declared(checkout)] == [("one", ("-X main.name=world",)), ("other", ())]


@pytest.mark.skipif(shutil.which("go") is None, reason="no Go toolchain on PATH")
def test_build_makes_what_build_toml_declares(checkout: Path) -> None:
    said: list[str] = []
    node.build(checkout, checkout / "cache" / "bin", said.append)
    ran = subprocess.run([str(checkout / "cache" / "bin" / "hello")], capture_output=True, text=True)
    assert ran.stderr == "hello world\n"
    assert any("hello:" in line for line in said)
    assert sorted(p.name for p in (checkout / "cache").iterdir()) == ["bin"], "scratch folders must be gone"


@pytest.mark.skipif(shutil.which("go") is None, reason="no Go toolchain on PATH")
def test_a_failed_build_says_the_compilers_words_and_leaves_nothing(checkout: Path) -> None:
    (checkout / "node" / "hello" / "main.go").write_text("package main\n\nfunc main() { undefinedName() }\n")
    with pytest.raises(SetupError, match="undefined: undefinedName"):
        node.build(checkout, checkout / "cache" / "bin", lambda line: None)
    assert list((checkout / "cache").iterdir()) == []


def test_a_given_folder_wins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("EKS_LABS_NODE_BIN", str(tmp_path))
    assert node.binaries(lambda line: None) == tmp_path
