"""The credentials of an instance's role: sessions that STS knows, so that whoever is shown the key finds the role."""

import json
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

from moto.backends import get_backend

LIFETIME = timedelta(hours=6)
RENEW_BEFORE = timedelta(minutes=15)
"""EC2 has new credentials ready before the old ones end."""


class RoleCredentials:
    """Sessions of one instance. Kept in STS only: the newest one is handed out until it is about to end."""

    def __init__(self, account: str, region: str, instance_id: str) -> None:
        self._account = account
        self._region = region
        self._instance_id = instance_id
        self._minting = threading.Lock()

    def document(self, role_arn: str) -> str:
        """The JSON of `iam/security-credentials/ROLE`."""
        with self._minting:
            session = self._current(role_arn) or self._mint(role_arn)
        return json.dumps(
            {
                "Code": "Success",
                "LastUpdated": _text(session.expiration - LIFETIME),
                "Type": "AWS-HMAC",
                "AccessKeyId": session.access_key_id,
                "SecretAccessKey": session.secret_access_key,
                "Token": session.session_token,
                "Expiration": _text(session.expiration),
            },
            indent=2,
        )

    def _current(self, role_arn: str) -> Any:
        # moto's times are in UTC without saying so.
        soonest = datetime.now(UTC).replace(tzinfo=None) + RENEW_BEFORE
        for session in reversed(list(self._sts().assumed_roles)):
            if (session.session_name, session.role_arn) == (self._instance_id, role_arn):
                return session if session.expiration > soonest else None
        return None

    def _mint(self, role_arn: str) -> Any:
        return self._sts().assume_role(
            region_name=self._region,
            role_session_name=self._instance_id,
            role_arn=role_arn,
            policy=None,
            duration=int(LIFETIME.total_seconds()),
            external_id=None,
        )

    def _sts(self) -> Any:
        return get_backend("sts")[self._account]["aws"]


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
