"""botocore's data files, parsed once in a process.

Each session of botocore parses them anew, and moto makes a session for nearly everything: a world's server read the
list of endpoints a dozen times, a tenth of a second each, before it served anything.
"""

from functools import cache
from typing import Any

from botocore.loaders import JSONFileLoader


def read_once() -> None:
    """From now on every session of this process shares what was read: botocore itself does so within a session."""
    read = cache(JSONFileLoader().load_file)

    def load_file(_: JSONFileLoader, file_path: str) -> Any:
        return read(file_path)

    JSONFileLoader.load_file = load_file
