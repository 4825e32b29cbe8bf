"""Bad days of a run: what it says, how it ends, and that nothing is left after `labs destroy`."""

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from eks_local.paths import WorldPaths
from eks_local.sandbox import record
from eks_local.waiting import wait_for
from eks_local.world import World
from tests.leaks import children, descendants
from tests.runs import LONGEST, ROOT, Cli, Ran

pytestmark = pytest.mark.world

LAB = "chapter07"
SHORT = ("--scenario", "A cluster with one small node")
BROKEN = """
resource "aws_subnet" "broken" {
  vpc_id     = module.network.vpc_id
  cidr_block = "192.168.9.0/24"
}
"""
Event = dict[str, Any]


@pytest.fixture
def cli(tmp_path: Path) -> Iterator[Cli]:
    found = Cli(tmp_path / "home")
    yield found
    assert found("destroy", LAB).code == 0
    assert found.left(LAB) == []
    assert not found.folder(LAB).exists()


class Running:
    """A run in progress, followed by its events."""

    def __init__(self, child: "subprocess.Popen[str]") -> None:
        self.child = child
        self._lines: list[str] = []

    def until(self, wanted: Callable[[Event], bool]) -> Event:
        """The first event that is wanted."""
        assert self.child.stdout is not None
        for line in self.child.stdout:
            self._lines.append(line)
            event: Event = json.loads(line)
            if wanted(event):
                return event
        raise AssertionError(f"the run ended before that: {self.end()}")

    def end(self) -> Ran:
        """Wait for the end."""
        out, err = self.child.communicate(timeout=LONGEST)
        return Ran(self.child.returncode, "".join(self._lines) + out, err)


@contextmanager
def running(cli: Cli, *arguments: str) -> Iterator[Running]:
    with cli.start("run", LAB, "--json", *arguments) as child:
        try:
            yield Running(child)
        finally:
            if child.poll() is None:
                child.kill()


def stage(name: str) -> Callable[[Event], bool]:
    return lambda event: event["event"] == "stage_started" and event["stage"] == name


def created(kind: str) -> Callable[[Event], bool]:
    return lambda event: (
        event["event"] == "resource_changed" and kind in event["address"] and event["state"] in ("started", "done")
    )


def failure(ran: Ran) -> tuple[str, str]:
    """What the run says went wrong, and what to do."""
    (event, *_) = ran.events("failed")
    return event["what"], event["remedy"]


def world_of(cli: Cli) -> dict[str, int]:
    """Process ids of the world, as the host sees them."""
    running = record.load(WorldPaths(cli.folder(LAB) / "world").record)
    assert running is not None
    init = running.box.init.pid
    server = children(init)[0]
    programs = {}
    for pid in descendants(server):
        with suppress(OSError):
            argv = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
            programs |= {name: pid for name in ("etcd", "kube-apiserver") if name in argv[:2]}
    return {"init": init, "server": server, **programs}


def test_ctrl_c_during_apply_destroys_what_was_made_with_the_cluster_that_terraform_lost(cli: Cli) -> None:
    with running(cli) as run:
        run.until(created("aws_eks_cluster"))
        world = World.attach(cli.folder(LAB) / "world")
        assert world is not None
        # It is there, and Terraform still waits for it.
        wait_for(lambda: world.status().clusters, what="the cluster", seconds=20, poll=0.01)
        run.child.send_signal(signal.SIGINT)
        ran = run.end()
    assert ran.code == 130, str(ran)
    assert "destroy" in {event["stage"] for event in ran.events("stage_ended")}
    assert {event["outcome"] for event in ran.events("stage_ended") if event["stage"] == "prove"} == {"passed"}
    assert cli.left(LAB) == []


def test_a_second_run_is_refused_the_first_goes_on_and_ctrl_c_in_its_scenarios_destroys_what_was_made(cli: Cli) -> None:
    with running(cli) as run:
        run.until(stage("apply"))
        second = cli("run", LAB)
        assert second.code == 2
        assert f"by process {run.child.pid}" in second.err
        assert f"kill -INT {run.child.pid}" in second.err
        run.until(lambda event: event["event"] == "step_started")
        run.child.send_signal(signal.SIGINT)
        ran = run.end()
    assert ran.code == 130, str(ran)
    assert {event["outcome"] for event in ran.events("stage_ended") if event["stage"] == "prove"} == {"passed"}
    assert cli.left(LAB) == []


@pytest.mark.parametrize("when", ["start", "apply", "verify", "destroy"])
def test_ctrl_c_twice_ends_at_once_and_leaves_nothing(cli: Cli, when: str) -> None:
    with running(cli, *SHORT) as run:
        run.until(stage(when))
        for _ in range(2):
            run.child.send_signal(signal.SIGINT)
        ran = run.end()
    assert ran.code == 130, str(ran)
    assert "Traceback" not in ran.err
    assert cli.left(LAB) == []


@pytest.mark.parametrize("when", ["start", "apply", "verify", "destroy"])
def test_sigkill_of_the_cli_leaves_nothing_that_destroy_does_not_end(cli: Cli, when: str) -> None:
    with running(cli, *SHORT) as run:
        run.until(stage(when))
        run.child.kill()
        run.child.wait()
    # The fixture destroys, and looks.


def test_after_a_sigkill_the_lab_can_be_run_again(cli: Cli) -> None:
    with running(cli) as run:
        run.until(created("aws_eks_cluster"))
        run.child.kill()
        run.child.wait()
    ran = cli("run", LAB, "--json", *SHORT)
    assert ran.code == 0, str(ran)
    assert cli.left(LAB) == []


def test_a_world_that_is_killed_ends_the_run_with_3(cli: Cli) -> None:
    with running(cli) as run:
        run.until(lambda event: event["event"] == "step_started")
        os.kill(world_of(cli)["init"], signal.SIGKILL)
        ran = run.end()
    assert ran.code == 3, str(ran)
    what, remedy = failure(ran)
    assert "is not running" in what
    assert "world.log" in remedy
    assert cli.left(LAB) == []


def test_a_control_plane_program_that_is_killed_comes_back(cli: Cli) -> None:
    with running(cli, *SHORT) as run:
        for program in ("etcd", "kube-apiserver"):
            run.until(lambda event: event["event"] == "step_started")
            killed = world_of(cli)[program]
            os.kill(killed, signal.SIGKILL)
            wait_for(
                lambda program=program, killed=killed: world_of(cli).get(program) not in (None, killed),
                what=f"another {program}",
                seconds=60,
                poll=0.1,
            )
        ran = run.end()
    # A command that is run while nobody answers may fail; then the run says so, like of any failed step.
    assert ran.code in (0, 1), str(ran)
    assert {event["outcome"] for event in ran.events("stage_ended") if event["stage"] == "prove"} == {"passed"}
    assert cli.left(LAB) == []


def test_an_error_in_the_middle_of_apply_is_terraforms_own_and_is_cleaned_up(cli: Cli, tmp_path: Path) -> None:
    course = tmp_path / "course"
    for part in ("labs", "terraform", "manifests", "checks"):
        shutil.copytree(ROOT / part, course / part, ignore=shutil.ignore_patterns("__pycache__"))
    root = course / "terraform" / LAB / "main.tf"
    root.write_text(root.read_text() + BROKEN)
    ran = cli("--course", str(course), "run", LAB, "--json")
    assert ran.code == 2, str(ran)
    what, remedy = failure(ran)
    assert "terraform apply failed" in what
    assert "InvalidSubnet.Range" in what
    assert str(cli.folder(LAB)) in remedy
    assert "destroy" in {event["stage"] for event in ran.events("stage_ended")}
    assert (Path(ran.events("run_ended")[0]["diagnostics"]) / "terraform.jsonl").exists()
    assert cli.left(LAB) == []


def test_forbidden_namespaces_are_said_with_the_setting_to_change(cli: Cli) -> None:
    forbid = 'echo 0 > /proc/sys/user/max_user_namespaces && exec "$@"'
    under = ["unshare", "--user", "--map-root-user", "sh", "-c", forbid, "sh"]
    ran = cli("run", LAB, "--json", under=under)
    assert ran.code == 3, str(ran)
    what, remedy = failure(ran)
    assert "user namespaces are not allowed here" in what
    assert "sysctl -w user.max_user_namespaces" in remedy


def test_without_terraform_the_way_to_it_is_said(cli: Cli, tmp_path: Path) -> None:
    programs = tmp_path / "programs"
    programs.mkdir()
    for folder in ("/usr/bin", "/bin", "/usr/sbin", "/sbin"):
        for program in Path(folder).iterdir():
            if program.name != "terraform" and not (programs / program.name).is_symlink():
                (programs / program.name).symlink_to(program)
    ran = cli("run", LAB, env={"PATH": str(programs)})
    assert ran.code == 2, str(ran)
    assert "no terraform on this machine's PATH" in ran.err
    assert "developer.hashicorp.com/terraform/install" in ran.err


def _on_a_disk_of(megabytes: int) -> list[str]:
    mount = f'mkdir -p "$XDG_STATE_HOME" && mount -t tmpfs -o size={megabytes}m tmpfs "$XDG_STATE_HOME" && exec "$@"'
    return ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", mount, "sh"]


def test_a_disk_that_is_nearly_full_is_said_before_anything_starts(cli: Cli) -> None:
    ran = cli("run", LAB, "--json", under=_on_a_disk_of(100))
    assert ran.code == 3, str(ran)
    what, remedy = failure(ran)
    assert "MB are free on its file system" in what
    assert "Free some space" in remedy


def test_a_disk_that_fills_up_ends_the_run_with_a_reason(cli: Cli) -> None:
    with cli.start("run", LAB, "--json", under=_on_a_disk_of(400)) as child:
        run = Running(child)
        run.until(stage("apply"))
        disk = Path(f"/proc/{child.pid}/root{cli.home}")
        _fill(disk / "filler")
        ran = run.end()
    assert ran.code == 3, str(ran)
    assert "Traceback" not in ran.err
    assert "is full" in failure(ran)[0]
    assert "Free some space" in failure(ran)[1]
    assert cli.left(LAB) == []


def _fill(file: Path) -> None:
    block = b"\0" * 2**20
    with file.open("wb", buffering=0) as filler:
        try:
            while True:
                filler.write(block)
        except OSError:
            return


def test_the_kept_lab_has_a_shell_a_status_and_an_end(cli: Cli) -> None:
    kept = cli("run", LAB, "--keep", *SHORT)
    assert kept.code == 0, kept
    status = cli("status")
    assert "chapter07: up" in status.out
    assert "node ip-" in status.out
    assert cli("run", LAB).code == 2
    for command, wanted in {
        "kubectl get nodes": "Ready",
        "aws sts get-caller-identity --query Arn --output text": ":user/learner",
        "aws eks list-clusters --output text": LAB,
        f"cd terraform/{LAB} && terraform plan -no-color": "No changes",
    }.items():
        ran = cli("shell", LAB, "bash", "-c", command)
        assert ran.code == 0, (command, ran)
        assert wanted in ran.out, (command, ran)
    outside = {**os.environ, "KUBECONFIG": str(cli.folder(LAB) / "kubeconfig")}
    nodes = subprocess.run(["kubectl", "get", "nodes"], env=outside, capture_output=True, text=True, timeout=60)
    assert " Ready " in nodes.stdout, nodes
    ended = cli("destroy", LAB)
    assert ended.code == 0
    assert "world ended" in ended.out
