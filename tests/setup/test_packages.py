"""Missing programs: installed by root on Debian, named with the exact command for everybody else."""

import os
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest

from eks_setup import __main__ as setup
from eks_setup import packages
from eks_setup.packages import Program
from eks_setup.progress import SetupError

CRUN = Program("crun", "crun", "containers")
NFT = Program("nft", "nftables", "rules")


class Machine:
    """A machine on which some programs are missing until apt-get brings them; remembers the commands it was given."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, lacking: Iterable[Program], root: bool = True) -> None:
        self.lacking = list(lacking)
        self.ran: list[str] = []
        self.has_lists = True
        self.reachable = True
        monkeypatch.setattr(packages, "missing", self.missing)
        monkeypatch.setattr(os, "geteuid", lambda: 0 if root else 1000)
        monkeypatch.setattr(shutil, "which", lambda name, **_: f"/usr/bin/{name}")
        monkeypatch.setattr(subprocess, "run", self.run)
        monkeypatch.delenv("CI", raising=False)

    def missing(self, programs: Iterable[Program] = packages.PROGRAMS) -> list[Program]:
        return [program for program in programs if program in self.lacking]

    def run(self, command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        self.ran.append(" ".join(command))
        if command[1] == "update":
            self.has_lists = self.reachable
        elif self.has_lists and self.reachable:
            self.lacking = [program for program in self.lacking if program.package not in command]
            return subprocess.CompletedProcess(command, 0, "", "")
        return subprocess.CompletedProcess(command, 100, "", "E: Unable to locate package")


def quiet(line: str) -> None:
    """Nobody looks."""


def test_nothing_missing_says_nothing_and_runs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(monkeypatch, ())
    said: list[str] = []
    packages.ensure(said.append)
    packages.ensure_browser(said.append)
    assert (said, machine.ran) == ([], [])


def test_a_person_who_is_not_root_gets_the_exact_command(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(monkeypatch, (CRUN, NFT), root=False)
    with pytest.raises(SetupError) as error:
        packages.ensure(quiet, (CRUN, NFT))
    assert "crun (containers), nft (rules)" in str(error.value)
    assert "sudo apt-get install -y --no-install-recommends crun nftables" in str(error.value)
    assert machine.ran == []


def test_root_installs_what_is_missing_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(monkeypatch, (NFT,))
    packages.ensure(quiet, (CRUN, NFT))
    assert machine.ran == ["apt-get install -y --no-install-recommends nftables"]


def test_package_lists_are_fetched_when_there_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(monkeypatch, (NFT,))
    machine.has_lists = False
    packages.ensure(quiet, (NFT,))
    install = "apt-get install -y --no-install-recommends nftables"
    assert machine.ran == [install, "apt-get update", install]


def test_what_apt_cannot_bring_is_named_with_its_words(monkeypatch: pytest.MonkeyPatch) -> None:
    Machine(monkeypatch, (NFT,)).reachable = False
    with pytest.raises(SetupError, match=r"did not bring nft: E: Unable to locate package"):
        packages.ensure(quiet, (NFT,))


def test_a_program_in_an_administrators_folder_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "tool"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setattr(packages, "SEARCH_PATH", str(tmp_path))
    assert Program("tool", "tool", "tests").path == str(program)
    assert Program("absent", "tool", "tests", ("tool",)).path == str(program)
    assert Program("absent", "tool", "tests").path is None


def test_root_brings_the_browser_and_its_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(monkeypatch, packages.BROWSER)
    said: list[str] = []
    packages.ensure_browser(said.append)
    assert machine.ran == ["apt-get install -y --no-install-recommends chromium chromium-driver"]
    assert said == ["installing chromium chromium-driver"]


@pytest.mark.parametrize("root", [True, False])
def test_without_a_browser_set_up_goes_on_and_says_what_brings_it(root: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    Machine(monkeypatch, packages.BROWSER, root).reachable = False
    said: list[str] = []
    packages.ensure_browser(said.append)
    assert said[-1].startswith("browser tests will be skipped: ")
    assert "apt-get install -y --no-install-recommends chromium chromium-driver" in said[-1]


@pytest.mark.parametrize("root", [True, False])
def test_in_ci_a_missing_browser_is_an_error(root: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    Machine(monkeypatch, packages.BROWSER, root).reachable = False
    monkeypatch.setenv("CI", "true")
    with pytest.raises(SetupError, match="chromium chromium-driver"):
        packages.ensure_browser(quiet)


@pytest.mark.parametrize(
    ("arguments", "brought"),
    [
        (["all", "--dev"], ["environment", "programs", "browser", "binaries"]),
        (["all"], ["environment", "programs", "binaries"]),
        (["world", "--dev"], ["programs", "binaries"]),
        (["environment", "--dev"], ["environment"]),
        ([], ["environment", "programs", "binaries"]),
    ],
)
def test_the_browser_comes_with_the_whole_suite_alone(
    arguments: list[str], brought: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    monkeypatch.setattr(setup.environment, "ensure", lambda *_: done.append("environment"))
    monkeypatch.setattr(packages, "ensure", lambda *_: done.append("programs"))
    monkeypatch.setattr(packages, "ensure_browser", lambda _: done.append("browser"))
    monkeypatch.setattr(setup.node, "binaries", lambda _: done.append("binaries"))
    assert setup.main(arguments) == 0
    assert done == brought
