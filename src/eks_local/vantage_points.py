"""The places inside a world that commands can run at, as the world server knows them.

`vantage` is the host's half: it asks for one by its name, and gets the way there.
"""

from collections.abc import Callable, Mapping
from typing import Any

from eks_local.aws.state import AwsState
from eks_local.aws.views import Instance
from eks_local.network import proxy
from eks_local.network.names import Names
from eks_local.network.reconciler import VpcReconciler
from eks_local.node import naming
from eks_local.sandbox import control

KINDS = "“laptop”, “bastion”, “instance NAME”, “node NAME” and “pod NAMESPACE/NAME”"


class VantagePoints:
    """Answers the control socket's question `vantage`."""

    def __init__(self, aws: AwsState, laptop: Callable[[], list[str]], pid: Callable[[str], int | None]) -> None:
        """`laptop` gives the start of a command there, `pid` a process (as the box numbers it) of an instance."""
        self._aws = aws
        self._laptop = laptop
        self._pid = pid

    def answer(self, arguments: Mapping[str, Any]) -> Any:
        """How a command gets from the box to the vantage point `where`."""
        where = str(arguments.get("where"))
        if where == "laptop":
            return {"enter": self._laptop()}
        instance = self._instance(where)
        pid = self._pid(instance.id)
        if pid is None:
            raise control.Refused(f"the instance {instance.id} is still booting; try again in a moment")
        return {"enter": ["nsenter", "--target", str(pid), "--mount", "--net", "--pid", "--uts", "--ipc", "--"]}

    def place(self, where: str, network: VpcReconciler, names: Names) -> proxy.Place:
        """Where connections from the vantage point `where` start. Raises `proxy.UnknownPlace`."""
        try:
            instance = self._instance(where)
        except control.Refused as error:
            raise proxy.UnknownPlace(str(error)) from error
        home = network.home(instance.id)
        if home is None:
            raise proxy.UnknownPlace(f"the instance {instance.id} is still booting; try again in a moment")
        return proxy.Place(instance.id, names.seen_from(home.id), str(home.resolver))

    def _instance(self, where: str) -> Instance:
        kind, _, name = where.partition(" ")
        try:
            if where == "bastion":
                return naming.bastion(self._aws.instances())
            if kind in ("instance", "node") and name:
                return naming.find(name, self._aws.instances())
        except naming.NoInstance as error:
            raise control.Refused(str(error)) from error
        raise control.Refused(f"there is no vantage point “{where}”; there are {KINDS}")
