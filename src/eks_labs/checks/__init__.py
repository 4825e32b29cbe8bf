"""What the steps of labs stand on: a context with Kubernetes, AWS and commands at vantage points.

Runs in a process of its own (pytest with `eks_labs.checks.plugin`), so that a check that crashes does not take the
runner along. Knows the target only by the `Handover` that the runner wrote. Knows no lab.
"""

from eks_labs.checks.failure import CheckFailed
from eks_labs.checks.nothing import true_of_nothing

__all__ = ["CheckFailed", "true_of_nothing"]
