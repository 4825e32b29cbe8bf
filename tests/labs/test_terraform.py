"""The adapter on a real Terraform with roots that need no provider (`terraform_data` is built in)."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from eks_labs.errors import LabsError
from eks_labs.events import Diagnostic, Event, ResourceChanged, WaitsMeasured
from eks_labs.terraform.command import Terraform, TerraformFailed, find_terraform
from eks_local.waiting import wait_for

pytestmark = pytest.mark.world
Make = Callable[..., tuple[Terraform, list[Event]]]

TWO = """
variable "text" {
  type    = string
  default = "hello"
}
resource "terraform_data" "a" { input = var.text }
resource "terraform_data" "b" { input = terraform_data.a.id }
output "text" { value = terraform_data.a.output }
"""
SLOW = """
resource "terraform_data" "slow" {
  provisioner "local-exec" { command = "touch started; exec sleep 60" }
}
"""


@pytest.fixture
def make(tmp_path: Path) -> Make:
    def _make(text: str) -> tuple[Terraform, list[Event]]:
        root = tmp_path / "root"
        root.mkdir(exist_ok=True)
        (root / "main.tf").write_text(text)
        events: list[Event] = []
        environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "CHECKPOINT_DISABLE": "1"}
        return Terraform(root, environment, tmp_path / "terraform.jsonl", events.append), events

    return _make


def test_from_nothing_to_nothing(make: Make) -> None:
    terraform, events = make(TWO)
    assert not terraform.has_state()
    terraform.init()
    terraform.apply()
    assert terraform.has_state()
    assert terraform.outputs() == {"text": "hello"}
    created = [event.address for event in events if isinstance(event, ResourceChanged) and event.state == "done"]
    assert created == ["terraform_data.a", "terraform_data.b"]
    assert [event.command for event in events if isinstance(event, WaitsMeasured)] == ["apply"]
    terraform.destroy()
    assert not terraform.has_state()
    assert all(json.loads(line)["@level"] for line in terraform.log.read_text().splitlines())


def test_a_configuration_that_is_wrong(make: Make) -> None:
    terraform, events = make('resource "terraform_data" "a" { inputt = 1 }\n')
    terraform.init()
    with pytest.raises(TerraformFailed) as failed:
        terraform.apply()
    assert failed.value.diagnostics[0].summary == "Unsupported argument"
    assert "main.tf line 1" in failed.value.what
    assert [event.severity for event in events if isinstance(event, Diagnostic)] == ["error"]


def test_a_configuration_that_cannot_be_read(make: Make) -> None:
    terraform, _ = make('resource "terraform_data" {\n')
    with pytest.raises(TerraformFailed) as failed:
        terraform.init()
    assert "init" in failed.value.what


def test_an_error_in_the_middle_leaves_a_state_to_destroy(make: Make) -> None:
    terraform, events = make(
        TWO
        + 'resource "terraform_data" "c" {\n  input = terraform_data.b.id\n'
        + '  provisioner "local-exec" { command = "exit 7" }\n}\n'
    )
    terraform.init()
    with pytest.raises(TerraformFailed):
        terraform.apply()
    assert [event.address for event in events if isinstance(event, ResourceChanged) and event.state == "failed"]
    assert terraform.has_state()
    terraform.destroy()
    assert not terraform.has_state()


def test_a_crash_is_told_with_what_was_said_first(make: Make) -> None:
    terraform, _ = make(TWO)
    threads = "runtime: failed to create new OS thread (have 12 already; errno=11)"
    crash = ["sh", "-c", f"printf '%s\\n' '{{\"@level\": \"info\"}}' '{threads}' 'goroutine 1'; exit 2"]
    with pytest.raises(TerraformFailed) as failed:
        replace(terraform, confine=lambda _: (crash, {"PATH": os.environ["PATH"]})).apply()
    assert failed.value.what == f"terraform apply failed: exit code 2: {threads}"


def test_no_terraform(tmp_path: Path) -> None:
    with pytest.raises(LabsError) as missing:
        find_terraform(str(tmp_path))
    assert "https://" in missing.value.remedy


def test_an_interrupt_ends_terraform_in_order(make: Make, tmp_path: Path) -> None:
    terraform, _ = make(SLOW)
    terraform.init()
    child = _apply_elsewhere(terraform, tmp_path)
    try:
        child.send_signal(signal.SIGINT)
        _, errors = child.communicate(timeout=60)
    finally:
        child.kill()
    assert "KeyboardInterrupt" in errors
    assert not (terraform.folder / ".terraform.tfstate.lock.info").exists()
    assert _running_in(terraform.folder) == []


def test_a_killed_runner_takes_terraform_along(make: Make, tmp_path: Path) -> None:
    terraform, _ = make(SLOW)
    terraform.init()
    child = _apply_elsewhere(terraform, tmp_path)
    child.kill()
    child.communicate()
    wait_for(lambda: not _running_in(terraform.folder), what="Terraform to end", seconds=60)
    # It ended in order: what it had made by then is in the state, for `labs destroy` to find.
    assert terraform.has_state()


def _apply_elsewhere(terraform: Terraform, folder: Path) -> "subprocess.Popen[str]":
    """An apply in a process of its own, which is in the middle of it."""
    program = folder / "apply.py"
    program.write_text(
        "from pathlib import Path\n"
        "from eks_labs.terraform.command import Terraform\n"
        f"Terraform(Path({str(terraform.folder)!r}), {dict(terraform.environment)!r}, "
        f"Path({str(terraform.log)!r}), lambda event: None).apply()\n"
    )
    sources = str(Path(__file__).parents[2] / "src")
    child = subprocess.Popen(
        [sys.executable, str(program)], env={**os.environ, "PYTHONPATH": sources}, stderr=subprocess.PIPE, text=True
    )
    wait_for((terraform.folder / "started").exists, what="the provisioner to start", seconds=60)
    return child


def _running_in(folder: Path) -> list[str]:
    """Command lines of processes whose working folder is `folder`."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").resolve() == folder.resolve():
                found.append((process / "cmdline").read_text().replace("\0", " "))
        except OSError:
            continue
    return found


def test_half_a_state_is_terraforms_to_judge(make: Make) -> None:
    terraform, _ = make(TWO)
    terraform.init()
    (terraform.folder / "terraform.tfstate").write_text('{"version": 4, "resou')
    assert terraform.has_state()
    with pytest.raises(TerraformFailed):
        terraform.destroy()
