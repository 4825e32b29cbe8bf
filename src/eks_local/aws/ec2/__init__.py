"""EC2 where moto falls short of it: network interfaces.

Lives here: secondary addresses and /28 prefixes really taken out of the subnet, limits of the instance type, attaching
and detaching, interfaces that a service manages, with EC2's error codes. Everything else of EC2 is moto's.
Knows nothing of namespaces: links follow this state elsewhere (`eks_local.network`).
"""

import moto.ec2.models
import moto.ec2.models.instances
import moto.ec2.models.subnets
import moto.ec2.urls

from eks_local.aws.ec2.instances import Instance
from eks_local.aws.ec2.models import Backend
from eks_local.aws.ec2.responses import Response
from eks_local.aws.ec2.subnets import Subnet


def install() -> None:
    """Put this package's classes in place of moto's. Before the first request; again does nothing.

    Raises RuntimeError when moto has already made an EC2 backend of its own, which would not be replaced.
    """
    backends = moto.ec2.models.ec2_backends
    if backends.backend is Backend:
        return
    made = [backend for _, _, backend in backends.iter_backends() if not isinstance(backend, Backend)]
    if made:
        raise RuntimeError("eks_local.aws.ec2.install() must come before the first use of moto's EC2")
    backends.clear()
    backends.backend = Backend
    moto.ec2.models.subnets.Subnet = Subnet
    moto.ec2.models.instances.Instance = Instance
    moto.ec2.urls.url_paths["{0}/"] = Response.dispatch
