"""Running a command at a vantage point: how to get there, and the environment it finds.

Two steps: from the host into the box (by the host's pid of its first process), from there into the namespaces of the
laptop or an instance (by names and pids that only mean something inside). A Pod is entered by `kubectl exec` from the
laptop, as a person does.
"""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from eks_local import service_endpoints
from eks_local.paths import INSTANCE_PROGRAMS
from eks_local.sandbox import machine

SERVICES = "192.0.2.10"
"""The public address at which all AWS services answer inside a world."""

_KEPT = (
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "SHELL",
    "TERM",
    "COLORTERM",
    "LANG",
    "LANGUAGE",
    "TZ",
    "EDITOR",
    "VISUAL",
    "PAGER",
    "NO_COLOR",
)
_HOME = "/root"
_INSTANCE = {
    "PATH": f"{INSTANCE_PROGRAMS}:{machine.SEARCH}",
    "HOME": _HOME,
    "USER": "root",
    "LOGNAME": "root",
    "SHELL": "/bin/bash",
    "LANG": "C.UTF-8",
    "PS1": r"[\u@\h \W]\$ ",
}

# Whether there is a terminal is only known where the command runs.
_EXEC = """
terminal=
[ -t 0 ] && [ -t 1 ] && terminal=--tty
namespace=$1 pod=$2 container=$3
shift 3
exec kubectl exec --stdin $terminal --namespace "$namespace" "$pod" ${container:+--container "$container"} -- "$@"
"""


def aws_environment(endpoint: str, region: str, credentials: tuple[str, str] | None) -> dict[str, str]:
    """What makes AWS's clients talk to `endpoint` in `region`; with `credentials` (key, secret) when given."""
    variables = {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
    }
    if credentials is None:
        return variables
    key, secret = credentials
    # With keys in hand no client must go looking for an instance's.
    return {
        **variables,
        "AWS_ACCESS_KEY_ID": key,
        "AWS_SECRET_ACCESS_KEY": secret,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def environment(
    where: str, region: str, credentials: tuple[str, str] | None, host: Mapping[str, str]
) -> dict[str, str]:
    """The environment at a vantage point. The laptop is the learner's: it keeps what is personal of `host`."""
    endpoint = f"http://{SERVICES}"
    terminal = {name: host[name] for name in ("TERM", "COLORTERM") if name in host}
    if where != "laptop":
        found = {**aws_environment(endpoint, region, None), **service_endpoints.variables(region)}
        return {**_INSTANCE, **terminal, **found}
    kept = {name: value for name, value in host.items() if name in _KEPT or name.startswith("LC_")}
    path = ":".join(part for part in (kept.get("PATH"), machine.SEARCH) if part)
    return {**kept, "PATH": path, **aws_environment(endpoint, region, credentials)}


def box_environment(binaries: Path) -> dict[str, str]:
    """The environment of the box: nothing of the host's, be it personal, a proxy or credentials."""
    sources = Path(__file__).parent.parent
    return {
        "PATH": f"{Path(sys.executable).parent}:{machine.SEARCH}",
        "HOME": "/run",
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(sources),
        "EKS_LABS_NODE_BIN": str(binaries),
    }


def command(init: int, enter: Sequence[str], argv: Sequence[str], cwd: Path | None) -> list[str]:
    """From the host to the vantage point: `init` is the box's first process, `enter` the way on from there."""
    box = ["nsenter", "--target", str(init), "--user", "--mount", "--net", "--pid", "--preserve-credentials", "--"]
    # Entering a mount namespace moves to its root, so the folder is changed to at the very end.
    change = ["env", f"--chdir={cwd}"] if cwd else []
    return [*box, *enter, *change, *argv]


def folder(where: str) -> Path | None:
    """The folder that commands at a vantage point begin in when no other is named."""
    return None if where == "laptop" else Path(_HOME)


def in_pod(name: str, argv: Sequence[str]) -> list[str]:
    """What runs `argv` in a Pod, typed at the laptop. `name`: [NAMESPACE/]NAME[:CONTAINER]."""
    pod, _, container = name.partition(":")
    namespace, _, pod = pod.rpartition("/")
    return ["sh", "-c", _EXEC, "kubectl-exec", namespace or "default", pod, container, *argv]
