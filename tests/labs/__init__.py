"""The runner's tests; mirrors src/eks_labs."""
