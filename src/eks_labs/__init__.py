"""The runner: labs, targets, checks, grading and the docs site.

Knows nothing of how the local world works; it reaches it through `eks_local.World` alone.
"""
