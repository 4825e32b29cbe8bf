"""A world's life: start, ask, stop, outlive, be killed. Nothing may be left, whatever ends it."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import boto3
import pytest

from eks_local.paths import WorldPaths
from eks_local.sandbox import machine, record
from eks_local.sandbox.identity import ProcessId
from eks_local.world import World, WorldError, destroy
from tests.leaks import Footprint, children, left_on
from tests.worlds import started

pytestmark = pytest.mark.world


def api(world: World, service: str = "ec2"):
    environment = world.environment()
    return boto3.client(
        service,
        endpoint_url=environment["AWS_ENDPOINT_URL"],
        region_name=environment["AWS_REGION"],
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
    )


def members(state: Path) -> dict[str, int]:
    """Process ids of a world's own processes, as the host sees them."""
    running = record.load(WorldPaths(state).record)
    assert running is not None
    init = running.box.init.pid
    return {"launcher": running.box.launcher.pid, "init": init, "server": children(init)[0]}


def owner(state: Path, binaries: Path, *, detach: bool = False) -> "subprocess.Popen[str]":
    """A process that starts a world and owns it until its standard input ends."""
    program = f"""
import sys
from pathlib import Path
from eks_local.world import World
world = World.start(Path({str(state)!r}), binaries=Path({str(binaries)!r}))
{"world.detach()" if detach else ""}
print("started", flush=True)
sys.stdin.read()
"""
    path = ":".join(entry for entry in sys.path if entry)
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "started\n"
    return process


def ended(state: Path, footprint: Footprint, seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    while any(process.alive for process, _ in footprint.processes):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def test_a_world_answers_and_ends_leaving_its_folder_alone(tmp_path):
    with started(tmp_path / "w") as world:
        assert api(world, "sts").get_caller_identity()["Arn"].endswith(":user/learner")
        status = world.status()
        assert status.clusters == ()
        assert status.errors == {}
        assert status.memory > 20 * 2**20
        attached = World.attach(tmp_path / "w")
        assert attached is not None
        assert attached.endpoint_url == world.endpoint_url
        assert attached.environment() == world.environment()
    assert World.attach(tmp_path / "w") is None
    assert {entry.name for entry in (tmp_path / "w").iterdir()} <= {"lock", "logs", "aws.pickle"}


def test_stopping_twice_and_destroying_what_is_not_there_do_nothing(tmp_path):
    with started(tmp_path / "w") as world:
        world.stop()
        world.stop()
    assert destroy(tmp_path / "w") == []
    assert destroy(tmp_path / "never") == []
    assert not (tmp_path / "never").exists()


def test_two_worlds_side_by_side_know_nothing_of_each_other(tmp_path):
    with started(tmp_path / "a") as one, started(tmp_path / "b") as other:
        made = api(one).create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
        assert made not in {vpc["VpcId"] for vpc in api(other).describe_vpcs()["Vpcs"]}
        assert one.endpoint_url != other.endpoint_url


def test_a_second_world_on_a_folder_is_refused_and_the_first_lives_on(tmp_path):
    with started(tmp_path / "w") as world:
        with pytest.raises(WorldError, match="another world runs on this state folder"):
            World.start(tmp_path / "w", binaries=tmp_path)
        assert world.status().errors == {}


def test_a_taken_port_is_named_with_what_to_do(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(WorldError, match=rf"port {port} of 127\.0\.0\.1") as refused:
            World.start(tmp_path / "w", api_port=port, binaries=tmp_path)
    assert f"sport = :{port}" in refused.value.remedy
    assert left_on(tmp_path / "w") == []


@pytest.mark.parametrize("victim", ["launcher", "init", "server"])
def test_killing_any_process_ends_all_of_the_world(tmp_path, victim):
    state = tmp_path / "w"
    with started(state), Footprint.of(state) as footprint:
        os.kill(members(state)[victim], signal.SIGKILL)
        assert ended(state, footprint)
        assert World.attach(state) is None
        assert destroy(state)
        assert footprint.left() == []


def test_killing_the_owner_ends_the_world_with_its_state_saved(tmp_path):
    state = tmp_path / "w"
    process = owner(state, tmp_path)
    with Footprint.of(state) as footprint:
        process.kill()
        process.wait()
        assert ended(state, footprint)
        destroy(state)
        assert footprint.left() == []
        assert "stopping" in (state / "logs" / "world.log").read_text()


def test_a_detached_world_outlives_its_owner_and_can_be_attached_and_stopped(tmp_path):
    state = tmp_path / "w"
    process = owner(state, tmp_path, detach=True)
    with Footprint.of(state) as footprint:
        try:
            process.kill()
            process.wait()
            world = World.attach(state)
            assert world is not None
            assert world.status().errors == {}
            world.stop()
        finally:
            destroy(state)
        assert footprint.left() == []


def test_destroy_finds_a_world_whose_record_is_lost(tmp_path):
    state = tmp_path / "w"
    process = owner(state, tmp_path, detach=True)
    with Footprint.of(state) as footprint:
        WorldPaths(state).record.unlink()
        process.kill()
        process.wait()
        assert destroy(state, remove=True)
        assert footprint.left() == []
        assert not state.exists()


def test_destroy_spares_a_process_that_only_has_a_dead_worlds_pid(tmp_path):
    state = tmp_path / "w"
    with started(state):
        running = record.load(WorldPaths(state).record)
    assert running is not None
    with subprocess.Popen(["sleep", "60"]) as bystander:
        recycled = ProcessId(bystander.pid, running.box.init.start, running.box.init.boot)
        assert not recycled.alive
        assert not recycled.end(grace=0)
        assert bystander.poll() is None
        bystander.kill()


def test_a_world_that_fails_to_start_says_why_and_leaves_nothing(tmp_path, monkeypatch):
    state = tmp_path / "w"
    (state / "logs").mkdir(parents=True)
    monkeypatch.setattr("eks_local.launch._server", lambda plan, fds: [sys.executable, "-c", "raise SystemExit('no')"])
    with pytest.raises(WorldError, match=r"ended with status .* while it started: no"):
        World.start(state, binaries=tmp_path)
    assert left_on(state) == []


def test_a_start_that_is_interrupted_leaves_nothing(tmp_path):
    state = tmp_path / "w"

    def interrupt(what: str) -> None:
        if "AWS API" in what:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        World.start(state, binaries=tmp_path, on_progress=interrupt)
    assert left_on(state) == []
    with started(state):
        pass


def test_commands_run_at_the_laptop_with_its_names_and_network(tmp_path):
    with started(tmp_path / "w") as world:
        script = "cat /etc/resolv.conf; pwd; ip -br address show dev eth0; echo $EXTRA $AWS_ENDPOINT_URL"
        argv, environment = world.command("laptop", ["sh", "-c", script], env={"EXTRA": "extra"}, cwd=tmp_path)
        output = subprocess.run(argv, env=environment, capture_output=True, text=True, check=True).stdout
        assert "nameserver 192.0.2.53" in output
        assert f"\n{tmp_path}\n" in output
        assert "203.0.113.10/32" in output
        assert output.endswith("extra http://192.0.2.10\n")
        argv, environment = world.command("laptop", ["sh", "-c", "exit 7"])
        assert subprocess.run(argv, env=environment).returncode == 7


def test_an_unknown_vantage_point_is_refused_by_name(tmp_path):
    with started(tmp_path / "w") as world, pytest.raises(WorldError, match="moon"):
        world.command("moon", ["true"])


def test_logs_are_collected_with_their_places(tmp_path):
    with started(tmp_path / "w") as world:
        # As the kubelet links to the logs of Pods, by paths that only mean something on the instance.
        (world.state / "logs" / "pod.log").symlink_to("/var/log/pods/nowhere/0.log")
        world.collect(tmp_path / "bundle")
    assert (tmp_path / "bundle" / "logs" / "world.log").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root installs programs")
def test_a_missing_program_is_installed_by_root_before_the_world_starts(tmp_path):
    crun = shutil.which("crun", path=machine.SEARCH)
    (tmp_path / "apt-get").write_text(f"#!/bin/sh\necho $* >> {tmp_path}/asked\numount {crun}\n")
    (tmp_path / "apt-get").chmod(0o755)
    (tmp_path / "nothing").touch()
    program = f"""
from pathlib import Path
from eks_local.world import World
world = World.start(Path({str(tmp_path / "w")!r}), binaries=Path("/"), on_progress=print)
world.stop()
"""
    hidden = f'mount --bind {tmp_path}/nothing {crun} && exec "$@"'
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", hidden, "sh", sys.executable, "-c", program],
        env={
            **os.environ,
            "PATH": f"{tmp_path}:{os.environ['PATH']}",
            "PYTHONPATH": ":".join(entry for entry in sys.path if entry),
        },
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("installing crun\n")
    assert (tmp_path / "asked").read_text() == "install -y --no-install-recommends crun\n"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_an_ordinary_user_gets_the_same_world(tmp_path):
    state = tmp_path / "w"
    tmp_path.chmod(0o777)
    for parent in tmp_path.parents:
        if parent == Path("/tmp"):
            break
        parent.chmod(0o755)
    program = f"""
from pathlib import Path
from eks_local.world import World, destroy
world = World.start(Path({str(state)!r}), binaries=Path("/"))
print(world.status().errors)
world.stop()
print(destroy(Path({str(state)!r}), remove=True))
"""
    python = "/usr/bin/python3"
    packages = next(entry for entry in sys.path if entry.endswith("site-packages"))
    sources = str(Path(__file__).parents[2] / "src")
    version = subprocess.run([python, "-c", "import sys; print(sys.version_info[:2])"], capture_output=True, text=True)
    if version.stdout.strip() != str(sys.version_info[:2]):
        pytest.skip("the system's Python is of another version, so it cannot use these packages")
    venv = tmp_path / "venv"
    subprocess.run([python, "-m", "venv", "--without-pip", str(venv)], check=True)
    (next(venv.glob("lib/python3*/site-packages")) / "ours.pth").write_text(packages + "\n")
    done = subprocess.run(
        [
            "setpriv",
            "--reuid",
            "65534",
            "--regid",
            "65534",
            "--clear-groups",
            str(venv / "bin" / "python"),
            "-Bc",
            program,
        ],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": sources},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.stdout.splitlines() == ["{}", f"['{state}']"], done.stderr
