"""The learner's laptop: programs of the course, a kubeconfig of its own, and the environment of its shell.

Nothing of the person's own configuration is read or written: kubeconfig, caches and AWS configuration are the run's.
"""

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from eks_labs.errors import LabsError
from eks_labs.run_folder import RunFolder
from eks_labs.targets import Target
from eks_labs.terraform import mirror
from eks_local.status import ClusterEndpoint


def furnish(folder: RunFolder, on_progress: Callable[[str], None] = lambda _: None) -> None:
    """Put the programs on the laptop: the course's `aws`, and a `kubectl` when the machine has none."""
    programs = _programs(folder)
    programs.mkdir(parents=True, exist_ok=True)
    _link(programs / "aws", Path(sys.executable).parent / "aws")
    if shutil.which("kubectl") is None:
        from eks_setup.node import binaries

        _link(programs / "kubectl", binaries(on_progress) / "kubectl")


def environment(folder: RunFolder, target: Target) -> dict[str, str]:
    """What a shell of the laptop has on top of the vantage point's environment."""
    path = f"{_programs(folder)}:{os.environ.get('PATH', os.defpath)}:/usr/local/sbin:/usr/sbin:/sbin"
    own = {
        "PATH": path,
        "KUBECONFIG": str(kubeconfig(folder)),
        "KUBECACHEDIR": str(folder.laptop / "kube-cache"),
        # The learner's Terraform goes where the runner's went.
        "TF_VAR_region": target.region,
        **mirror.write(folder.laptop),
    }
    if target.name != "local":
        return own
    nowhere = str(folder.laptop / "no-aws-config")
    return {**own, "AWS_CONFIG_FILE": nowhere, "AWS_SHARED_CREDENTIALS_FILE": nowhere, "AWS_PAGER": ""}


def kubeconfig(folder: RunFolder) -> Path:
    """The laptop's kubeconfig: what `aws eks update-kubeconfig` writes to."""
    return folder.laptop / "kubeconfig"


def host_kubeconfig(folder: RunFolder) -> Path:
    """A kubeconfig for programs outside: with the way into the world and all that `aws` needs."""
    return folder.root / "kubeconfig"


def write_observer_kubeconfig(folder: RunFolder, target: Target, cluster: str, vantage: str) -> Path:
    """Write a kubeconfig for programs on the host that look from the vantage point. Raises `LabsError`."""
    file = folder.root / "kubeconfig-observer"
    found = target.cluster(cluster)
    if found is None:
        raise LabsError(f"there is no cluster {cluster}", "Terraform makes it: labs run, or terraform apply.")
    _write(file, _kubeconfig(found, target.region, target.proxy_from(vantage), *_outside(folder, target)))
    return file


def write_kubeconfigs(folder: RunFolder, target: Target, cluster: str) -> None:
    """Write the kubeconfig for programs on the host, and the laptop's if it has none yet; none of no cluster."""
    found = target.cluster(cluster)
    if found is None:
        return
    through = target.proxy_from("laptop")
    _write(host_kubeconfig(folder), _kubeconfig(found, target.region, through, *_outside(folder, target)))
    if not kubeconfig(folder).exists():
        _write(kubeconfig(folder), _kubeconfig(found, target.region, None, Path("aws"), {}))


def _outside(folder: RunFolder, target: Target) -> tuple[Path, dict[str, str]]:
    """The `aws` that programs on the host call, and what it needs to be told."""
    keys = ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
    variables = target.environment() if target.name == "local" else {}
    return _programs(folder) / "aws", {key: variables[key] for key in keys if key in variables}


def _kubeconfig(
    cluster: ClusterEndpoint, region: str, proxy: str | None, aws: Path, variables: dict[str, str]
) -> dict[str, Any]:
    """As `aws eks update-kubeconfig` writes it: everything is named by the cluster's ARN."""
    name = cluster.arn
    endpoint = {
        "server": cluster.url,
        "certificate-authority-data": cluster.certificate_authority,
        **({"proxy-url": proxy} if proxy else {}),
    }
    plugin = {
        "apiVersion": "client.authentication.k8s.io/v1beta1",
        "command": str(aws),
        "args": ["--region", region, "eks", "get-token", "--cluster-name", cluster.name, "--output", "json"],
        "env": [{"name": key, "value": value} for key, value in variables.items()] or None,
        "interactiveMode": "Never",
    }
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": endpoint}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
        "current-context": name,
        "preferences": {},
        "users": [{"name": name, "user": {"exec": plugin}}],
    }


def _write(file: Path, config: dict[str, Any]) -> None:
    import yaml

    file.touch(mode=0o600)
    file.write_text(yaml.safe_dump(config, sort_keys=False))


def _programs(folder: RunFolder) -> Path:
    return folder.laptop / "bin"


def _link(link: Path, program: Path) -> None:
    link.unlink(missing_ok=True)
    link.symlink_to(program)
