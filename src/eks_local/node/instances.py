"""Instances follow EC2: one that runs has its processes, one that does not has none."""

import ipaddress
import logging
import os
import shutil
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from eks_local import service_endpoints
from eks_local.aws.state import AwsState
from eks_local.aws.views import Instance
from eks_local.node import boot, left_interfaces, programs, secure_shell
from eks_local.node.node_config import InvalidNodeConfig
from eks_local.node.spec import LAYOUT
from eks_local.paths import INSTANCE_PROGRAMS, WorldPaths
from eks_local.processes import Process
from eks_local.sandbox import netns
from eks_local.sandbox.machine import SEARCH

log = logging.getLogger(__name__)

_UP = ("pending", "running")
#: Size in GiB of the volume that EKS images come with.
_IMAGE_DISK = 20
_EKS_IMAGE = "amazon-eks-node-"
_CATALOGUE = Path(__file__).parent
#: Seconds a kubelet must have run for its death to be the first again, and the longest pause before a restart.
_STEADY, _LONGEST_PAUSE = 60.0, 10.0
#: What a host hands to a program that could lead an instance to the host's own accounts and settings.
_ENVIRONMENT = ("PATH", "LANG")


class Network(Protocol):
    """What the network side of the world tells about instances."""

    def ready(self, instance: str) -> bool:
        """Whether its namespace is there, addressed and routed, and its metadata service answers."""


@dataclass
class _Running:
    """An instance's process 1 and its restarts; `trouble` when it cannot be started at all."""

    process: Process | None = None
    started: float = 0.0
    deaths: int = 0
    trouble: str = ""
    node: bool = False

    def may_start(self, now: float) -> bool:
        pause = min(_LONGEST_PAUSE, 2.0 ** (self.deaths - 1)) if self.deaths else 0.0
        return not self.trouble and now - self.started >= pause


class InstanceKeeper:
    """Boots, restarts and ends instances. One thread calls `reconcile`."""

    name = "instances"

    def __init__(
        self,
        paths: WorldPaths,
        network: Network,
        aws: AwsState,
        binaries: Path,
        api_url: str,
    ) -> None:
        self._paths = paths
        self._network = network
        self._aws = aws
        self._binaries = binaries
        self._api_url = api_url
        self._running: dict[str, _Running] = {}

    def reconcile(self) -> None:
        """Start what should run, end what should not."""
        instances = {instance.id: instance for instance in self._aws.instances()}
        up = {name: instance for name, instance in instances.items() if instance.state in _UP}
        self._end([name for name in self._running if name not in up])
        for instance in up.values():
            self._keep(instance)
        left_interfaces.remove(self._aws, up)
        self._remove_folders(instances)

    def pid(self, instance: str) -> int | None:
        """Process 1, seen from the world, of the instance with that id; None when it does not run (yet)."""
        running = self._running.get(instance)
        # What was started stays outside, in the box; its one child is inside.
        children = running.process.children if running and running.process else []
        return children[0] if children else None

    def trouble(self, instance: str) -> str:
        """Why an instance cannot boot; empty when it can."""
        running = self._running.get(instance)
        return running.trouble if running else ""

    def booted(self, instance: str) -> bool:
        """Whether its process 1 has been started, or never will be."""
        running = self._running.get(instance)
        return running is not None and (running.process is not None or bool(running.trouble))

    def is_node(self, instance: str) -> bool:
        """Whether it runs a kubelet."""
        running = self._running.get(instance)
        return running is not None and running.node

    def pids(self) -> list[int]:
        """Process ids of all instances."""
        return [running.process.pid for running in list(self._running.values()) if running.process]

    def stop(self) -> None:
        """End all instances' processes."""
        self._end(list(self._running))

    def _keep(self, instance: Instance) -> None:
        running = self._running.get(instance.id)
        if running is None:
            if not self._network.ready(instance.id):
                return
            running = self._running[instance.id] = _Running()
        now = time.monotonic()
        if running.process and not running.process.running:
            log.warning("instance %s: process 1 ended: %s", instance.id, running.process.log_tail())
            running.deaths = 1 if now - running.started > _STEADY else running.deaths + 1
            running.process = None
        if running.process is None and running.may_start(now):
            running.started = now
            self._start(instance, running)

    def _start(self, instance: Instance, running: _Running) -> None:
        images = {image.id: image.name for image in self._aws.images()}
        try:
            machine = boot.machine_of(
                instance,
                region=self._aws.region,
                eks_image=images.get(instance.image_id, "").startswith(_EKS_IMAGE),
                disk_gib=self._disk(instance),
                container_env=self._container_env(),
            )
        except InvalidNodeConfig as error:
            # As on EC2, the instance is up and its boot failed: nobody joins. The reason is in the console's log.
            running.trouble = f"nodeadm: {error}"
            log.warning("instance %s: %s", instance.id, running.trouble)
            machine = boot.machine_of(instance, region=self._aws.region, eks_image=False, disk_gib=0, container_env={})
        running.node = machine.is_node
        root = self._paths.instance(instance.id) / "root"
        boot.write(root, machine)
        programs.install(root)
        running.process = Process(
            instance.id,
            [*netns.prefix(instance.id), *self._argv(instance, root, self._command(instance, root, machine))],
            log=self._paths.instance(instance.id) / "console.log",
            env=self._environment(),
        )

    def _command(self, instance: Instance, root: Path, machine: boot.Machine) -> tuple[str, ...]:
        """The instance's process 1. One with a key pair has an sshd; a node has none, as its process 1 reaps nobody."""
        key = self._aws.public_key(instance.key_name) if instance.key_name else None
        if key is None or machine.is_node or not secure_shell.available():
            return machine.command
        region = {"AWS_REGION": self._aws.region, "AWS_DEFAULT_REGION": self._aws.region}
        path = {"PATH": f"{INSTANCE_PROGRAMS}:{SEARCH}", "LANG": "C.UTF-8"}
        secure_shell.install(root, key, {**path, **region, **self._api()})
        return secure_shell.beside(machine.command)

    def _argv(self, instance: Instance, root: Path, command: tuple[str, ...]) -> list[str]:
        return [
            str(self._binaries / "eks-instance"),
            f"--root={root}",
            f"--hostname={instance.private_dns_name}",
            f"--nameserver={self._resolver(instance)}",
            f"--bind={self._binaries}:{LAYOUT.binaries}:ro",
            f"--bind={_CATALOGUE}:{Path(LAYOUT.catalogue).parent}:ro",
            *(f"--bind={outside}:{inside}:ro" for outside, inside in programs.folders().items()),
            "--",
            *command,
        ]

    def _container_env(self) -> Mapping[str, str]:
        """How Pods find the AWS API: what their SDKs read, not what is in their specs."""
        return self._api()

    def _api(self) -> dict[str, str]:
        """Services by their names; whatever has no variable of its own at an address."""
        return {"AWS_ENDPOINT_URL": self._api_url, **service_endpoints.variables(self._aws.region)}

    def _environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
        return {**kept, "HOME": "/root", **self._api()}

    def _resolver(self, instance: Instance) -> str:
        vpc = next(vpc for vpc in self._aws.vpcs() if vpc.id == instance.vpc_id)
        return str(ipaddress.ip_network(vpc.cidrs[0])[2])

    def _disk(self, instance: Instance) -> int:
        """Size in GiB of the root volume: what the launch template of its group says, else the image's own."""
        groups = {group.name: group for group in self._aws.auto_scaling_groups()}
        group = groups.get(instance.auto_scaling_group or "")
        template = self._aws.ec2().launch_templates.get(group.launch_template_id) if group else None
        if template is None:
            return _IMAGE_DISK
        devices = template.default_version().data.get("BlockDeviceMappings") or ()
        sizes = [device.get("Ebs", {}).get("VolumeSize") for device in devices]
        return next((int(size) for size in sizes if size), _IMAGE_DISK)

    def _end(self, names: Iterable[str]) -> None:
        """End instances, all at once."""
        ended = [self._running.pop(name) for name in names]
        threads = [
            threading.Thread(target=running.process.end, name="end-instance") for running in ended if running.process
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _remove_folders(self, instances: Mapping[str, Instance]) -> None:
        folder = self._paths.instance("any").parent
        for entry in folder.iterdir() if folder.is_dir() else ():
            known = instances.get(entry.name)
            if entry.name not in self._running and (known is None or known.state == "terminated"):
                shutil.rmtree(entry, ignore_errors=True)
