"""EC2's routes; moto finds this module by the name of the backend's."""

from moto.ec2.urls import url_bases

from eks_local.aws.ec2.responses import Response

__all__ = ["url_bases", "url_paths"]

url_paths = {"{0}/": Response.dispatch}
