"""Answers on the control socket why one place of the world reaches another."""

from collections.abc import Mapping
from typing import Any

from eks_local.aws.state import AwsState
from eks_local.explanation import UnknownPlace
from eks_local.network.explain import Places, explain
from eks_local.network.names import Names
from eks_local.network.reconciler import VpcReconciler
from eks_local.node import naming


class Explanations:
    """Explains the network as it is made now."""

    def __init__(self, aws: AwsState, network: VpcReconciler, names: Names) -> None:
        self._aws = aws
        self._network = network
        self._names = names

    def answer(self, arguments: Mapping[str, Any]) -> Any:
        """The explanation, or who is meant by nothing."""
        places = Places(self._network.made, self._names, self._labels())
        try:
            return {"explanation": explain(places, **arguments).to_json()}
        except UnknownPlace as error:
            return {"unknown": [error.what, error.remedy]}

    def _labels(self) -> dict[str, list[str]]:
        """What instances are called → their ids."""
        labels: dict[str, list[str]] = {}
        for instance in self._aws.instances():
            if instance.id in self._network.made.instances:
                for label in naming.names(instance):
                    labels.setdefault(label, []).append(instance.id)
        return labels
