"""Stage: what a person needs to find out why a run failed, in one folder, gathered before destroy."""

import contextlib
import shutil
import subprocess
from functools import partial
from pathlib import Path
from typing import Any

from eks_labs import laptop
from eks_labs.checks import cluster_client
from eks_labs.run.teardown import Deployed
from eks_labs.run_folder import RunFolder
from eks_labs.targets import Target

_LIMIT = 20.0
"""Seconds for each command: a cluster that does not answer must not hold up destroy."""

_COMMANDS = {
    "nodes.txt": ["kubectl", "get", "nodes", "-o", "wide"],
    "pods.txt": ["kubectl", "get", "pods", "-A", "-o", "wide"],
    "events.txt": ["kubectl", "get", "events", "-A", "--sort-by=.lastTimestamp"],
    "describe-nodes.txt": ["kubectl", "describe", "nodes"],
    "describe-pods.txt": ["kubectl", "describe", "pods", "-A"],
}
"""File of the bundle → what is run on the host, looking from the lab's vantage point."""


def kubernetes(target: Target, cluster: str, folder: RunFolder, vantage: str) -> Any:
    """The Kubernetes `ApiClient` of the lab's cluster, dialled from the vantage point."""
    return cluster_client.connect(target, cluster, folder.root, vantage=vantage)


def collect(deployed: Deployed, into: Path) -> None:
    """Fill the folder `into`. Never raises for what cannot be had: that is noted in its place."""
    into.mkdir(parents=True, exist_ok=True)
    folder = deployed.folder
    for file in (folder.terraform_log, folder.checks_log):
        if file.exists():
            _note(into / f"{file.name}.txt", partial(shutil.copyfile, file, into / file.name))
    _note(into / "world.txt", lambda: deployed.target.collect(into / "world"))
    if deployed.cluster is not None:
        _note(into / "kubernetes.txt", lambda: _kubernetes(deployed, str(deployed.cluster), into))


def _kubernetes(deployed: Deployed, cluster: str, into: Path) -> None:
    target = deployed.target
    target.require_up()
    kubeconfig = laptop.write_observer_kubeconfig(deployed.folder, target, cluster, deployed.observe_from)
    for name, command in _COMMANDS.items():
        (into / name).write_text(_output(deployed, command, kubeconfig))
    _logs(deployed, cluster, into / "pod-logs")


def _logs(deployed: Deployed, cluster: str, into: Path) -> None:
    from kubernetes import client

    core = client.CoreV1Api(kubernetes(deployed.target, cluster, deployed.folder, deployed.observe_from))
    into.mkdir(exist_ok=True)
    for pod in core.list_pod_for_all_namespaces(_request_timeout=5).items:
        for container in pod.spec.containers:
            file = into / f"{pod.metadata.namespace}.{pod.metadata.name}.{container.name}.log"
            try:
                text = core.read_namespaced_pod_log(
                    pod.metadata.name,
                    pod.metadata.namespace,
                    container=container.name,
                    tail_lines=500,
                    _request_timeout=5,
                )
            except Exception as error:
                text = f"(no log: {str(error).splitlines()[0] if str(error) else type(error).__name__})\n"
            file.write_text(text or "")


def _output(deployed: Deployed, command: list[str], kubeconfig: Path) -> str:
    own = laptop.environment(deployed.folder, deployed.target)
    try:
        done = subprocess.run(
            command,
            env={**deployed.target.environment(), **own, "KUBECONFIG": str(kubeconfig)},
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_LIMIT,
            stdin=subprocess.DEVNULL,
        )
    except subprocess.TimeoutExpired:
        return f"(no answer within {_LIMIT:g} s)\n"
    return done.stdout + done.stderr


def _note(file: Path, act: Any) -> None:
    try:
        act()
    except Exception as error:
        # On a full disk not even that can be noted.
        with contextlib.suppress(OSError):
            file.write_text(f"could not be collected: {type(error).__name__}: {error}\n")
