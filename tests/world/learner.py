"""A learner at a lab, on the command line."""

import json
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from eks_local.waiting import wait_for
from tests.runs import Cli, Ran


@dataclass(frozen=True)
class Learner:
    """Somebody who has, or will have, a workspace of a lab."""

    cli: Cli
    lab: str
    desk: Path
    environment: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, *arguments: str) -> Ran:
        return self.cli(*arguments, env=self.environment)

    def checked(self, *options: str) -> dict[str, Any]:
        """What `labs check` says, as JSON."""
        ran = self("check", self.lab, "--json", *options)
        found: dict[str, Any] = json.loads(ran.out)
        assert ran.code == (0 if found["points"] == found["of"] else 1), str(ran)
        return found

    def comes_to(self, points: int) -> dict[str, Any]:
        """A check that found so many points: the world is given time, which a check does not take."""
        last: dict[str, Any] = {}

        def got() -> bool:
            nonlocal last
            last = self.checked()
            return bool(last["points"] == points)

        wait_for(got, what=f"{points} points", seconds=300, seen=lambda: last, poll=1.0)
        return last

    @contextmanager
    def watching(self) -> Iterator[Iterator[str]]:
        """The lines of `labs watch`, which ends with the block."""
        with self.cli.start("watch", self.lab, env=self.environment) as child:
            assert child.stdout
            try:
                yield iter(child.stdout)
            finally:
                child.send_signal(signal.SIGINT)
                assert child.wait(60) == 1

    def types(self, *command: str) -> str:
        """A command in labs shell."""
        ran = self("shell", self.lab, *command)
        assert ran.code == 0, str(ran)
        return ran.out
