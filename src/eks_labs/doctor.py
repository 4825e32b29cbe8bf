"""What this machine has and lacks for labs: each finding with its remedy. `labs doctor` prints them.

Looks, starts nothing but version questions, changes nothing. A finding is "ok", "warn" (labs run, something is worse)
or "fail" (labs do not run on the local target).
"""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from eks_labs.errors import Exit, LabsError

DISK = (2 * 2**30, 5 * 2**30)
"""Free bytes of the state folder's file system: below the first labs fail, below the second a warning."""

MEMORY = (1200 * 2**20, 2500 * 2**20)
"""Available bytes: a world with one node takes 1.2 GB, Terraform and its provider 0.7 GB on top."""

TERRAFORM = (1, 9)
"""Oldest version that the labs' `required_version` accepts."""

_WAIT = 20.0
"""Seconds that a program gets to say its version."""


@dataclass(frozen=True)
class Finding:
    """One thing looked at."""

    name: str
    state: str
    """"ok", "warn" or "fail"."""
    found: str
    remedy: str = ""


def examine(state: Path) -> list[Finding]:
    """Look at everything. `state`: the folder that runs are kept in."""
    return [
        python(),
        *namespaces(),
        terraform(),
        provider(),
        kubectl(),
        program("aws", "the labs' environment brings it: run bin/labs from the checkout again", required=True),
        program("helm", "https://helm.sh/docs/intro/install/; only labs that say so need it", required=False),
        sshd(),
        disk(state),
        memory(),
        loopback(),
    ]


def exit_code(findings: Iterable[Finding]) -> Exit:
    """`TARGET_FAILED` when something is missing without which no lab runs here."""
    return Exit.TARGET_FAILED if any(finding.state == "fail" for finding in findings) else Exit.PASSED


def python() -> Finding:
    """The interpreter that labs run on."""
    return Finding("python", "ok", f"{sys.version.split()[0]}, {sys.executable}")


def namespaces() -> list[Finding]:
    """What the world's sandbox needs: programs, and a kernel that allows user namespaces."""
    from eks_labs.targets import local

    found = [Finding("world", "fail", what, remedy) for what, remedy in local.problems()]
    return found or [Finding("world", "ok", "user, network, mount and pid namespaces, and the programs for them")]


def terraform(which: Callable[[str], str | None] = shutil.which) -> Finding:
    """Terraform, new enough."""
    from eks_labs.terraform.command import find_terraform

    try:
        path = which("terraform") or find_terraform()
    except LabsError as error:
        return Finding("terraform", "fail", error.what, error.remedy)
    version = _terraform_version(path)
    if version is None:
        return Finding("terraform", "fail", f"{path} does not say its version", f"Try it: {path} version")
    if _numbers(version) < TERRAFORM:
        wanted = ".".join(map(str, TERRAFORM))
        return Finding("terraform", "fail", f"{version}, {path}", f"Install {wanted} or newer, earlier in PATH")
    return Finding("terraform", "ok", f"{version}, {path}")


def provider() -> Finding:
    """Where `terraform init` will get its provider from."""
    from eks_labs.terraform import mirror

    mirrors = [
        folder for folder in mirror.candidates(os.environ, Path.home(), Path("/opt")) if mirror.holds_provider(folder)
    ]
    if mirrors:
        return Finding("provider", "ok", f"{mirror.PROVIDER} in {mirrors[0]}")
    if mirror.configuration(os.environ, Path.home()) is None:
        return Finding("provider", "ok", "as your own Terraform CLI configuration says")
    return Finding(
        "provider",
        "warn",
        f"no copy of {mirror.PROVIDER} on this machine: terraform init downloads it (150 MB) for each run",
        "Keep one: mkdir -p ~/.terraform.d/plugin-cache && export TF_PLUGIN_CACHE_DIR=~/.terraform.d/plugin-cache",
    )


def kubectl() -> Finding:
    """kubectl: the machine's own, else the one that is built with the node."""
    own = shutil.which("kubectl")
    if own:
        return Finding("kubectl", "ok", own)
    return Finding("kubectl", "ok", "the course's own, built with the node")


def program(name: str, remedy: str, *, required: bool) -> Finding:
    """A program that the laptop's shell offers."""
    beside = Path(sys.executable).parent / name
    found = str(beside) if beside.exists() else shutil.which(name)
    if found:
        return Finding(name, "ok", found)
    return Finding(name, "fail" if required else "warn", "not installed", remedy)


def sshd() -> Finding:
    """What instances with a key pair answer ssh with."""
    found = shutil.which("sshd", path="/usr/sbin")
    if found:
        return Finding("sshd", "ok", found)
    return Finding(
        "sshd",
        "warn",
        "not installed: instances with a key pair do not answer ssh; labs ssh needs none",
        "On Debian or Ubuntu: sudo apt-get install openssh-server",
    )


def disk(state: Path) -> Finding:
    """Room for the state of runs."""
    there = next(folder for folder in (state, *state.parents) if folder.exists())
    if not os.access(there, os.W_OK):
        return Finding("disk", "fail", f"{there} cannot be written to", "Set XDG_STATE_HOME to a folder of your own")
    free = shutil.disk_usage(there).free
    return _enough("disk", free, DISK, f"free for {state}", "Free some, or set XDG_STATE_HOME to another disk")


def memory(source: Path = Path("/proc/meminfo")) -> Finding:
    """Memory that programs can have without swapping."""
    try:
        kilobytes = re.search(r"^MemAvailable:\s+(\d+) kB", source.read_text(), re.MULTILINE)
    except OSError:
        kilobytes = None
    if kilobytes is None:
        return Finding("memory", "warn", "cannot be found out here", "A world with one node takes about 1.2 GB")
    return _enough(
        "memory", int(kilobytes[1]) * 1024, MEMORY, "available", "End other programs, or kept labs: labs status"
    )


def loopback() -> Finding:
    """A free port on the loopback interface, as the world's AWS API and proxy take them."""
    try:
        with socket.create_server(("127.0.0.1", 0)) as server:
            return Finding("ports", "ok", f"free ones on 127.0.0.1 (such as {server.getsockname()[1]})")
    except OSError as error:
        return Finding(
            "ports",
            "fail",
            f"no port on 127.0.0.1 can be had: {error}",
            "See: sysctl net.ipv4.ip_local_port_range; ss -s",
        )


def _enough(name: str, bytes_: int, limits: tuple[int, int], of: str, remedy: str) -> Finding:
    least, comfortable = limits
    text = f"{bytes_ / 2**30:.1f} GB {of}"
    if bytes_ < least:
        return Finding(name, "fail", f"{text}, at least {least / 2**30:.1f} are needed", remedy)
    if bytes_ < comfortable:
        return Finding(name, "warn", f"{text}, {comfortable / 2**30:.1f} are comfortable", remedy)
    return Finding(name, "ok", text)


def _terraform_version(path: str) -> str | None:
    try:
        said = subprocess.run(
            [path, "version", "-json"],
            capture_output=True,
            text=True,
            timeout=_WAIT,
            env={**os.environ, "CHECKPOINT_DISABLE": "1"},
        )
        return str(json.loads(said.stdout)["terraform_version"])
    except (OSError, subprocess.TimeoutExpired, ValueError, KeyError):
        return None


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:2])
