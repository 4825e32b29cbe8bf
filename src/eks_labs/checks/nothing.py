"""What a step says of itself when it speaks of what is not there."""

from collections.abc import Callable
from typing import TypeVar

Step = TypeVar("Step", bound=Callable[..., object])


def true_of_nothing(step: Step) -> Step:
    """The step passes where nothing is: "no Pods are left" is true of a cluster that never had any.

    Such a step earns no points alone: lint wants another one in the exercise, which says what must be there. Steps
    that do not say this of themselves are tried in empty worlds and must fail there (`labs lint --steps`).
    """
    return step
