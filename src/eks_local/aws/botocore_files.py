"""botocore's data files, parsed once in a process, and only those that are needed.

Each session of botocore parses them anew, and moto makes a session whenever it asks in which regions a service is: a
world's server read the list of endpoints a dozen times, a tenth of a second each, before it served anything. For its
answer botocore reads the service's whole model, EC2's of four megabytes among them, for the prefix of its endpoints:
the list of endpoints itself knows nearly all services by their names.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

import boto3
from botocore.loaders import JSONFileLoader
from botocore.regions import EndpointResolver
from botocore.session import Session


def read_once() -> None:
    """From now on every session of this process shares what was read: botocore itself does so within a session."""
    read = cache(JSONFileLoader().load_file)

    def load_file(_: JSONFileLoader, file_path: str) -> Any:
        return read(file_path)

    JSONFileLoader.load_file = load_file


def share_session() -> None:
    """From now on boto3's session without settings is one for all: moto only asks it for regions."""
    boto3.Session = cache(boto3.Session)


def find_regions_by_name() -> None:
    """From now on sessions look for a service's regions by its name, and read its model only when that says nothing."""
    by_model = Session.get_available_regions

    def get_available_regions(
        session: Session, service_name: str, partition_name: str = "aws", allow_non_regional: bool = False
    ) -> list[str]:
        endpoints = session.get_data("endpoints")
        resolver = EndpointResolver(endpoints)
        found: list[str] = resolver.get_available_endpoints(service_name, partition_name, allow_non_regional)
        if found or service_name in _global_services(endpoints):
            return found
        return by_model(session, service_name, partition_name, allow_non_regional)

    Session.get_available_regions = get_available_regions


def _global_services(endpoints: Mapping[str, Any]) -> set[str]:
    """Services without regions, such as IAM."""
    services = (each for partition in endpoints["partitions"] for each in partition["services"].items())
    return {name for name, service in services if service.get("isRegionalized") is False}
