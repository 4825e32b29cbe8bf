"""Amazon EKS: every operation that Terraform, the `aws` CLI and the labs call; the others answer 501 by name.

`models` holds what EKS remembers, `api` turns wire calls into changes of it. Statuses that need work elsewhere in
the world (CREATING, UPDATING, DELETING) are left to the reconcilers, through `models.EksBackend`'s life cycle.
"""

from moto.eks.models import eks_backends

from eks_local.aws.eks.models.store import Settings, backend_factory


def install(settings: Settings) -> None:
    """Put this service in the place of moto's own EKS. Backends made from now on offer what `settings` says."""
    eks_backends.backend = backend_factory(settings)
