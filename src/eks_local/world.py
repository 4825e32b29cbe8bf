"""A world, as the host sees it: start, attach, ask, run commands inside, stop, destroy.

    with one process that owns it                       and one that does not
    world = World.start(Path("~/state").expanduser())   world = World.attach(state)
    subprocess.run(["aws", "eks", "list-clusters"], env={**os.environ, **world.environment()})
    world.stop()                                        destroy(state)

The world ends when the process that started it ends, whatever ends it, unless `detach` was called.
What it takes to start and end one is imported by those who do: a question is answered in milliseconds.
"""

import contextlib
import errno
import os
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from eks_local.confinement import Confinement
from eks_local.explanation import Explanation, Hop, UnknownPlace
from eks_local.paths import WorldPaths
from eks_local.sandbox import control, record
from eks_local.sandbox.errors import Problem, WorldError
from eks_local.waiting import WaitTimeout, wait_for

if TYPE_CHECKING:
    from eks_local.launch import Launched
    from eks_local.status import ClusterEndpoint, WorldStatus

__all__ = [
    "Confinement",
    "Explanation",
    "Hop",
    "Problem",
    "UnknownPlace",
    "World",
    "WorldError",
    "check_machine",
    "destroy",
    "resumable",
]


def check_machine() -> list[Problem]:
    """What keeps a world from running on this machine, each with its remedy; empty when nothing does."""
    from eks_local.sandbox import machine

    return machine.problems()


class World:
    """One running world. Made by `start` or `attach`."""

    def __init__(self, state: Path, running: record.Record) -> None:
        self.state = state
        self.region = running.region
        self.endpoint_url = f"http://127.0.0.1:{running.api_port}"
        self.proxy_url = f"http://127.0.0.1:{running.proxy_port}"
        self._record = running
        self._launched: Launched | None = None

    @classmethod
    def start(
        cls,
        state: Path,
        *,
        region: str = "us-east-1",
        api_port: int = 0,
        proxy_port: int = 0,
        binaries: Path | None = None,
        snapshot: Path | None = None,
        on_progress: Callable[[str], None] = lambda _: None,
    ) -> "World":
        """Start a world on the folder `state`, made when missing; returns when its AWS API answers.

        Ports are on the host's 127.0.0.1; 0 takes a free one. `binaries`: the folder of the node binaries, by
        default where set-up has them (it builds them when it must, which takes minutes). `snapshot`: a folder that
        `save` made; the world begins as that one was, whatever is in `state`, and in its region. Raises `WorldError`.
        """
        from eks_local import snapshots, vantage
        from eks_local.launch import Plan, launch
        from eks_local.sandbox import machine

        state = state.absolute()
        _bring_programs(on_progress)
        problems = machine.problems()
        if problems:
            raise WorldError(problems[0].what, problems[0].remedy)
        environment = vantage.box_environment(binaries or _binaries(on_progress))
        try:
            state.mkdir(mode=0o700, parents=True, exist_ok=True)
            machine.require_space(state)
            region = snapshots.read(snapshot).region if snapshot else region
            plan = Plan(WorldPaths(state), region, api_port, proxy_port, environment, on_progress, snapshot)
            launched = launch(plan)
        except OSError as error:
            raise machine.explain(error, state) from error
        world = cls(state, launched.record)
        world._launched = launched
        return world

    @classmethod
    def attach(cls, state: Path) -> "World | None":
        """The world that runs on `state`, None when none does."""
        paths = WorldPaths(state.absolute())
        running = record.load(paths.record)
        if running is None or running.credentials is None or not running.box.init.alive:
            return None
        return cls(paths.root, running)

    def environment(self) -> dict[str, str]:
        """What makes AWS clients on the host use this world, as environment variables."""
        from eks_local import vantage

        return vantage.aws_environment(self.endpoint_url, self.region, self._record.credentials)

    def command(
        self, where: str, argv: Sequence[str], *, env: Mapping[str, str] | None = None, cwd: Path | None = None
    ) -> tuple[list[str], dict[str, str]]:
        """The (argv, environment) that run `argv` at a vantage point.

        "laptop", "bastion", "instance NAME" and "node NAME" (by Name tag, id or private DNS name), or
        "pod NAMESPACE/NAME[:CONTAINER]", which is kubectl at the laptop, with the kubeconfig that `env` names.
        A terminal passes through. `env` is added to the vantage point's own environment; `cwd` is a folder there.
        """
        from eks_local import vantage

        kind, _, name = where.partition(" ")
        if kind == "pod" and name:
            change = ["env", f"--chdir={cwd}"] if cwd else []
            where, argv, cwd = "laptop", vantage.in_pod(name, [*change, *argv]), None
        inside = control.ask(self._paths.control_socket, "vantage", where=where)
        environment = vantage.environment(where, self.region, self._record.credentials, os.environ)
        return (
            vantage.command(self._record.box.init.pid, inside["enter"], argv, cwd or vantage.folder(where)),
            {**environment, **(env or {})},
        )

    def proxy_from(self, where: str) -> str:
        """The proxy's URL for connections that start at a vantage point: its name is the URL's user name.

        "laptop", "bastion", "instance NAME" and "node NAME", as in `command`. One that is not there is refused by the
        proxy, with status 407 and the names there are.
        """
        return self.proxy_url if where == "laptop" else self.proxy_url.replace("//", f"//{quote(where, safe='')}@", 1)

    def confined(
        self, within: Confinement, argv: Sequence[str], *, env: Mapping[str, str]
    ) -> tuple[list[str], dict[str, str]]:
        """The (argv, environment) that run `argv` at the laptop, seeing nothing of the host but what is `within`.

        For programs that nobody vouches for. `env` is added to what makes AWS clients use this world.
        """
        from eks_local import confinement, vantage

        inside = control.ask(self._paths.control_socket, "vantage", where="laptop")
        aws = vantage.environment("laptop", self.region, self._record.credentials, {})
        within.root.mkdir(parents=True, exist_ok=True)
        line = confinement.command(within, _binaries(lambda _: None), argv)
        enter = vantage.command(self._record.box.init.pid, inside["enter"], line, None)
        return enter, confinement.environment({k: v for k, v in aws.items() if k.startswith("AWS_")}, env)

    def laptop_address(self) -> str:
        """The public address of the laptop."""
        return str(control.ask(self._paths.control_socket, "laptop")["ip"])

    def move_laptop(self, address: str) -> str:
        """Give the laptop another public address, as one that moves from one network to another gets; returns it.

        Connections that it has end. Raises `WorldError` when the address is not a public one, or taken.
        """
        return str(control.ask(self._paths.control_socket, "laptop", timeout=30, ip=address)["ip"])

    def detach(self) -> None:
        """Let the world outlive this process."""
        if self._launched is not None:
            self._launched.lifeline.release()

    def stop(self, timeout: float = 30) -> None:
        """End the world, its state saved; nothing of it is left but the state folder. Does nothing when it ended."""
        running = self._record.box
        if running.init.alive:
            try:
                control.ask(self._paths.control_socket, "stop", timeout=5)
            except WorldError:
                running.init.end(grace=timeout)
            if not running.init.wait(timeout):
                running.init.end(grace=0)
        destroy(self.state)
        if self._launched is not None:
            self._launched.lifeline.cut()
            self._launched.launcher.wait()

    def status(self) -> "WorldStatus":
        """What the world says of itself. Raises `WorldError` when it does not answer."""
        from eks_local.status import Inside, WorldStatus

        inside = Inside.from_json(control.ask(self._paths.control_socket, "status"))
        return WorldStatus(
            pid=self._record.box.init.pid,
            uptime=time.time() - self._record.started,
            clusters=inside.clusters,
            instances=inside.instances,
            errors=inside.errors,
            memory=inside.memory,
        )

    def cluster(self, name: str) -> "ClusterEndpoint | None":
        """Where a cluster's API server answers; None when there is no such cluster, or none that has an endpoint yet.

        As DescribeCluster says, and at once: an AWS client takes half a second of processor time to be made.
        """
        from eks_local.status import ClusterEndpoint

        found = control.ask(self._paths.control_socket, "cluster", name=name)
        return ClusterEndpoint(**found) if found else None

    def await_ready(self, seconds: float) -> None:
        """Return when every cluster's API server answers and every node has said that it is Ready since the start.

        Raises `WorldError` after `seconds`, with what is still missing.
        """
        missing: list[str] = ["an answer"]

        def up() -> bool:
            nonlocal missing
            missing = control.ask(self._paths.control_socket, "missing")
            return not missing

        try:
            wait_for(up, what="the world to come up", seconds=seconds, seen=lambda: ", ".join(missing), poll=0.03)
        except WaitTimeout as error:
            raise WorldError(
                f"the world did not come up within {seconds:g} s; missing: {error.last_seen}",
                f"Its log: {self._paths.logs / 'world.log'}",
            ) from error

    def save(self, into: Path) -> float:
        """Save the world as it is now into the new folder `into`, while it runs on; `start` begins there again.

        Returns the seconds that changes had to wait. Raises `WorldError`, FileExistsError.
        """
        import shutil

        from eks_local.sandbox import machine

        into = into.absolute()
        if into.exists():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(into))
        saved = control.ask(self._paths.control_socket, "save", timeout=60)
        try:
            into.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            shutil.move(saved["folder"], into)
        except OSError as error:
            shutil.rmtree(saved["folder"], ignore_errors=True)
            raise machine.explain(error, into) from error
        return float(saved["held"])

    def explain(self, source: str, destination: str, port: int | None = None, *, protocol: str = "tcp") -> Explanation:
        """Why `source` reaches `destination`, or does not: every rule that decides, as it is in force now.

        `source`: "laptop", an instance (id, Name tag, node name), a Pod's address, a cluster's name for its control
        plane. `destination`: these (a cluster's name means its endpoint), any address, any DNS name. `protocol`: tcp,
        udp, icmp, or a number; all but tcp and udp have no `port`. Raises `UnknownPlace`, `WorldError`.
        """
        reply = control.ask(
            self._paths.control_socket,
            "explain",
            source=source,
            destination=destination,
            port=port,
            protocol=protocol,
        )
        if "unknown" in reply:
            raise UnknownPlace(*reply["unknown"])
        return Explanation.from_json(reply["explanation"])

    def collect(self, into: Path) -> None:
        """Copy the logs of the world, its control planes and its instances into the folder `into`."""
        import shutil

        for log in sorted(self.state.rglob("*.log")):
            # The kubelet's links to Pods' logs are absolute, and lead nowhere outside of the instance.
            if log.is_symlink():
                continue
            target = into / log.relative_to(self.state)
            target.parent.mkdir(parents=True, exist_ok=True)
            # A Pod that ends takes its log with it.
            with contextlib.suppress(FileNotFoundError):
                shutil.copyfile(log, target)

    @property
    def _paths(self) -> WorldPaths:
        return WorldPaths(self.state)


def resumable(state: Path) -> bool:
    """Whether a world that was stopped in order can go on in `state`: one that was killed starts afresh there."""
    return WorldPaths(state.absolute()).aws_state.exists()


def destroy(state: Path, *, remove: bool = False) -> list[str]:
    """End whatever is left of the world on `state`, however it was left, and say what that was.

    The folder stays unless `remove`. Raises `WorldError` when something cannot be ended.
    """
    from eks_local.sandbox import box, machine

    paths = WorldPaths(state.absolute())
    done: list[str] = []
    running = record.load(paths.record)
    known = [running.box.init, running.box.launcher] if running else []
    for process in [*known, *box.leftovers(paths.root)]:
        if process.end(grace=15):
            done.append(f"process {process.pid}")
    if not paths.root.exists():
        return done
    try:
        _clear(paths, done, remove)
    except OSError as error:
        raise machine.explain(error, paths.root) from error
    return done


def _clear(paths: WorldPaths, done: list[str], remove: bool) -> None:
    import shutil

    from eks_local.sandbox import lock

    held = lock.acquire(paths.lock)
    if held is None:
        raise WorldError(
            f"{paths.root}: another process is starting or ending a world here",
            f"Wait for it, or find it with: fuser -v {paths.lock}",
        )
    try:
        for left in (paths.control_socket, paths.record):
            if left.exists():
                left.unlink()
                done.append(str(left))
        if remove:
            shutil.rmtree(paths.root)
            done.append(str(paths.root))
    finally:
        os.close(held)


def _bring_programs(on_progress: Callable[[str], None]) -> None:
    """Install missing programs where that can be done. Elsewhere `machine.problems` has the command to type."""
    from eks_setup import packages
    from eks_setup.progress import SetupError

    if packages.can_install():
        try:
            packages.ensure(on_progress)
        except SetupError as error:
            raise WorldError(str(error), "See what apt says: apt-get update && apt-get check") from error


def _binaries(on_progress: Callable[[str], None]) -> Path:
    from eks_setup import node
    from eks_setup.progress import SetupError

    try:
        return node.binaries(on_progress)
    except SetupError as error:
        raise WorldError(f"the node binaries cannot be had: {error}") from error
