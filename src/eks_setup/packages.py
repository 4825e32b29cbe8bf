"""Programs the world needs from the operating system, and the Debian packages that bring them."""

import os
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass

from eks_setup.progress import Progress, SetupError

# Administration programs are often outside an ordinary user's PATH.
SEARCH_PATH = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/local/sbin", "/usr/sbin", "/sbin"])


@dataclass(frozen=True)
class Program:
    """One program, the package it comes in, and what it is needed for."""

    name: str
    package: str
    purpose: str
    instead: tuple[str, ...] = ()
    """Programs that do as well."""

    @property
    def path(self) -> str | None:
        """Where the program is; None when it is missing."""
        found = (shutil.which(name, path=SEARCH_PATH) for name in (self.name, *self.instead))
        return next(filter(None, found), None)


PROGRAMS = (
    Program("unshare", "util-linux", "the sandbox"),
    Program("nsenter", "util-linux", "commands at a vantage point"),
    Program("ip", "iproute2", "the VPC's links and routes"),
    Program("nft", "nftables", "the VPC's rules, kube-proxy"),
    Program("iptables", "iptables", "the VPC CNI"),
    Program("conntrack", "conntrack", "cutting connections when a rule changes"),
    Program("crun", "crun", "containers"),
)

CHROMIUM = Program("chromium", "chromium", "browser tests", ("google-chrome", "chromium-browser"))
CHROMEDRIVER = Program("chromedriver", "chromium-driver", "browser tests")
BROWSER = (CHROMIUM, CHROMEDRIVER)
"""What the docs site is tested with. Nothing else needs it."""


def missing(programs: Iterable[Program] = PROGRAMS) -> list[Program]:
    """The programs that are not on this machine."""
    return [program for program in programs if program.path is None]


def install_command(programs: list[Program]) -> list[str]:
    """The command that installs what brings these programs on a Debian-like system."""
    return ["apt-get", "install", "-y", "--no-install-recommends", *sorted({p.package for p in programs})]


def can_install() -> bool:
    """Whether this is root on a Debian-like system."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def ensure_browser(progress: Progress) -> None:
    """Install the browser of the docs' tests like other programs. Where that cannot be, they are skipped, but in CI."""
    try:
        ensure(progress, BROWSER)
    except SetupError as error:
        if os.environ.get("CI"):
            raise
        progress(f"browser tests will be skipped: {error}")


def ensure(progress: Progress, programs: Iterable[Program] = PROGRAMS) -> None:
    """Install missing programs when this is root on a Debian-like system; else say the exact command."""
    lacking = missing(programs)
    if not lacking:
        return
    command = install_command(lacking)
    names = ", ".join(f"{p.name} ({p.purpose})" for p in lacking)
    if not can_install():
        raise SetupError(f"missing programs: {names}. Install them, on Debian or Ubuntu with: sudo {' '.join(command)}")
    progress(f"installing {' '.join(sorted({p.package for p in lacking}))}")
    for step in (command, ["apt-get", "update"], command):
        # The first try may find no package lists on a fresh machine; then they are fetched, once.
        result = subprocess.run(
            step, capture_output=True, text=True, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        )
        if step is command and result.returncode == 0:
            break
    if still := missing(programs):
        raise SetupError(
            f"{' '.join(command)} did not bring {', '.join(p.name for p in still)}: {result.stderr.strip()[-400:]}"
        )
