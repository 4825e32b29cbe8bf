"""botocore's data files, parsed once in a process, and only those that are needed.

Each session of botocore parses them anew, and moto makes a session for nearly everything: a world's server read the
list of endpoints a dozen times, a tenth of a second each, before it served anything. To say in which regions a service
is, botocore reads its whole model, EC2's of four megabytes among them, for the prefix of its endpoints: the list of
endpoints itself knows nearly all services by their names.
"""

from functools import cache
from typing import Any

from botocore.loaders import JSONFileLoader
from botocore.regions import EndpointResolver
from botocore.session import Session


def read_once() -> None:
    """From now on every session of this process shares what was read: botocore itself does so within a session."""
    read = cache(JSONFileLoader().load_file)

    def load_file(_: JSONFileLoader, file_path: str) -> Any:
        return read(file_path)

    JSONFileLoader.load_file = load_file


def find_regions_by_name() -> None:
    """From now on sessions look for a service's regions by its name, and read its model only when that says nothing."""
    by_model = Session.get_available_regions

    def get_available_regions(
        session: Session, service_name: str, partition_name: str = "aws", allow_non_regional: bool = False
    ) -> list[str]:
        resolver = EndpointResolver(session.get_data("endpoints"))
        found: list[str] = resolver.get_available_endpoints(service_name, partition_name, allow_non_regional)
        return found or by_model(session, service_name, partition_name, allow_non_regional)

    Session.get_available_regions = get_available_regions
