"""Whether this process is the machine's root, whose submissions namespaces do not hold.

The kernel's settings (/proc/sys) obey the machine's root without asking for a capability. In a world of his he is root
still, so a privileged Pod, one with the hostPath /proc, or an instance's user data could set kernel.core_pattern, and
with it start a program of theirs on the machine. An ordinary user is root in his world alone.
"""

import os
from pathlib import Path

from eks_labs.errors import LabsError


def is_the_machines() -> bool:
    """Whether we are root, and the root that the kernel's settings belong to: not that of a user namespace alone."""
    return os.geteuid() == 0 and Path("/proc/sys").stat().st_uid == 0


def refuse(*, allowed: bool) -> None:
    """Raise `LabsError` where the machine's root would grade, unless that is allowed."""
    if not allowed and is_the_machines():
        raise LabsError(
            "submissions would run as this machine's root: their Pods and instances could change the kernel's settings "
            "(/proc/sys), and through them take the machine",
            "Grade as an ordinary user; on a cluster, start its workers as one. On a machine of its own, which a "
            "container is not: --as-root",
        )
