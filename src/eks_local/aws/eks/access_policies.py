"""The access policies of EKS that can be given to access entries."""

_NAMES = (
    "AmazonEKSAdminPolicy",
    "AmazonEKSAdminViewPolicy",
    "AmazonEKSClusterAdminPolicy",
    "AmazonEKSEditPolicy",
    "AmazonEKSViewPolicy",
)
PREFIX = "arn:aws:eks::aws:cluster-access-policy/"
ARNS = tuple(f"{PREFIX}{name}" for name in _NAMES)
