"""The docs site: pages made from the course itself, so that what is shown is what runs.

A lab's page comes from its guide, exercises, scenarios, Terraform and manifests, and from the outputs that its last
verified run recorded (`labs/<lab>/record.json`). The step vocabulary's page comes from `checks/steps`. Prose pages,
templates and styles are in `site/`. The site is static, fetches nothing from elsewhere, and comes out the same from the
same sources.

Knows the course's files. Knows nothing of worlds, targets or runs.
"""

from eks_labs.docs.build import build
from eks_labs.docs.errors import DocsError
from eks_labs.docs.serve import serve

__all__ = ["DocsError", "build", "serve"]
