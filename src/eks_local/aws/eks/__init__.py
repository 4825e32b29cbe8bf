"""Amazon EKS: every operation that Terraform, the `aws` CLI and the labs call; the others answer 501 by name.

`models` holds what EKS remembers, `api` turns wire calls into changes of it. Statuses that need work elsewhere in
the world (CREATING, UPDATING, DELETING) are left to the reconcilers, through `models.EksBackend`'s life cycle.
"""
