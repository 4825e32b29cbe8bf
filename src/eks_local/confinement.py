"""Running somebody else's program at the laptop: with the world's network, files that are shown to it, and no more.

It is process 1 of its own process namespace, on a root file system of its own, without capabilities. It reaches what
the laptop reaches (the AWS API, the clusters' endpoints) and nothing of the host: no files but those of /usr, no
processes, no network. It ends with the world, or when its first process is killed.
"""

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

SEARCH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

# /proc/sys obeys the host's root even without capabilities, so nothing of it may be written to.
_DROP = """
set -e
pids=$3
[ -z "$pids" ] || echo "$pids" > /proc/sys/kernel/pid_max
for path in /proc/sys /proc/sysrq-trigger /proc/irq /proc/bus /sys; do
  [ ! -e "$path" ] || { mount --bind "$path" "$path"; mount -o remount,bind,ro "$path"; }
done
cd "$1"
size=$2
shift 3
exec prlimit --core=0 --fsize="$size" -- \
  setpriv --bounding-set=-all --inh-caps=-all --ambient-caps=-all --no-new-privs -- "$@"
"""


@dataclass(frozen=True)
class Confinement:
    """What a confined program sees. Paths on the right are those inside."""

    root: Path
    """A folder of its own for the rest of its files, made when missing."""
    shown: Mapping[Path, str] = field(default_factory=dict)
    """Files and folders of the host that it may read."""
    writable: Mapping[Path, str] = field(default_factory=dict)
    """… and those that it may write."""
    folder: str = "/"
    """Where it starts."""
    file_size: int = 2**30
    """Bytes that one file may have."""
    pids: int = 1024
    """Processes and threads, where the kernel counts them by namespace."""


def command(confinement: Confinement, binaries: Path, argv: Sequence[str]) -> list[str]:
    """`argv`, confined; to be run at the laptop's vantage point."""
    from eks_local.network.model import PUBLIC_DNS

    binds = [f"--bind={source}:{target}:ro" for source, target in confinement.shown.items()]
    binds += [f"--bind={source}:{target}" for source, target in confinement.writable.items()]
    return [
        *(str(binaries / "eks-instance"), f"--root={confinement.root}", "--hostname=laptop"),
        f"--nameserver={PUBLIC_DNS}",
        *binds,
        *("--", "/bin/sh", "-c", _DROP, "confined", confinement.folder, str(confinement.file_size)),
        str(confinement.pids) if _counts_pids(os.uname().release) else "",
        *argv,
    ]


def environment(aws: Mapping[str, str], own: Mapping[str, str]) -> dict[str, str]:
    """What it finds: nothing of the host's."""
    return {"PATH": SEARCH, "HOME": "/root", "USER": "root", "LANG": "C.UTF-8", **aws, **own}


def _counts_pids(release: str) -> bool:
    """Whether pid_max is of the pid namespace, as from Linux 6.14 on. Before, it is the whole machine's."""
    found = re.match(r"(\d+)\.(\d+)", release)
    return found is not None and (int(found[1]), int(found[2])) >= (6, 14)
