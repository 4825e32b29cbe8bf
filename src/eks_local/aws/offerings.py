"""Which instance types EC2 offers: in the world's own region alone.

moto has a file for each region and zone, which it parses while it is imported: a fifth of that time, and memory that
stays. A world has one region.
"""

from pathlib import PurePath
from typing import Any

_FOLDER = "instance_type_offerings"


def read_only(region: str) -> None:
    """From now on moto finds offers in `region`, and none elsewhere. To be called before moto's EC2 is imported."""
    from moto.utilities import utils

    read = utils.load_resource

    def load_resource(resource: str) -> Any:
        file = PurePath(resource)
        return [] if _FOLDER in file.parts and file.name.partition(".")[0] != region else read(resource)

    utils.load_resource = load_resource
