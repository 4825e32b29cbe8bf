"""Whose fault it is that a cluster does not take manifests."""

import pytest
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, ProxyError

from eks_labs.errors import LabsError, TargetError
from eks_labs.run import manifests

REFUSED = OSError("Tunnel connection failed: 502 dial tcp 10.0.0.1:443: connect: connection refused")
DROPPED = OSError("Tunnel connection failed: 504 dial tcp 10.0.0.1:443: i/o timeout")


@pytest.mark.parametrize(
    ("error", "theirs"),
    [
        (MaxRetryError(None, "/api", ProxyError("cannot connect", DROPPED)), True),  # type: ignore[arg-type]
        (MaxRetryError(None, "/api", ConnectTimeoutError("timed out")), True),  # type: ignore[arg-type]
        (MaxRetryError(None, "/api", ProxyError("cannot connect", REFUSED)), False),  # type: ignore[arg-type]
        (ConnectionResetError("reset"), False),
    ],
)
def test_an_endpoint_that_nothing_reaches_is_the_labs_own_doing(
    monkeypatch: pytest.MonkeyPatch, error: Exception, theirs: bool
) -> None:
    def act() -> None:
        raise error

    monkeypatch.setattr(manifests, "PATIENCE", 0.0)
    with pytest.raises(LabsError) as raised:
        manifests._patiently(act)
    assert isinstance(raised.value, TargetError) is not theirs
    assert ("reaches the cluster's endpoint" in raised.value.what) is theirs
