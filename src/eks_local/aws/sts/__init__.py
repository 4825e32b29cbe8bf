"""STS where moto takes anybody at their word: roles are assumed only by those their trust policies name.

`trust` reads trust policies, `web_identity` checks service account tokens, `responses` are the operations. Identity
policies (what a caller may do) are not looked at; neither are session policies.
"""

from moto.sts import urls as moto_urls

from eks_local.aws.sts.responses import StsResponse


def install() -> None:
    """Put these operations in the place of moto's. Before the first request; again does nothing."""
    moto_urls.url_paths["{0}/$"] = StsResponse.dispatch
