"""Who an access key stands for: IAM users' keys and the temporary keys of assumed roles."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from moto.backends import get_backend


@dataclass(frozen=True)
class Identity:
    """A caller. `arn` is what GetCallerIdentity says; `principal_arn` is the IAM user or role behind it."""

    access_key: str
    secret: str
    arn: str
    principal_arn: str
    user_id: str
    account: str
    session_token: str | None = None
    expires: datetime | None = None

    @property
    def session_name(self) -> str | None:
        """The role session's name; None for a user."""
        return self.arn.rpartition("/")[2] if self.session_token else None

    def expired(self, now: datetime) -> bool:
        """Whether temporary credentials are past their time."""
        return self.expires is not None and now >= self.expires


class Directory:
    """Finds identities in moto's IAM and STS, at the time of asking."""

    def __init__(self, account: str) -> None:
        self.account = account

    def identity(self, access_key: str) -> Identity | None:
        """The active identity behind an access key, or None when there is no such key."""
        return self._session(access_key) if access_key.startswith("ASIA") else self._user(access_key)

    def _user(self, access_key: str) -> Identity | None:
        iam: Any = get_backend("iam")[self.account]["aws"]
        for user in list(iam.users.values()):
            for key in list(user.access_keys):
                if key.access_key_id == access_key and key.status == "Active":
                    return Identity(access_key, key.secret_access_key, user.arn, user.arn, user.id, self.account)
        return None

    def _session(self, access_key: str) -> Identity | None:
        sts: Any = get_backend("sts")[self.account]["aws"]
        # Newest first: sessions are renewed for as long as the world runs.
        for role in reversed(list(sts.assumed_roles)):
            if role.access_key_id == access_key:
                return Identity(
                    access_key,
                    role.secret_access_key,
                    role.arn,
                    role.role_arn,
                    role.user_id,
                    role.account_id,
                    role.session_token,
                    role.expiration.replace(tzinfo=UTC),
                )
        return None
