"""What a step gets as `lab`: the deployed lab, and the ways to look at it and to act on it."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from eks_labs.checks import cluster_client, commands
from eks_labs.checks.changes import Changes
from eks_labs.checks.commands import CommandResult
from eks_labs.checks.failure import CheckFailed
from eks_labs.checks.handover import Handover
from eks_labs.targets import Reach

T = TypeVar("T")

PAUSE = 1.0
"""Seconds between two looks when no watch wakes us: what AWS's API shows cannot be watched."""
LONGEST_PAUSE = 3.0
"""… for who has waited half a minute: each look costs processor time, which others wait for."""

_SHORT_PAUSE = 0.5
"""The same for somebody who waits for an answer now, …"""
_NOW = 10.0
"""… which is who has no more patience than this, in seconds."""

_COMMANDS = 4.0
"""How many times the patience with a state a command may take: it does something, where the other only looks."""


def pause_after(waited: float) -> float:
    """Seconds until the next look of somebody who has waited so many: a tenth of it, within limits."""
    return min(max(PAUSE, waited / 10), LONGEST_PAUSE)


class CheckContext:
    """One deployed lab during its checks. Close it at the end."""

    def __init__(self, handover: Handover, reach: Reach) -> None:
        self._handover = handover
        self._reach = reach
        self._changes: Changes | None = None
        self._ran: list[CommandResult] = []
        self.region = handover.region
        self.target = handover.target
        self.outputs = dict(handover.outputs)
        """Terraform outputs: name → value."""
        self.workspace = Path(handover.workspace)
        """Folder with the deployed Terraform and manifests."""
        self.state_dir = Path(handover.state_dir)
        """The run's folder."""
        self.aws: Callable[[str], Any] = lru_cache(maxsize=None)(self._aws)
        """boto3 client of a service, by its name ("ec2")."""
        self.kubernetes: Callable[[], Any] = lru_cache(maxsize=None)(self._kubernetes)
        """`kubernetes.client.ApiClient` of the lab's cluster, with the learner's identity."""

    @property
    def cluster_name(self) -> str:
        """The lab's cluster: Terraform's output `cluster_name`."""
        try:
            return str(self.outputs["cluster_name"])
        except KeyError:
            raise CheckFailed(
                "a Terraform output called cluster_name",
                f"outputs {', '.join(self.outputs) or '(none)'}",
                'Add: output "cluster_name" { value = module.cluster.name }',
                final=True,
            ) from None

    @property
    def last_command(self) -> CommandResult:
        """The command that ran last."""
        if not self._ran:
            raise CheckFailed("a command to have been run before this step", "none")
        return self._ran[-1]

    def run(
        self, vantage: str, text: str, seconds: float = commands.LIMIT, *, allow_failure: bool = False
    ) -> CommandResult:
        """Run `text` in bash at a vantage point ("laptop", "bastion", "instance NAME", …), exactly as it is.

        Raises `CheckFailed` when it exits with another code than 0, unless `allow_failure`.
        """
        result = self.probe(vantage, text, self.patience(seconds, share=_COMMANDS))
        self._ran.append(result)
        if result.exit_code and not allow_failure:
            said = result.output.strip().splitlines()
            raise CheckFailed(
                "the command to succeed", f"exit code {result.exit_code}: {said[-1] if said else '(no output)'}"
            )
        return result

    @contextmanager
    def laptop_at(self, address: str) -> Iterator[bool]:
        """Within, the laptop has this public address. Yields whether it does: on AWS it has the one that it has."""
        before = self._reach.laptop_address()
        if before is None:
            yield False
            return
        self._reach.laptop_address(address)
        try:
            yield True
        finally:
            self._reach.laptop_address(before)

    def probe(self, vantage: str, text: str, seconds: float = commands.LIMIT) -> CommandResult:
        """Run `text` as `run` does, to look at something: it may fail, and is no part of what the scenario did."""
        try:
            return commands.run(self._reach.command, vantage, text, self._handover.environment, self.workspace, seconds)
        except commands.UnknownVantage as error:
            raise CheckFailed("a vantage point to run a command at", str(error)) from error

    def kubernetes_as(self, role: str) -> Any:
        """As `kubernetes`, with the identity of the IAM role of that name, which the learner assumes."""
        arn = self.aws("iam").get_role(RoleName=role)["Role"]["Arn"]
        sts = cluster_client.assumed(self.aws("sts"), arn)
        vantage = self._handover.observe_from
        return cluster_client.connect(self._reach, self.cluster_name, self.state_dir, vantage=vantage, sts=sts)

    def commands_since(self, count: int) -> list[CommandResult]:
        """The commands that ran after the first `count`."""
        return self._ran[count:]

    @property
    def commands_count(self) -> int:
        """How many commands have run."""
        return len(self._ran)

    def eventually(
        self,
        look: Callable[[], T],
        accept: Callable[[T], bool],
        *,
        expected: str,
        seen: Callable[[T], str] = str,
        hint: str = "",
        seconds: float = 90,
    ) -> T:
        """What `look` returns once `accept` says yes to it. Looks again whenever the cluster changes.

        An exception of `look` counts as "not yet", unless it is a final `CheckFailed`. After `seconds`, or when
        patience is over, raises `CheckFailed` with `expected`, what was last seen, and `hint`.
        """
        seconds = self.patience(seconds)
        deadline = time.monotonic() + seconds
        while True:
            try:
                value = look()
            except CheckFailed as failure:
                if failure.final:
                    raise
                last = failure.seen
            except Exception as error:
                last = _brief(error)
            else:
                if accept(value):
                    return value
                last = seen(value)
            left = deadline - time.monotonic()
            if left <= 0:
                raise CheckFailed(expected, f"{last} ({self._not_yet}after {seconds:g} s)", hint)
            self._pause(min(pause_after(seconds - left), left))

    def patience(self, seconds: float, share: float = 1.0) -> float:
        """What there is time for of `seconds`: all of them, unless somebody waits for an answer now (`labs check`).

        `share`: how much of that time this may take.
        """
        longest = self._handover.patience
        return seconds if longest is None else min(seconds, longest * share)

    @property
    def _not_yet(self) -> str:
        return "" if self._handover.patience is None else "not yet, "

    def close(self) -> None:
        """End what the context started."""
        if self._changes is not None:
            self._changes.close()

    def _pause(self, seconds: float) -> None:
        if self._handover.patience is not None:
            # Watches cost more than the few looks that there is time for.
            time.sleep(min(_SHORT_PAUSE, seconds) if self._handover.patience < _NOW else seconds)
            return
        try:
            if self._changes is None:
                self._changes = Changes(self.kubernetes())
            self._changes.wait(seconds)
        except Exception:
            # No cluster to watch (yet): then time alone tells when to look again.
            time.sleep(seconds)

    def _aws(self, service: str) -> Any:
        return self._reach.client(service)

    def _kubernetes(self) -> Any:
        return cluster_client.connect(
            self._reach, self.cluster_name, self.state_dir, vantage=self._handover.observe_from
        )


def _brief(error: Exception) -> str:
    """One line of an exception: Kubernetes' client puts whole responses into its messages."""
    reason = getattr(error, "reason", None)
    status = getattr(error, "status", None)
    if status is not None and reason is not None:
        return f"Kubernetes API: {status} {reason}"
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0][:200] if lines else ''}"
