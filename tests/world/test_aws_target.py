"""The target `aws`, with a world in the place of AWS: only the environment tells the two apart."""

import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from eks_local.waiting import wait_for
from eks_local.world import World
from eks_setup import node as node_binaries
from tests.runs import LONGEST, ROOT, Cli
from tests.worlds import started

pytestmark = [pytest.mark.world, pytest.mark.xdist_group("aws-target")]

LAB = "chapter07"


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with started(tmp_path_factory.mktemp("cloud") / "w", binaries=node_binaries.binaries(print)) as world:
        yield world


@pytest.fixture
def account(cloud: World) -> dict[str, str]:
    """What a person's environment says of their account; the proxy stands for the way to AWS's endpoints."""
    return {**cloud.environment(), "HTTPS_PROXY": cloud.proxy_url}


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    return Cli(tmp_path)


def vpcs(world: World) -> list[str]:
    keys = world.environment()
    ec2 = boto3.client(
        "ec2",
        endpoint_url=world.endpoint_url,
        region_name=world.region,
        aws_access_key_id=keys["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=keys["AWS_SECRET_ACCESS_KEY"],
    )
    return [vpc["VpcId"] for vpc in ec2.describe_vpcs()["Vpcs"] if not vpc.get("IsDefault")]


def test_the_walkthrough_passes_and_destroys_only_its_own(cloud: World, account: dict[str, str], cli: Cli) -> None:
    ran = cli("run", LAB, "--target", "aws", "--yes", "--json", env=account)
    assert ran.code == 0, str(ran)
    assert ran.events("run_started")[0]["target"] == "aws"
    assert {event["outcome"] for event in ran.events("scenario_ended")} == {"passed"}
    assert vpcs(cloud) == []
    assert cloud.status().clusters == ()
    assert cli.left(LAB) == []


def test_what_a_killed_run_left_is_destroyed_later(cloud: World, account: dict[str, str], cli: Cli) -> None:
    with cli.start("run", LAB, "--target", "aws", "--yes", "--json", env=account) as child:
        wait_for(lambda: vpcs(cloud), what="a VPC", seconds=120, poll=0.2)
        child.kill()
    again = cli("run", LAB, "--target", "aws", "--yes", env=account)
    assert again.code == 2, again
    assert f"labs destroy {LAB}" in again.err
    destroyed = cli("destroy", LAB, env=account)
    assert destroyed.code == 0, destroyed
    assert vpcs(cloud) == []
    assert not cli.folder(LAB).exists()


def test_the_cost_is_told_and_asked_before_anything_is_touched(
    cloud: World, account: dict[str, str], cli: Cli, tmp_path: Path
) -> None:
    asked = _answering(["run", LAB, "--target", "aws"], b"n\n", {**account, "XDG_STATE_HOME": str(tmp_path)})
    assert "0.13 USD an hour" in asked
    assert "Go on? [y/N]" in asked
    assert vpcs(cloud) == []
    assert not cli.folder(LAB).exists()


def test_credentials_that_aws_refuses_are_said_before_terraform_starts(account: dict[str, str], cli: Cli) -> None:
    ran = cli("run", LAB, "--target", "aws", "--yes", "--json", env={**account, "AWS_SECRET_ACCESS_KEY": "wrong"})
    assert ran.code == 3, str(ran)
    (failed,) = ran.events("failed")
    assert "does not accept the credentials" in failed["what"]
    assert "aws sts get-caller-identity" in failed["remedy"]


def _answering(arguments: list[str], answer: bytes, environment: dict[str, str]) -> str:
    """What is said to somebody at a terminal who answers so."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "eks_labs", *arguments],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src"), **environment},
        start_new_session=True,
    ) as child:
        os.close(theirs)
        os.write(ours, answer)
        child.wait(LONGEST)
        said = b""
        try:
            while chunk := os.read(ours, 4096):
                said += chunk
        except OSError:
            pass  # Linux: the other end is closed
    os.close(ours)
    assert child.returncode == 130
    return said.decode()
