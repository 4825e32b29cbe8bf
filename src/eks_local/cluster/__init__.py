"""EKS control planes: what AWS runs for a cluster.

Lives here: a cluster's certificates, its etcd, API server, controller manager and scheduler (the upstream
programs), the webhook that knows AWS identities and access policies, and the add-ons.
Knows the AWS API's state and the cluster's own API. Knows nothing of instances or of how addresses are routed.
"""
