"""Launch templates without the tags that are the template's own.

moto keeps `TagSpecifications` of type launch-template, which tag the template itself, as part of the template's data.
EC2 does not return them there, and Terraform plans to remove them for ever.
"""

from typing import Any

import moto.ec2.models.launch_templates as moto_templates
from moto.ec2.models.launch_templates import LaunchTemplateVersion as MotoVersion


class LaunchTemplateVersion(MotoVersion):
    """moto's version, of the data that is the version's."""

    def __init__(self, template: Any, number: int, data: dict[str, Any], description: str) -> None:
        super().__init__(template, number, _own(data), description)


def install() -> None:
    """Put the version of this module in the place of moto's. Again does nothing."""
    moto_templates.LaunchTemplateVersion = LaunchTemplateVersion


def _own(data: dict[str, Any]) -> dict[str, Any]:
    specifications = [
        item for item in data.get("TagSpecifications") or [] if item.get("ResourceType") != "launch-template"
    ]
    own = {name: value for name, value in data.items() if name != "TagSpecifications"}
    return {**own, "TagSpecifications": specifications} if specifications else own
