"""Grading; mirrors src/eks_labs/grading."""
