"""ssh with a key pair: an sshd on the instances that were launched with one, for `ec2-user` as on Amazon Linux.

A world has one user id. An sshd that believes to be root would give up other ids, which are not there; so it runs in a
user namespace of its own, in which that one id is ec2-user's, and lets nobody in but ec2-user. Who reaches port 22 is
the security group's affair. Without the program (Debian's package openssh-server) there is none.
"""

import subprocess
from collections.abc import Mapping
from pathlib import Path

_SSHD = Path("/usr/sbin/sshd")
_PROGRAM = "/bin/sh"
_HOME = "/home/ec2-user"
_HOST_KEY = "/etc/ssh/ssh_host_ed25519_key"
_CONFIGURATION = "/etc/ssh/sshd_config"

# The group tty has to go: a terminal is given to it, and its id is none that can be had.
_BOOT = f"""
echo 22 > /proc/sys/net/ipv4/ip_unprivileged_port_start
sed -i '/^[^:]*:[^:]*:1000:/d' /etc/passwd
sed -i -e '/^[^:]*:[^:]*:1000:/d' -e '/^tty:/d' /etc/group
echo 'ec2-user:x:1000:1000:EC2 Default User:{_HOME}:/bin/bash' >> /etc/passwd
echo 'ec2-user:x:1000:' >> /etc/group
unshare --user --map-user=1000 --map-group=1000 {_SSHD} -D -e -f {_CONFIGURATION} &
exec "$@"
"""


def available() -> bool:
    """Whether this machine has an sshd to run."""
    return _SSHD.exists()


def install(root: Path, public_key: str, environment: Mapping[str, str]) -> None:
    """Prepare the instance whose root file system is `root`. `environment` is what a session finds there."""
    home = root / _HOME.lstrip("/")
    (home / ".ssh").mkdir(parents=True, exist_ok=True)
    (home / ".ssh" / "authorized_keys").write_text(public_key.strip() + "\n")
    configuration = root / _CONFIGURATION.lstrip("/")
    configuration.parent.mkdir(parents=True, exist_ok=True)
    configuration.write_text(_configuration(environment))
    host_key = root / _HOST_KEY.lstrip("/")
    if not host_key.exists():
        # Once, so that the instance stays the one that the client's known_hosts knows.
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(host_key)], check=True, timeout=30)


def beside(command: tuple[str, ...]) -> tuple[str, ...]:
    """What starts sshd and becomes `command`."""
    return (_PROGRAM, "-c", _BOOT, "boot", *command)


def _configuration(environment: Mapping[str, str]) -> str:
    variables = " ".join(f"{name}={value}" for name, value in environment.items())
    return f"""Port 22
HostKey {_HOST_KEY}
PidFile none
AllowUsers ec2-user
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
StrictModes no
PrintMotd no
PrintLastLog no
Subsystem sftp internal-sftp
SetEnv {variables}
"""
