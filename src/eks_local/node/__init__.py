"""Nodes: instances that run, join a cluster, and the managed node groups that make them.

Lives here: node groups as launch templates and Auto Scaling groups, what an EKS image does with its user data at boot
(nodeadm), the processes of an instance, and what the AWS cloud controller does with Node objects.
Knows the AWS API's state and the clusters' API. Knows nothing of how a control plane is run or addresses are routed.
"""

from eks_local.node.reconciler import NodeReconciler

__all__ = ["NodeReconciler"]
