"""The command line as a process: what it answers before anything is deployed."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.runs import ROOT, Cli


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    return Cli(tmp_path)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "chaptr07"], "Did you mean chapter07"),
        (["run", "chapter"], "Did you mean chapter"),
        (["run", "nothing-like-it"], "There are: chapter"),
        (["run", "../labs/chapter07"], "there is no lab called"),
        (["run", ""], "there is no lab called ''"),
        (["run", "chapter07", "--target", "azure"], "There are: local, aws"),
        (["run", "chapter07", "--target", "awz"], "Did you mean aws?"),
        (["run", "chapter07", "--scenario", "Ten replicas"], "Did you mean Ten replicas leave three Pods pending"),
        (["run", "chapter07", "--variant", "spot"], "has no variant called 'spot'"),
        (["run", "chapter07", "--target", "aws"], "0.13 USD an hour"),
        (["run"], "Missing argument 'LAB'"),
        (["rn", "chapter07"], "Did you mean run"),
        (["run", "chapter07", "--kep"], "--keep"),
        (["score", "chapter07"], "--workspace DIR, --solution or --untouched"),
        (["score", "chapter07", "--solution", "--untouched"], "--workspace DIR, --solution or --untouched"),
        (["score", "chapter07", "--workspace", "/nowhere"], "/nowhere: no such folder"),
        (["destroy"], "Name a lab, or say --all"),
        (["destroy", "chapter7"], "Did you mean chapter07"),
        (["shell"], "labs run chapter07 --keep"),
        (["shell", "chapter07"], "labs run chapter07 --keep"),
        (["ssh"], "Missing argument '[LAB] NAME"),
        (["ssh", "bastion"], "labs run chapter07 --keep"),
        (["ssh", "chapter07", "bastion"], "labs run chapter07 --keep"),
        (["ssh", "bastion", "ls", "-l"], "No such option"),
        (["ssh", "chapter07", "bastion", "ls"], "labs ssh chapter07 -- bastion ls"),
        (["laptop"], "labs run chapter07 --keep"),
        (["laptop", "chapter07", "--ip", "203.0.113.7"], "labs run chapter07 --keep"),
        (["--course", "/nowhere", "list"], "/nowhere: no course here"),
        (["completion", "cmd"], "'bash', 'zsh', 'fish'"),
    ],
)
def test_a_mistake_is_2_and_says_what_to_do(cli: Cli, arguments: list[str], said: str) -> None:
    ran = cli(*arguments)
    assert ran.code == 2, str(ran)
    assert said in ran.err
    assert "Traceback" not in ran.err
    assert ran.out == ""
    assert len(ran.err.strip().splitlines()) <= 6


def test_the_labs_are_listed_for_people_and_for_programs(cli: Cli) -> None:
    assert "chapter07-prefix" in cli("list").out
    listed = json.loads(cli("list", "--json").out)
    assert {"name", "title", "summary", "minutes", "needs"} <= set(listed[0])


def test_nothing_is_up_and_destroying_it_is_no_mistake(cli: Cli) -> None:
    assert cli("status").out == "No lab is up.\n"
    assert json.loads(cli("status", "--json").out) == []
    assert cli("destroy", "chapter07").out == "chapter07: nothing was up\n"
    assert cli("destroy", "--all").code == 0


def test_the_version_is_said_from_a_checkout_too(cli: Cli) -> None:
    ran = cli("--version")
    assert ran.code == 0, str(ran)
    assert ran.out.startswith("labs 0.")


def test_help_names_every_command_and_imports_little(cli: Cli) -> None:
    ran = cli("--help")
    for command in ("run", "status", "shell", "destroy", "list", "doctor", "docs", "lint", "completion"):
        assert f"\n  {command}" in ran.out
    slow = "import sys, eks_labs.cli as c\ntry: c.main()\nfinally: print(sorted(m for m in HEAVY if m in sys.modules))"
    code = f"HEAVY = ['boto3', 'kubernetes', 'moto', 'rich', 'jinja2', 'yaml']\n{slow}"
    done = subprocess.run(
        [sys.executable, "-c", code, "--help"],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": "src"},
        cwd=ROOT,
    )
    assert done.stdout.endswith("[]\n"), done.stdout[-300:]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_get_something_to_complete_with(cli: Cli, shell: str) -> None:
    assert "_LABS_COMPLETE" in cli("completion", shell).out


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("labs r", "run"),
        ("labs run chapter07-", "chapter07-prefix"),
        ("labs run chapter07 --target ", "local"),
        ("labs run chapter07 --scenario ten", "Ten replicas leave three Pods pending"),
    ],
)
def test_labs_scenarios_and_targets_are_completed(cli: Cli, typed: str, offered: str) -> None:
    words = {"COMP_WORDS": typed, "COMP_CWORD": str(len(typed.split(" ")) - 1), "_LABS_COMPLETE": "bash_complete"}
    assert offered in cli(env=words).out


def test_a_reader_that_has_read_enough_is_no_error(cli: Cli) -> None:
    with cli.start("list") as child:
        assert child.stdout is not None
        child.stdout.close()
        child.wait(30)
        assert child.stderr is not None
        assert "Traceback" not in child.stderr.read()


def test_a_defect_is_called_one_and_is_no_failed_check(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("import eks_labs.status\neks_labs.status.all_up = None\n")
    ran = cli("status", env={"PYTHONPATH": f"{tmp_path}:{ROOT / 'src'}"})
    assert ran.code == 3
    assert "Traceback" in ran.err
    assert "a defect of labs" in ran.err


def test_the_doctor_has_a_remedy_for_whatever_is_not_well(cli: Cli) -> None:
    ran = cli("doctor", env={"PATH": "/nonexistent"})
    assert ran.code == 3
    lines = ran.out.splitlines()
    wrong = [number for number, line in enumerate(lines) if line.startswith("✗")]
    assert wrong
    assert all(lines[number + 1].startswith("    ") for number in wrong)
