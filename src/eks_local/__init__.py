"""The world: a local Amazon EKS in one sandbox, behind AWS's own API.

Knows AWS's and Kubernetes' interfaces. Knows nothing of labs.
"""
