"""https://checkip.amazonaws.com, which answers everybody with the address they come from.

It belongs to no service and wants no signature. AWS serves it over plain HTTP as well, which is all that a world has.
"""

from collections.abc import Mapping
from typing import Any

HOST = "checkip.amazonaws.com"


def answer(environ: Mapping[str, Any]) -> bytes | None:
    """The body for a WSGI request, None when it is for somebody else."""
    host = str(environ.get("HTTP_HOST", "")).partition(":")[0].lower()
    return f"{environ.get('REMOTE_ADDR', '')}\n".encode() if host == HOST else None
