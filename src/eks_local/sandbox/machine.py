"""What a world needs of the machine, and the remedy when it is not there."""

import errno
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from eks_local.sandbox.errors import Problem, WorldError
from eks_setup.packages import PROGRAMS

SPACE = 300 * 2**20
"""Free bytes below which a world is not started: etcd, logs and instances would fail one after the other."""

SEARCH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""Where programs are looked for: a user's PATH often lacks the sbin folders that `ip` and `nft` are in."""

_PACKAGES = {program.name: program.package for program in PROGRAMS}

_SWITCHES = {
    "/proc/sys/kernel/unprivileged_userns_clone": ("0", "sudo sysctl -w kernel.unprivileged_userns_clone=1"),
    "/proc/sys/kernel/apparmor_restrict_unprivileged_userns": (
        "1",
        "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0",
    ),
    "/proc/sys/user/max_user_namespaces": ("0", "sudo sysctl -w user.max_user_namespaces=15000"),
}


def namespaces() -> list[str]:
    """The start of every command that makes a box: a user, network, mount and pid namespace."""
    return [
        "unshare",
        "--user",
        "--map-root-user",
        "--net",
        "--mount",
        "--pid",
        "--fork",
        "--mount-proc",
        "--kill-child",
    ]


def problems(which: Callable[[str], str | None] | None = None) -> list[Problem]:
    """All that keeps a world from running here; empty when nothing does."""
    missing = missing_programs(which or (lambda name: shutil.which(name, path=SEARCH)))
    if any("util-linux" in problem.what for problem in missing):
        return missing
    refused = namespaces_refused()
    return missing + ([refused] if refused else [])


def missing_programs(which: Callable[[str], str | None]) -> list[Problem]:
    """Programs that a world runs and `which` does not find."""
    absent = {name: package for name, package in _PACKAGES.items() if which(name) is None}
    if not absent:
        return []
    packages = " ".join(sorted(set(absent.values())))
    names = ", ".join(f"{name} (package {package})" for name, package in sorted(absent.items()))
    return [
        Problem(f"missing programs: {names}", f"Install them, on Debian or Ubuntu: sudo apt-get install {packages}")
    ]


def namespaces_refused() -> Problem | None:
    """Why the kernel refuses a box's namespaces, None when it does not."""
    try:
        # A mount is where AppArmor's restriction shows when unshare itself is let through.
        probe = subprocess.run(
            [*namespaces(), "mount", "-t", "tmpfs", "tmpfs", "/run"],
            capture_output=True,
            text=True,
            timeout=20,
            env={"PATH": SEARCH},
        )
    except subprocess.TimeoutExpired:
        return Problem("making namespaces did not end within 20 s", "Look at the kernel's log: dmesg | tail")
    if probe.returncode == 0:
        return None
    said = probe.stderr.strip().splitlines()
    return Problem(
        f"user namespaces are not allowed here ({said[-1] if said else probe.returncode})", refusal_remedy(_read)
    )


def refusal_remedy(read: Callable[[str], str | None]) -> str:
    """What to type so that user namespaces are allowed. `read` gives a kernel setting, None when there is none."""
    commands = [command for path, (forbids, command) in _SWITCHES.items() if read(path) == forbids]
    if commands:
        return "Allow them: " + " && ".join(commands)
    return (
        "No kernel setting forbids them, so a container's seccomp profile or a security module does. In a container, "
        "start it with --security-opt seccomp=unconfined --security-opt apparmor=unconfined --security-opt "
        "systempaths=unconfined"
    )


def require_space(folder: Path, free: Callable[[Path], int] | None = None) -> None:
    """Raise `WorldError` when the file system of `folder` is (nearly) full."""
    left = (free or (lambda path: shutil.disk_usage(path).free))(folder)
    if left < SPACE:
        raise WorldError(
            f"{folder}: {left // 2**20} MB are free on its file system, a world needs {SPACE // 2**20} MB",
            "Free some space, or choose another state folder with --state.",
        )


def explain(error: OSError, path: Path) -> WorldError:
    """An operating system's error about the state folder, in words that say what to do."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return WorldError(f"{path}: the disk is full", "Free some space, or choose another state folder with --state.")
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return WorldError(f"{path}: {error.strerror}", "Choose a state folder that you may write to, with --state.")
    return WorldError(f"{path}: {error.strerror or error}")


def _read(path: str) -> str | None:
    try:
        return Path(path).read_text().strip()
    except OSError:
        return None
