"""Reference pages that are made from code: the command line, EKS's operations."""

from pathlib import Path

import click
import pytest
from botocore import xform_name

from eks_labs.cli import labs
from eks_labs.docs.cli_reference import read_commands
from eks_labs.docs.operations import read_operations, source
from eks_labs.docs.pages import make_pages
from eks_local.aws.eks.api import EksResponse


def test_every_command_is_there_after_its_group() -> None:
    names = [command.name for command in read_commands()]
    assert names[:3] == ["labs", "labs list", "labs run"]
    assert names[names.index("labs docs") :][:3] == ["labs docs", "labs docs build", "labs docs serve"]
    context = click.Context(labs)
    assert {f"labs {name}" for name in labs.list_commands(context)} <= set(names)


def test_commands_say_what_they_take() -> None:
    commands = {command.name: command for command in read_commands()}
    run = commands["labs run"]
    assert run.usage == "labs run [OPTIONS] LAB"
    assert run.text.startswith("Deploy a lab, run its scenarios, destroy it.")
    options = {option.usage: option for option in run.options}
    assert options["--target local|aws"].default == "local"
    assert options["--keep"].default == ""
    assert {option.usage: option.default for option in commands["labs docs serve"].options} == {
        "--host TEXT": "127.0.0.1",
        "--port INTEGER": "8000",
    }


def test_everything_a_command_takes_has_a_meaning() -> None:
    for command in read_commands():
        assert command.text, command.name
        assert [option.usage for option in command.options if not option.meaning] == [], command.name


def test_operations_are_those_that_the_service_has() -> None:
    found = read_operations(source())
    here = [name for subject in found.here for name in subject.operations]
    assert found.count == len(here) == len(set(here)) > 40
    assert [name for name in here if not hasattr(EksResponse, xform_name(name))] == []
    assert [name for name in found.missing if hasattr(EksResponse, xform_name(name))] == []
    assert "CreateCluster" in here
    assert "CreateFargateProfile" in found.missing


def test_operations_are_read_without_running_the_code(tmp_path: Path) -> None:
    (tmp_path / "clusters.py").write_text(
        "raise SystemExit\n\nclass Calls:\n"
        "    def list_clusters(self): ...\n    def create_cluster(self): ...\n    def help(self): ...\n"
        "def delete_cluster(): ...\n"
    )
    found = read_operations(tmp_path)
    assert [(subject.name, subject.operations) for subject in found.here] == [
        ("clusters", ("CreateCluster", "ListClusters"))
    ]
    assert "DeleteCluster" in found.missing


@pytest.mark.parametrize("name", ["aws-api", "control-plane", "labs", "network", "node", "runner", "setup", "world"])
def test_each_subsystem_has_its_page(name: str, course: Path) -> None:
    assert f"develop/{name}.md" in make_pages(course)
