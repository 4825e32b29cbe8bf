"""Missing programs: installed by root on Debian, named with the exact command for everybody else."""

import os

import pytest

from eks_setup import packages
from eks_setup.progress import SetupError


def test_nothing_missing_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "missing", list)
    said: list[str] = []
    packages.ensure(said.append)
    assert said == []


def test_a_person_who_is_not_root_gets_the_exact_command(monkeypatch: pytest.MonkeyPatch) -> None:
    lacking = [packages.Program("crun", "crun", "containers"), packages.Program("nft", "nftables", "rules")]
    monkeypatch.setattr(packages, "missing", lambda: lacking)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(SetupError) as error:
        packages.ensure(lambda line: None)
    assert "crun (containers), nft (rules)" in str(error.value)
    assert "sudo apt-get install -y --no-install-recommends crun nftables" in str(error.value)


def test_a_program_in_an_administrators_folder_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    program = tmp_path / "tool"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setattr(packages, "SEARCH_PATH", str(tmp_path))
    assert packages.Program("tool", "tool", "tests").path == str(program)
    assert packages.Program("absent", "tool", "tests").path is None
